package norikv.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What this process writes, as the system counts it, and what files take.
final class ProcessIo {
    private static final Path COUNTS = Path.of("/proc/self/io");
    private static final String WRITTEN = "write_bytes: ";

    private ProcessIo() {}

    /// {@return bytes that were to be written to disks so far; 0 where the system does not count}
    static long writtenBytes() throws IOException {
        if (!Files.isReadable(COUNTS)) {
            return 0;
        }
        for (String line : Files.readAllLines(COUNTS)) {
            if (line.startsWith(WRITTEN)) {
                return Long.parseLong(line.substring(WRITTEN.length()).strip());
            }
        }
        return 0;
    }

    /// {@return how long all files below `folder` are}
    static long bytesIn(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
