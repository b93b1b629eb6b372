package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.disk.FileDisk;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Gets and puts allocate nothing, once their buffers have grown: not with tables, memtables that
/// are flushed beside, and a rotation in between.
final class LsmAllocationTest {
    private static final int OPERATIONS = 1_000_000;
    private static final int READS = 4_000;
    private static final int KEYS = 20_000;
    private static final Sharding SHARDING = new Sharding(64);

    @TempDir private Path folder;

    private final Bytes[] keys = new Bytes[KEYS];
    private final ShardId[] shards = new ShardId[KEYS];
    private final Version[] places = new Version[OPERATIONS + 2 * KEYS];
    private final WriteBatch batch = new WriteBatch();
    private final GetResult result = new GetResult();
    private final Bytes value = Bytes.wrap(new byte[100]);
    private int nextPlace;
    private int found;

    @Test
    void aMillionMixedOperationsAllocateLessThanATenthOfAByteEach() {
        for (int i = 0; i < KEYS; i++) {
            keys[i] = Bytes.utf8("key-%012d".formatted(i));
            shards[i] = SHARDING.shardOf(keys[i]);
        }
        for (int i = 0; i < places.length; i++) {
            places[i] = new Version(1, i + 1L);
        }
        var environment =
                new Lsm.Environment(
                        FileDisk.open(folder),
                        "lsm",
                        new ThreadLoops((where, cause) -> {}),
                        (where, cause) -> {},
                        Meter.NONE,
                        Event.Sink.NONE);
        var options = LsmOptions.defaults().withMemtableBytes(32 << 20);
        try (Lsm lsm = Lsm.open(environment, options)) {
            lsm.createTablets(IntStream.range(0, 64).mapToObj(ShardId::new).toList());
            run(lsm);
        }
    }

    private void run(Lsm lsm) {
        for (int i = 0; i < KEYS; i++) {
            put(lsm, i);
        }
        lsm.flush(Long.MAX_VALUE);
        for (int i = 0; i < KEYS; i++) {
            get(lsm, i);
        }
        var random = new SplittableRandom(1);
        mix(lsm, random, OPERATIONS / 10);
        int tablesBefore = lsm.levels().all().size();
        var bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = bean.getCurrentThreadAllocatedBytes();
        mix(lsm, random, OPERATIONS);
        long allocated = bean.getCurrentThreadAllocatedBytes() - before;
        double each = (double) allocated / OPERATIONS;

        readsAllocateNothing(lsm, random);

        assertTrue(found > OPERATIONS / 4, "gets found " + found);
        awaitRotation(lsm, tablesBefore);
        assertTrue(each < 0.1, "allocated %.3f bytes an operation".formatted(each));
    }

    /// Lookups at a snapshot and of many keys, and the moves of a cursor both ways.
    private void readsAllocateNothing(Lsm lsm, SplittableRandom random) {
        var plan = new RangePlan(Lsm.USER_SPACE, _ -> true, Bytes.EMPTY, Bytes.EMPTY, false);
        var bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Snapshot snapshot = lsm.snapshot(_ -> true);
                RangeCursor cursor = snapshot.cursor(plan)) {
            var keysAtOnce = new MultiGet();
            for (int i = 0; i < READS / 10; i++) {
                read(lsm, snapshot, cursor, keysAtOnce, random);
            }
            long before = bean.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < READS; i++) {
                read(lsm, snapshot, cursor, keysAtOnce, random);
            }
            double each = (double) (bean.getCurrentThreadAllocatedBytes() - before) / READS;
            assertTrue(each < 2, "reads allocated %.3f bytes each".formatted(each));
        }
    }

    private void read(
            Lsm lsm,
            Snapshot snapshot,
            RangeCursor cursor,
            MultiGet keysAtOnce,
            SplittableRandom random) {
        int key = random.nextInt(KEYS);
        snapshot.get(shards[key], Lsm.USER_SPACE, keys[key], Reach.DISK, result);
        cursor.seek(keys[key]);
        for (int i = 0; i < 3 && cursor.isValid(); i++) {
            cursor.next();
        }
        cursor.seekForPrev(keys[key]);
        for (int i = 0; i < 3 && cursor.isValid(); i++) {
            cursor.prev();
        }
        if (cursor.isValid()) {
            cursor.next();
        }
        keysAtOnce.clear();
        for (int i = 0; i < 8; i++) {
            int other = (key + i * 7) % KEYS;
            keysAtOnce.add(shards[other], keys[other]);
        }
        lsm.multiGet(Lsm.USER_SPACE, keysAtOnce, Reach.DISK);
    }

    /// A rotation shows in the tables that its flush makes.
    private static void awaitRotation(Lsm lsm, int tablesBefore) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (lsm.levels().all().size() == tablesBefore && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertTrue(lsm.levels().all().size() > tablesBefore, "no rotation among the operations");
    }

    private void mix(Lsm lsm, SplittableRandom random, int operations) {
        for (int i = 0; i < operations; i++) {
            int key = random.nextInt(KEYS);
            if (random.nextInt(2) == 0) {
                get(lsm, key);
            } else {
                put(lsm, key);
            }
        }
    }

    private void get(Lsm lsm, int key) {
        lsm.get(shards[key], Lsm.USER_SPACE, keys[key], Reach.DISK, result);
        found += result.outcome() == GetResult.Outcome.FOUND ? 1 : 0;
    }

    /// A version serves all shards: each only has to go up.
    private void put(Lsm lsm, int key) {
        Version at = places[nextPlace++];
        batch.clear();
        batch.put(shards[key], Lsm.USER_SPACE, at, keys[key], value, 0);
        batch.applied(shards[key], at, at.index());
        lsm.write(batch);
    }
}
