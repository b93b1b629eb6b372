package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertTrue;

import norikv.disk.SimDisk;
import org.junit.jupiter.api.Test;

/// The same damage to a table whose blocks are compressed.
final class CompressedDamageTest extends DamageTest {
    @Override
    TableOptions options() {
        return super.options().withCompression(true);
    }

    @Override
    int swapsMin() {
        return 5;
    }

    @Test
    void theBlocksThatAreDamagedHereAreCompressed() {
        var disk = new SimDisk(1);
        var entries = TableVectorTest.repetitive();
        long plain = Tables.write(disk, "1.sst", 1, super.options(), entries).bytes();
        long compressed = Tables.write(disk, "2.sst", 2, options(), entries).bytes();

        assertTrue(compressed < plain, "%d of %d".formatted(compressed, plain));
    }
}
