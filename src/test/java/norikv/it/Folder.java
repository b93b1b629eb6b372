package norikv.it;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Looks into data folders from outside.
final class Folder {
    private Folder() {}

    /// {@return of every file below `folder`, but for those of its lock, what it holds and when it
    /// was changed}
    static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes facts)
                            throws IOException {
                        String name = folder.relativize(file).toString();
                        if (name.startsWith("lock")) {
                            return FileVisitResult.CONTINUE;
                        }
                        int hash = Arrays.hashCode(Files.readAllBytes(file));
                        contents.put(
                                name,
                                "%d bytes, hash %08x, changed %s"
                                        .formatted(
                                                facts.size(), hash, facts.lastModifiedTime()));
                        return FileVisitResult.CONTINUE;
                    }
                });
        return contents;
    }

    /// {@return the file with the least name that ends so}
    static Path first(Path folder, String ending) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending))
                    .sorted()
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(folder + ": no *" + ending));
        }
    }

    /// Flips one bit of a file.
    static void damage(Path file, int position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[position] ^= 1;
        Files.write(file, bytes);
    }
}
