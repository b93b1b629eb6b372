package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.Test;

/// Readers on threads of their own beside one that writes, while memtables are flushed, tables
/// merged and memory is recycled, and overwritten when it is.
final class LsmThreadsTest {
    private static final int SHARDS = 4;
    private static final int KEYS = 400;
    private static final int BATCHES = 3_000;
    private static final int READERS = 3;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong written = new AtomicLong();
    private final AtomicInteger flushes = new AtomicInteger();
    private final AtomicInteger compactions = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();

    /// Each batch writes some keys that are always there, some that come and go, and one a shard
    /// that carries the batch's own number.
    @Test
    void readersSeeWholeBatchesAndEveryKeyOnceWhateverRunsBeside() throws InterruptedException {
        try (Lsm lsm = open()) {
            lsm.createTablets(IntStream.range(0, SHARDS).mapToObj(ShardId::new).toList());
            for (int i = 0; i < KEYS; i += 20) {
                write(lsm, i);
            }
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                boolean scans = i > 0;
                boolean backward = i > 1;
                Thread reader =
                        new Thread(
                                () -> {
                                    if (scans) {
                                        scanUntilDone(lsm, backward);
                                    } else {
                                        getUntilDone(lsm);
                                    }
                                });
                reader.setUncaughtExceptionHandler((_, e) -> failure.compareAndSet(null, e));
                reader.start();
                readers.add(reader);
            }
            for (int i = KEYS; i < BATCHES && failure.get() == null; i++) {
                write(lsm, i);
            }
            written.set(Long.MAX_VALUE);
            for (Thread reader : readers) {
                reader.join();
            }
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        assertTrue(flushes.get() > 10, () -> "flushes " + flushes);
        assertTrue(compactions.get() > 5, () -> "compactions " + compactions);
        assertTrue(reads.get() >= READERS, () -> "reads " + reads);
    }

    private Lsm open() {
        var environment =
                new Lsm.Environment(
                        new SimDisk(1),
                        "lsm",
                        new ThreadLoops(this::fault),
                        this::fault,
                        Meter.NONE,
                        this::note);
        var options =
                LsmOptions.defaults()
                        .withBands(2)
                        .withMemory(new LsmOptions.Memory(16 << 10, 64 << 10, 1 << 28, true))
                        .withTableBytes(16 << 10)
                        .withBlockBytes(512)
                        .withLevels(new LsmOptions.Levels(2, 8, 32 << 10, 4))
                        .withPace(new LsmOptions.Pace(256, 10, 8 << 10));
        return Lsm.open(environment, options);
    }

    private void fault(String where, Throwable cause) {
        failure.compareAndSet(null, new AssertionError("fatal: " + where, cause));
    }

    private void note(Event event) {
        switch (event) {
            case Event.Lsm.FlushComplete _ -> flushes.incrementAndGet();
            case Event.Compaction.Finish _ -> compactions.incrementAndGet();
            default -> {}
        }
    }

    private void write(Lsm lsm, int number) {
        var batch = new WriteBatch();
        var at = new Version(1, number + 1L);
        for (int i = 0; i < 20; i++) {
            int key = (number + i) % KEYS;
            batch.put(shard(key), 0, at, always(key), value(at.index(), key), 0);
            var passing = Bytes.utf8("passing-%03d".formatted(key));
            if (number % 3 == 0) {
                batch.delete(shard(key), 0, at, passing);
            } else {
                batch.put(shard(key), 0, at, passing, value(at.index(), key), 0);
            }
        }
        for (int i = 0; i < SHARDS; i++) {
            var shard = new ShardId(i);
            batch.put(shard, 0, at, Bytes.utf8("zz-number-" + i), value(at.index(), i), 0);
            batch.applied(shard, at, at.index());
        }
        lsm.write(batch);
        written.set(at.index());
    }

    private static ShardId shard(int key) {
        return new ShardId(key % SHARDS);
    }

    private static Bytes always(int key) {
        return Bytes.utf8("always-%03d".formatted(key));
    }

    private static Bytes value(long index, int key) {
        return Bytes.utf8("%d/%d ".formatted(index, key) + "x".repeat((int) (index % 40)));
    }

    /// The number of the last batch is that of the place the read was at, and no older than what
    /// was written before the read began.
    private void getUntilDone(Lsm lsm) {
        var result = new GetResult();
        for (int i = 0; written.get() != Long.MAX_VALUE; i++) {
            long before = written.get();
            var shard = new ShardId(i % SHARDS);
            lsm.get(shard, 0, Bytes.utf8("zz-number-" + shard), Reach.DISK, result);
            assertEquals(GetResult.Outcome.FOUND, result.outcome());
            assertEquals(result.appliedIndex(), result.index(), "half of a batch");
            assertTrue(before == Long.MAX_VALUE || result.index() >= before, "an old place");
            assertValue(result, shard.number());
            int key = i * 7 % KEYS;
            lsm.get(shard(key), 0, always(key), Reach.DISK, result);
            assertEquals(GetResult.Outcome.FOUND, result.outcome());
            assertValue(result, key);
            reads.incrementAndGet();
        }
    }

    private static void assertValue(GetResult result, int key) {
        assertEquals(
                value(result.index(), key),
                Bytes.copyOf(result.value(), 0, result.valueLength()));
    }

    private void scanUntilDone(Lsm lsm, boolean backward) {
        var plan =
                new RangePlan(
                        0, _ -> true, Bytes.utf8("always-"), Bytes.utf8("always."), backward);
        while (written.get() != Long.MAX_VALUE) {
            try (RangeCursor cursor = lsm.scan(plan)) {
                for (int i = 0; i < KEYS; i++) {
                    int key = backward ? KEYS - 1 - i : i;
                    assertTrue(cursor.isValid(), "the scan ends too early");
                    assertEquals(always(key), cursor.key());
                    byte[] value = new byte[cursor.valueLength()];
                    cursor.copyValue(value, 0);
                    assertEquals(value(cursor.version().index(), key), Bytes.wrap(value));
                    if (backward) {
                        cursor.prev();
                    } else {
                        cursor.next();
                    }
                }
                assertTrue(!cursor.isValid(), "the scan does not end");
            }
            reads.incrementAndGet();
        }
    }
}
