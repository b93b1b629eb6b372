package norikv.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// A folder of the operating system.
///
/// Paths are relative, of one or more names joined by `/`; the empty path is the folder itself.
/// Anything that could lead out of it (`..`, an absolute path) is an [IllegalArgumentException].
/// Symbolic links inside of the folder are followed: they are its owner's.
///
/// **Durability.** A directory whose force failed once refuses every later force, for the reason
/// that [DiskFile] gives for files. **Threads.** Any; none of them may be interrupted.
public final class FileDisk implements Disk {
    private final Path root;
    private final Set<Path> poisonedFolders = ConcurrentHashMap.newKeySet();

    private FileDisk(Path root) {
        this.root = root;
    }

    /// Opens the folder `root`; makes it and the folders above it where they are missing.
    ///
    /// **Errors.** [NoriException.Refused] with `CANNOT_START` when it cannot be made, read or
    /// written.
    public static FileDisk open(Path root) {
        Path absolute = root.toAbsolutePath();
        if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
            throw refused(absolute, "something that is no folder", null);
        }
        try {
            createDurably(absolute);
            Path real = absolute.toRealPath();
            if (!Files.isReadable(real) || !Files.isWritable(real) || !Files.isExecutable(real)) {
                throw refused(absolute, "permission denied", null);
            }
            return new FileDisk(real);
        } catch (IOException e) {
            throw refused(absolute, DiskFaults.reason(e), e);
        }
    }

    /// {@return the folder `root`, which exists, for one who only looks}
    static FileDisk of(Path root) {
        return new FileDisk(root);
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(resolve(path));
    }

    @Override
    public List<String> list(String directory) {
        Path folder = resolve(directory);
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (NoSuchFileException _) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw failure(folder, "list", e.getCause());
        } catch (IOException e) {
            throw failure(folder, "list", e);
        }
        Collections.sort(names);
        return List.copyOf(names);
    }

    @Override
    public void createDirectories(String directory) {
        Path folder = resolve(directory);
        Path above = root;
        for (Path name : root.relativize(folder)) {
            Path next = above.resolve(name);
            try {
                createOne(next);
            } catch (IOException e) {
                throw DiskFaults.writing(next, "create directory", e);
            }
            // Those that exist are forced too: a run that was killed may have made them and not
            // come to force them.
            forceFolder(above);
            above = next;
        }
    }

    @Override
    public DiskFile create(String path) {
        return channel(
                path,
                "create",
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    @Override
    public DiskFile openToWrite(String path) {
        return channel(path, "open", StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Override
    public DiskFile openToRead(String path) {
        return channel(path, "open", StandardOpenOption.READ);
    }

    @Override
    public void rename(String from, String to) {
        Path source = resolve(from);
        Path target = resolve(to);
        try {
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw DiskFaults.writing(source, "rename to " + target, e);
        }
    }

    @Override
    public void link(String existing, String path) {
        Path source = resolve(existing);
        Path target = resolve(path);
        try {
            Files.createLink(target, source);
        } catch (IOException e) {
            throw DiskFaults.writing(target, "link to " + source, e);
        }
    }

    @Override
    public void delete(String path) {
        Path file = resolve(path);
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw failure(file, "delete", e);
        }
    }

    @Override
    public void forceDirectory(String directory) {
        forceFolder(resolve(directory));
    }

    @Override
    public DiskLock lock(String path) {
        return FolderLock.take(resolve(path));
    }

    @Override
    public long freeBytes() {
        try {
            return Files.getFileStore(root).getUsableSpace();
        } catch (IOException e) {
            throw failure(root, "free bytes", e);
        }
    }

    @Override
    public long totalBytes() {
        try {
            return Files.getFileStore(root).getTotalSpace();
        } catch (IOException e) {
            throw failure(root, "total bytes", e);
        }
    }

    private DiskFile channel(String path, String operation, OpenOption... options) {
        Path file = resolve(path);
        try {
            return new ChannelFile(path, file, FileChannel.open(file, options));
        } catch (IOException e) {
            throw DiskFaults.writing(file, operation, e);
        }
    }

    private void forceFolder(Path folder) {
        if (poisonedFolders.contains(folder)) {
            throw DiskFaults.poisoned(folder, "force directory");
        }
        try {
            force(folder);
        } catch (IOException e) {
            poisonedFolders.add(folder);
            throw DiskFaults.broken(folder, "force directory", e);
        }
    }

    private Path resolve(String path) {
        return path.isEmpty() ? root : root.resolve(DiskPath.checked(path));
    }

    private static NoriException failure(Path path, String operation, IOException e) {
        return DiskFaults.failure(path, operation, e);
    }

    private static NoriException refused(Path root, String reason, IOException cause) {
        return new NoriException.Refused(
                ErrorCode.CANNOT_START,
                "%s: data folder that this user may read and write, got: %s"
                                .formatted(root, reason)
                        + ". Change its permissions, or name another folder.",
                cause);
    }

    private static void createDurably(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path above = folder.getParent();
        if (above != null) {
            createDurably(above);
            createOne(folder);
            force(above);
        }
    }

    private static void createOne(Path folder) throws IOException {
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private static void force(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
