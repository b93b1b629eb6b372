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
import norikv.disk.Disk;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.ThreadLoops;

/// Threads that get, scan slowly and keep snapshots, beside one that writes, drops a shard and
/// makes it again, while memtables are flushed, tables merged, and released memory is overwritten
/// and unmapped.
///
/// Each batch gives each steady shard all of its keys one and the same number, so whatever is read
/// of a shard at one place has one number, and it never goes back. The restless shard is dropped
/// every so often; its values carry the number of its life. **Threads.** Its own, ended when
/// [#run] returns; the work is bounded by batches.
final class Races {
    private static final int STEADY = 3;
    private static final int RESTLESS = 3;
    private static final int KEYS = 40;
    private static final int BATCHES_A_LIFE = 23;

    private final Disk disk;
    private final int batches;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong written = new AtomicLong();
    private final AtomicInteger life = new AtomicInteger();
    private final AtomicInteger flushes = new AtomicInteger();
    private final AtomicInteger compactions = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private volatile boolean over;

    Races(Disk disk, int batches) {
        this.disk = disk;
        this.batches = batches;
    }

    int flushes() {
        return flushes.get();
    }

    int compactions() {
        return compactions.get();
    }

    int reads() {
        return reads.get();
    }

    /// A reader, which runs until the writer has ended, and at least once.
    private interface Reader {
        void read(Lsm lsm);
    }

