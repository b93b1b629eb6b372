package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import norikv.disk.FileDisk;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A mapped page that the disk does not deliver is an error of ours, however late the JVM says so.
final class MappedFaultTest {
    private static final int KEYS = 500;

    @TempDir private Path folder;

    @Test
    void aTableThatIsCutUnderItsMappingIsADiskFailure() throws Exception {
        try (Store store =
                Store.open(FileDisk.open(folder), "store", StoreOptions.defaults())) {
            for (int i = 0; i < KEYS; i++) {
                store.put(key(i), new byte[100], Durability.LATER);
            }
            assertTrue(store.flush(60_000));
            assertTrue(store.get(key(7)).isPresent());
            for (Path table : tables()) {
                try (var channel = FileChannel.open(table, StandardOpenOption.WRITE)) {
                    channel.truncate(0);
                }
            }

            for (int i = 0; i < KEYS; i++) {
                byte[] key = key(i);
                assertThrows(NoriException.DiskFailure.class, () -> store.get(key));
            }
        }
    }

    private List<Path> tables() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("store").resolve("lsm"))) {
            return files.filter(f -> f.toString().endsWith(".sst")).toList();
        }
    }

    private static byte[] key(int i) {
        return "key%03d".formatted(i).getBytes();
    }
}
