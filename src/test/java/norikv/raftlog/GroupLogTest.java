package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// The index of one group against a slow twin made of a [TreeMap].
final class GroupLogTest {
    private static final int STEPS = 20_000;

    /// What stands where, as simply as can be.
    private static final class Twin {
        final TreeMap<Long, long[]> entries = new TreeMap<>();
        long baseIndex;
        long baseTerm;
        long flushed;

        long last() {
            return entries.isEmpty() ? baseIndex : entries.lastKey();
        }

        long term(long index) {
            return index == baseIndex
                    ? baseTerm
                    : entries.containsKey(index) ? entries.get(index)[1] >>> 24 : 0;
        }

        void base(long index, long term) {
            entries.headMap(index, true).clear();
            baseIndex = index;
            baseTerm = term;
            flushed = Math.max(flushed, index);
        }

        long unflushedBytes() {
            return entries.tailMap(flushed, false).values().stream()
                    .mapToLong(e -> e[1] & 0xffffff)
                    .sum();
        }

        long[] places(long from, long bytesMax) {
            if (from <= baseIndex) {
                return new long[0];
            }
            var found = entries.tailMap(from, true).values().iterator();
            long[] places = {};
            long bytes = 0;
            while (found.hasNext()) {
                long[] next = found.next();
                bytes += next[1] & 0xffffff;
                if (bytes > bytesMax && places.length > 0) {
                    break;
                }
                places = java.util.Arrays.copyOf(places, places.length + 2);
                System.arraycopy(next, 0, places, places.length - 2, 2);
            }
            return places;
        }
    }

    private final AtomicLong entriesTotal = new AtomicLong();
    private final AtomicLong bytesTotal = new AtomicLong();
    private final GroupLog log = new GroupLog(1);
    private final Twin twin = new Twin();
    private long position = 1L << 32;

    @Test
    void anyHistoryLeavesWhatTheSlowTwinSays() {
        long seed = Long.getLong("seed", 20_250_101);
        System.Logger logger = System.getLogger("norikv.raftlog");
        logger.log(System.Logger.Level.INFO, () -> "GroupLogTest seed=" + seed);
        var random = new SplittableRandom(seed);
        for (int step = 0; step < STEPS; step++) {
            act(random);
            compare(random, "seed %d step %d: %s".formatted(seed, step, log));
        }
    }

    @Test
    void anIdleGroupHoldsNoRing() {
        var group = new GroupLog(5);
        group.setHardState(new HardState(1, 2, 3));
        assertEquals(0, group.places(1, 100, 100).length);
        group.add(1, 1L << 32, 10);
        assertTrue(group.compactTo(1, 1));
        assertEquals(2, group.firstIndex());
        assertEquals(1, group.term(1));
    }

    private void act(SplittableRandom random) {
        switch (random.nextInt(20)) {
            case 0 -> compact(random);
            case 1 -> {
                if (random.nextInt(20) == 0) {
                    long index = twin.last() + random.nextLong(5);
                    twin.entries.clear();
                    twin.base(index, 7 + index);
                    twin.flushed = index;
                    log.restore(index, 7 + index);
                }
            }
            case 2, 3 -> {
                long applied = twin.baseIndex + random.nextLong(twin.last() - twin.baseIndex + 3);
                twin.flushed = Math.max(twin.flushed, Math.min(applied, twin.last()));
                var next = twin.entries.higherEntry(twin.flushed);
                long expected = next == null ? Long.MAX_VALUE : next.getValue()[0];
                assertEquals(expected, log.flushed(applied, log.lives()));
            }
            case 4 -> forget(random);
            case 5 -> {
                if (random.nextInt(50) == 0) {
                    twin.entries.clear();
                    twin.base(0, 0);
                    twin.flushed = 0;
                    log.bury();
                    assertTrue(log.tombstone());
                }
            }
            default -> append(random);
        }
        log.publish(entriesTotal, bytesTotal);
    }

    private void append(SplittableRandom random) {
        long least = Math.max(twin.flushed, twin.baseIndex);
        long previous =
                random.nextInt(4) == 0
                        ? least + random.nextLong(twin.last() - least + 1)
                        : twin.last();
        long term = twin.term(previous);
        assertTrue(log.truncateAfter(previous, term));
        twin.entries.tailMap(previous, false).clear();
        int count = 1 + random.nextInt(random.nextInt(30) == 0 ? 60 : 3);
        for (long i = 1; i <= count; i++) {
            term += random.nextInt(2);
            int length = 1 + random.nextInt(100);
            position += length;
            log.add(term, position, length);
            twin.entries.put(previous + i, new long[] {position, term << 24 | length});
        }
    }

    private void compact(SplittableRandom random) {
        long index = twin.baseIndex + random.nextLong(twin.last() - twin.baseIndex + 1);
        long term = twin.term(index);
        if (index > twin.baseIndex && random.nextInt(10) == 0) {
            assertTrue(!log.compactTo(index, term + 1));
            return;
        }
        assertTrue(log.compactTo(index, term));
        twin.base(index, term);
    }

    private void forget(SplittableRandom random) {
        long before = position - random.nextLong(3000);
        long index = twin.baseIndex;
        for (Map.Entry<Long, long[]> e : twin.entries.entrySet()) {
            if (e.getKey() <= twin.flushed && e.getValue()[0] < before) {
                index = e.getKey();
            }
        }
        long term = twin.term(index);
        log.forgetBefore(before);
        twin.base(index, term);
    }

    private void compare(SplittableRandom random, String message) {
        assertEquals(twin.baseIndex + 1, log.firstIndex(), message);
        assertEquals(twin.last(), log.lastIndex(), message);
        assertEquals(twin.last() - twin.flushed, entriesTotal.get(), message);
        assertEquals(twin.unflushedBytes(), bytesTotal.get(), message);
        long index = twin.baseIndex - 1 + random.nextLong(twin.last() - twin.baseIndex + 3);
        assertEquals(twin.term(index), log.term(index), message);
        long bytes = random.nextLong(500);
        assertArrayEquals(twin.places(index, bytes), log.places(index, bytes, 1000), message);
    }
}
