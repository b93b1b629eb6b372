package norikv.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What this process reads and writes, as the system counts it, and what files take.
final class ProcessIo {
    private static final Path COUNTS = Path.of("/proc/self/io");

    private ProcessIo() {}

    /// What the system counts.
    enum Count {
        /// Bytes that were to be written to disks.
        WRITTEN_TO_DISK("write_bytes: "),
        /// Bytes that were given to be written, to whatever.
        WRITTEN("wchar: "),
        /// Bytes that were fetched from disks.
        READ_FROM_DISK("read_bytes: "),
        /// Bytes that were asked for and read, from whatever.
        READ("rchar: ");

        private final String name;

        Count(String name) {
            this.name = name;
        }

        /// {@return so many so far; 0 where the system does not count}
        long now() throws IOException {
            if (!Files.isReadable(COUNTS)) {
                return 0;
            }
            for (String line : Files.readAllLines(COUNTS)) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.substring(name.length()).strip());
                }
            }
            return 0;
        }
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