    void run() throws InterruptedException {
        try (Lsm lsm = open()) {
            lsm.createTablets(IntStream.rangeClosed(0, RESTLESS).mapToObj(ShardId::new).toList());
            write(lsm, 1);
            List<Thread> threads = new ArrayList<>();
            threads.add(start(lsm, this::getSteady));
            threads.add(start(lsm, this::getRestless));
            threads.add(start(lsm, l -> scanSlowly(l, false)));
            threads.add(start(lsm, l -> scanSlowly(l, true)));
            threads.add(start(lsm, this::keepSnapshot));
            for (int i = 2; i <= batches && failure.get() == null; i++) {
                write(lsm, i);
            }
            over = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    private Thread start(Lsm lsm, Reader reader) {
        var thread =
                new Thread(
                        () -> {
                            do {
                                reader.read(lsm);
                                reads.incrementAndGet();
                            } while (!over);
                        });
        thread.setUncaughtExceptionHandler((_, e) -> failure.compareAndSet(null, e));
        thread.start();
        return thread;
    }

    private Lsm open() {
        var environment =
                new Lsm.Environment(
                        disk,
                        "lsm",
                        new ThreadLoops(this::fault),
                        this::fault,
                        Meter.NONE,
                        this::note);
        var options =
                LsmOptions.defaults()
                        .withBands(2)
                        .withMemory(new LsmOptions.Memory(8 << 10, 32 << 10, 1 << 28, true))
                        .withTableBytes(8 << 10)
                        .withBlockBytes(256)
                        .withLevels(new LsmOptions.Levels(2, 8, 16 << 10, 3))
                        .withPace(new LsmOptions.Pace(64, 10, 8 << 10));
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

    private void write(Lsm lsm, long number) {
        var batch = new WriteBatch();
        var at = new Version(1, number);
        for (int shard = 0; shard < STEADY; shard++) {
            for (int key = 0; key < KEYS; key++) {
                batch.put(new ShardId(shard), 0, at, key(shard, key), value(number, 0), 0);
            }
            batch.applied(new ShardId(shard), at, number);
        }
        long ofLife = number % BATCHES_A_LIFE;
        var restless = new ShardId(RESTLESS);
        if (ofLife == 0) {
            lsm.dropTablet(restless);
            life.incrementAndGet();
            lsm.createTablets(List.of(restless));
        } else {
            var then = new Version(1, ofLife);
            for (int key = 0; key < KEYS; key++) {
                Bytes value = value(ofLife, life.get());
                batch.put(restless, 0, then, key(RESTLESS, key), value, 0);
            }
            batch.applied(restless, then, ofLife);
        }
        lsm.write(batch);
        written.set(number);
    }

    private static Bytes key(int shard, int key) {
        return Bytes.utf8("k%03d/%d".formatted(key, shard));
    }

    private static Bytes value(long number, int life) {
        return Bytes.utf8("%d:%d:".formatted(number, life) + "v".repeat((int) (number % 40)));
    }

    private static long number(Bytes value) {
        return Long.parseLong(value.toUtf8().split(":")[0]);
    }

    private static int life(Bytes value) {
        return Integer.parseInt(value.toUtf8().split(":")[1]);
    }

    private static Bytes value(GetResult result) {
        return Bytes.copyOf(result.value(), 0, result.valueLength());
    }

    /// What was written before a read began is seen, and places never go back.
    private void getSteady(Lsm lsm) {
        var result = new GetResult();
        long last = 0;
        for (int i = 0; i < KEYS; i++) {
            long before = written.get();
            int shard = i % STEADY;
            lsm.get(new ShardId(shard), 0, key(shard, i), Reach.DISK, result);
            assertEquals(GetResult.Outcome.FOUND, result.outcome());
            assertEquals(result.appliedIndex(), result.index(), "not of its own place");
            assertTrue(result.index() >= Math.max(before, last), "a place that was left");
            assertEquals(value(result.index(), 0), value(result));
            last = before;
        }
    }

    /// Nothing of a former life is seen once the shard is there again, and no half of a life.
    private void getRestless(Lsm lsm) {
        var result = new GetResult();
        for (int i = 0; i < KEYS; i++) {
            int before = life.get();
            try {
                lsm.get(new ShardId(RESTLESS), 0, key(RESTLESS, i), Reach.DISK, result);
            } catch (NoriException.NotLeader _) {
                continue;
            }
            if (result.appliedIndex() == 0) {
                assertEquals(GetResult.Outcome.ABSENT, result.outcome());
                continue;
            }
            assertEquals(GetResult.Outcome.FOUND, result.outcome());
            Bytes value = value(result);
            assertEquals(result.appliedIndex(), number(value), "not of its own place");
            assertTrue(life(value) >= before, "of a life that is over");
            assertEquals(value(number(value), life(value)), value);
        }
    }

    /// A scan that takes as long as several batches sees each shard at one place, in order, whole.
    private void scanSlowly(Lsm lsm, boolean backward) {
        var plan =
                new RangePlan(
                        0, shard -> shard.number() < STEADY, Bytes.EMPTY, Bytes.EMPTY, backward);
        long before = written.get();
        long[] numbers = new long[STEADY];
        try (RangeCursor cursor = lsm.scan(plan)) {
            for (int i = 0; i < KEYS * STEADY; i++) {
                assertTrue(cursor.isValid(), "the scan ends too early");
                int at = backward ? KEYS * STEADY - 1 - i : i;
                int shard = cursor.shard().number();
                assertEquals(key(at % STEADY, at / STEADY), cursor.key());
                byte[] bytes = new byte[cursor.valueLength()];
                cursor.copyValue(bytes, 0);
                long number = cursor.version().index();
                assertEquals(value(number, 0), Bytes.wrap(bytes));
                assertTrue(number >= before, "a place that was left");
                assertTrue(numbers[shard] == 0 || numbers[shard] == number, "two places");
                numbers[shard] = number;
                waitForBatch(i % 8 == 0);
                if (backward) {
                    cursor.prev();
                } else {
                    cursor.next();
                }
            }
            assertTrue(!cursor.isValid(), "the scan does not end");
        }
    }

    /// A snapshot shows the same however much is written, merged and dropped meanwhile.
    private void keepSnapshot(Lsm lsm) {
        try (Snapshot snapshot = lsm.snapshot(shard -> shard.number() < STEADY)) {
            long[] numbers = new long[STEADY];
            for (int shard = 0; shard < STEADY; shard++) {
                var id = new ShardId(shard);
                numbers[shard] = snapshot.applied(id).orElseThrow().at().index();
            }
            var result = new GetResult();
            for (int i = 0; i < KEYS; i++) {
                int shard = i % STEADY;
                snapshot.get(new ShardId(shard), 0, key(shard, i), Reach.DISK, result);
                assertEquals(GetResult.Outcome.FOUND, result.outcome());
                assertEquals(value(numbers[shard], 0), value(result));
                waitForBatch(i % 4 == 0);
            }
            var plan =
                    new RangePlan(0, id -> id.number() < STEADY, Bytes.EMPTY, Bytes.EMPTY, false);
            int items = 0;
            try (RangeCursor cursor = snapshot.scan(plan)) {
                for (; cursor.isValid(); cursor.next()) {
                    int shard = cursor.shard().number();
                    assertEquals(numbers[shard], cursor.version().index());
                    items++;
                }
            }
            assertEquals(STEADY * KEYS, items);
        }
    }

    private void waitForBatch(boolean wanted) {
        long now = written.get();
        while (wanted && !over && failure.get() == null && written.get() == now) {
            Thread.onSpinWait();
        }
    }
}
