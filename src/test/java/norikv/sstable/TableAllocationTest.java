package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import org.junit.jupiter.api.Test;

/// Reading makes no garbage.
final class TableAllocationTest {
    private static final int KEYS = 5_000;
    private static final int OPERATIONS = 1_000_000;
    private static final double BYTES_AN_OPERATION_MAX = 0.1;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Hit hit = new Hit();
    private final byte[][] keys = new byte[2 * KEYS][];
    private final byte[] value = new byte[8];

    @Test
    void pointReadsStepsAndSeeksAllocateNothing() {
        check(TableOptions.defaults());
    }

    @Test
    void norDoTheyWhereBlocksAreCompressed() {
        check(TableOptions.defaults().withCompression(true));
    }

    private void check(TableOptions options) {
        var disk = new SimDisk(1);
        NavigableSet<Entry> entries = new TreeSet<>();
        for (int i = 0; i < 2 * KEYS; i++) {
            String key = "user:%08d".formatted(i);
            keys[i] = Bytes.utf8(key).toByteArray();
            if (i % 2 == 0) {
                entries.add(Entry.put(key, 1, 5, "version5"));
                entries.add(Entry.put(key, 1, 9, "version9"));
            }
        }
        Tables.write(disk, "t.sst", 1, options, entries);
        try (Table table = Table.open(disk, "t.sst", 1);
                var cursor = table.cursor(Reach.DISK)) {
            assertEquals(2 * KEYS, readAll(cursor));
            read(table, cursor, OPERATIONS / 5);

            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            int found = read(table, cursor, OPERATIONS);
            long after = threads.getCurrentThreadAllocatedBytes();

            assertTrue(found > OPERATIONS / 10, () -> "found: " + found);
            double each = (double) (after - before) / OPERATIONS;
            assertTrue(each <= BYTES_AN_OPERATION_MAX, () -> "bytes an operation: " + each);
        }
    }

    private static int readAll(TableCursor cursor) {
        int count = 0;
        for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            count++;
        }
        return count;
    }

    /// One in five operations is a seek, two are steps, two are point reads, half of them misses.
    private int read(Table table, TableCursor cursor, int operations) {
        int found = 0;
        for (int i = 0; i < operations; i += 5) {
            byte[] key = keys[random.nextInt(keys.length)];
            cursor.seek(key, 0, key.length);
            for (int step = 0; step < 2 && cursor.isValid(); step++) {
                found += cursor.keyRegion().getByte(cursor.keyOffset()) == 'u' ? 1 : 0;
                cursor.next();
            }
            for (int version = 5; version <= 9; version += 4) {
                long hash = Table.hash(key, 0, key.length);
                if (table.get(key, 0, key.length, hash, 1, version, Reach.MEMORY, hit)
                        == Answer.FOUND) {
                    hit.copyValue(value, 0);
                    found += table.mayContain(hash) ? 1 : 0;
                }
            }
        }
        return found;
    }
}
