package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import norikv.bytes.Bytes;
import norikv.bytes.Region;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Op;
import norikv.domain.NoriException;
import norikv.observe.Meter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a cache of blocks promises, alone and below cold tables.
final class BlockCacheTest {
    private static final long SEED = Long.getLong("seed", 1);
    private static final int ROOM = 64 << 10;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Region target = Region.allocate(ROOM);
    private final SimDisk disk = new SimDisk(SEED);
    private BlockCache cache = new BlockCache(0, Meter.NONE);

    @AfterEach
    void close() {
        cache.close();
    }

    @Test
    void aBlockIsTheOneOfItsNameOrNotThere() {
        cache(100 << 10);
        Map<Long, byte[]> blocks = new HashMap<>();
        int found = 0;
        for (int i = 0; i < 20_000; i++) {
            long file = random.nextInt(1, 4);
            int offset = random.nextInt(60) * 4096;
            byte[] block =
                    blocks.computeIfAbsent(
                            file << 32 | offset, _ -> bytes(random.nextInt(1, 6000)));
            int length = cache.get(file, offset, target, ROOM);
            if (length > 0) {
                found++;
                assertEquals(Bytes.wrap(block), target.bytes(0, length), "seed=" + SEED);
            } else {
                cache.put(file, offset, block, block.length);
            }
            assertTrue(cache.bytesInUse() <= 100 << 10);
        }
        assertTrue(found > 2000, "found " + found);
    }

    @Test
    void whatIsReadOncePassesByWhatIsReadOften() {
        cache(256 << 10);
        byte[] block = bytes(4000);
        for (int round = 0; round < 4; round++) {
            for (int hot = 0; hot < 30; hot++) {
                if (cache.get(1, hot * 4096, target, ROOM) == 0) {
                    cache.put(1, hot * 4096, block, block.length);
                }
            }
        }
        for (int cold = 0; cold < 1000; cold++) {
            if (cache.get(2, cold * 4096, target, ROOM) == 0) {
                cache.put(2, cold * 4096, block, block.length);
            }
        }
        int stayed = 0;
        for (int hot = 0; hot < 30; hot++) {
            stayed += cache.get(1, hot * 4096, target, ROOM) > 0 ? 1 : 0;
        }

        assertTrue(stayed >= 27, "of 30 stayed " + stayed);
    }

    @Test
    void whatIsTooLongIsNotKept() {
        cache(64 << 10);
        byte[] block = bytes(9 << 10);
        cache.put(1, 0, block, block.length);
        assertEquals(0, cache.get(1, 0, target, ROOM));
        assertEquals(0, cache.bytesInUse());
    }

    @Test
    void aColdTableReadsABlockOnceWhileItStays() {
        cache(1 << 20);
        try (Table table = table(1)) {
            table.goCold(cache);
            var hit = new Hit();
            long reads = disk.count(Op.READ);
            assertEquals(Answer.COLD, get(table, 7, Reach.MEMORY, hit));
            assertEquals(reads, disk.count(Op.READ));
            assertEquals(Answer.FOUND, get(table, 7, Reach.DISK, hit));
            var other = new Hit();
            assertEquals(Answer.FOUND, get(table, 7, Reach.MEMORY, other));
            assertEquals(reads + 1, disk.count(Op.READ));
            assertEquals("value7 of 1", value(hit));
            assertEquals("value7 of 1", value(other));
        }
    }

    @Test
    void tablesDoNotGetEachOthersBlocks() {
        cache(1 << 20);
        try (Table one = table(1);
                Table other = table(2)) {
            one.goCold(cache);
            other.goCold(cache);
            var hit = new Hit();
            assertEquals(Answer.FOUND, get(one, 7, Reach.DISK, hit));
            assertEquals(Answer.FOUND, get(other, 7, Reach.DISK, hit));

            assertEquals("value7 of 2", value(hit));
        }
    }

    /// The cache keeps nothing: only the reader's own copy is left.
    @Test
    void neighboursAskTheDiskOnce() {
        cache(0);
        try (Table table = table(1)) {
            table.goCold(cache);
            var hit = new Hit();
            long reads = disk.count(Op.READ);
            for (int i = 0; i < 5; i++) {
                assertEquals(Answer.FOUND, get(table, i, Reach.DISK, hit));
                assertEquals("value%d of 1".formatted(i), value(hit));
            }
            assertEquals(reads + 1, disk.count(Op.READ));
            assertEquals(Answer.FOUND, get(table, 499, Reach.DISK, hit));
            assertEquals("value499 of 1", value(hit));
            assertEquals(Answer.FOUND, get(table, 0, Reach.DISK, hit));
            assertEquals("value0 of 1", value(hit));
        }
    }

    @Test
    void aDamagedBlockDoesNotEnter() {
        cache(1 << 20);
        try (Table table = table(1)) {
            table.goCold(cache);
            disk.damage("1.sst", 100, 8);
            var hit = new Hit();
            for (int i = 0; i < 2; i++) {
                assertThrows(
                        NoriException.Corruption.class, () -> get(table, 0, Reach.DISK, hit));
                assertEquals(0, cache.bytesInUse());
            }
        }
    }

    /// A table may change over while somebody stands in it.
    @Test
    void aCursorGoesOnWhenItsTableBecomesColdOrResident() {
        cache(1 << 20);
        List<Integer> met = new ArrayList<>();
        try (Table table = table(1);
                var cursor = table.cursor(Reach.DISK)) {
            for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
                if (random.nextBoolean()) {
                    table.goCold(cache);
                } else {
                    table.goResident();
                }
                met.add((int) (cursor.trailer() >>> 8));
            }
        }

        assertEquals(500, met.size());
        assertEquals(0L, cache.bytesInUse(), "who reads all of a table fills no cache");
    }

    @Test
    void manyThreadsReadAndWriteAtOnce() throws InterruptedException {
        cache(200 << 10);
        var failure = new AtomicReference<Throwable>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            int seed = t;
            var thread = new Thread(() -> hammer(new SplittableRandom(seed)));
            thread.setUncaughtExceptionHandler((_, e) -> failure.compareAndSet(null, e));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    private void hammer(SplittableRandom own) {
        Region into = Region.allocate(ROOM);
        for (int i = 0; i < 20_000; i++) {
            int number = own.nextInt(100);
            int length = 100 + number * 50;
            int got = cache.get(1, number * 8192, into, ROOM);
            if (got == 0) {
                byte[] block = new byte[length];
                Arrays.fill(block, (byte) number);
                cache.put(1, number * 8192, block, length);
            } else {
                assertEquals(length, got);
                assertEquals((byte) number, into.getByte(0));
                assertEquals((byte) number, into.getByte(length - 1));
            }
        }
    }

    private void cache(long bytes) {
        cache = new BlockCache(bytes, Meter.NONE);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private Table table(long number) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Bytes value = Bytes.utf8("value%d of %d".formatted(i, number));
            entries.add(new Entry(key(i), 1, (i + 1L) << 8 | Cursor.KIND_PUT, 1, 0, value));
        }
        Tables.write(disk, number + ".sst", number, TableOptions.defaults(), entries);
        return Table.open(disk, number + ".sst", number);
    }

    private static Bytes key(int i) {
        return Bytes.utf8("key%05d".formatted(i));
    }

    private static Answer get(Table table, int i, Reach reach, Hit hit) {
        return Tables.get(table, key(i), 1, TableFormat.INDEX_MAX, reach, hit);
    }

    private static String value(Hit hit) {
        byte[] value = new byte[hit.valueLength()];
        hit.copyValue(value, 0);
        return Bytes.wrap(value).toUtf8();
    }
}
