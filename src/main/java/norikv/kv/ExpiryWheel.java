package norikv.kv;

import java.util.BitSet;

/// Remembers which shards have something that expires when, in little memory: a bit for each shard
/// in each bucket of time.
///
/// Near buckets are one tick (512 ms) wide. Beyond the near ring there are coarser ones, each 64
/// times as wide as the one before. When time comes to a coarse bucket its shards are put into all
/// the buckets of the finer ring that it spans, because a bit does not say where in the bucket the
/// expiry lies: that costs a shard at most one needless time entry a tick for that while, and a
/// shard that is written to needs none at all.
///
/// **Threads.** Confined to one at a time. **Limits.** Buckets are made when needed; all of them
/// together take [#LEVELS] × [#RING] × total shards bits at most, 5 MiB with 1024 shards, and reach
/// over two thousand years.
final class ExpiryWheel {
    /// A tick is 2^9 milliseconds.
    static final int TICK_SHIFT = 9;

    /// How many rings of buckets there are.
    static final int LEVELS = 5;

    /// How many buckets a ring has.
    static final int RING = 8_192;

    /// The most buckets that one [#advance] empties or passes.
    static final int BUCKETS_MAX = 16_384;

    /// A bucket of the next ring is 2^6 times as wide.
    private static final int FAN_SHIFT = 6;

    private final BitSet[][] rings = new BitSet[LEVELS][RING];
    private final int totalShards;

    /// How many buckets of each ring hold something.
    private final int[] filled = new int[LEVELS];

    /// The first tick that is not over.
    private long tick;

    /// @param logTimeMillis where time begins
    ExpiryWheel(int totalShards, long logTimeMillis) {
        this.totalShards = totalShards;
        this.tick = logTimeMillis >> TICK_SHIFT;
    }

    /// Hears what expired.
    @FunctionalInterface
    interface Listener {
        /// Something in `shard` expired at log time `millis` or in the tick before.
        void expired(int shard, long millis);
    }

    /// Remembers that something in `shard` expires at log time `millis`. What is over already is
    /// told by the next [#advance] that goes on.
    void add(int shard, long millis) {
        long at = Math.max(millis >> TICK_SHIFT, tick);
        for (int level = 0; level < LEVELS; level++) {
            int shift = level * FAN_SHIFT;
            if ((at >> shift) - (tick >> shift) < RING) {
                bucket(level, at >> shift).set(shard);
                return;
            }
        }
        assert false : "farther than the longest time to live: " + at;
    }

    /// Moves time towards `logTimeMillis`, never back and past [#BUCKETS_MAX] buckets at most, and
    /// tells what expired in each tick that is over.
    ///
    /// @return whether it got there
    boolean advance(long logTimeMillis, Listener listener) {
        long target = logTimeMillis >> TICK_SHIFT;
        for (int passed = 0; passed < BUCKETS_MAX && tick < target; passed++) {
            tell(slot(tick), listener);
            tick = Math.min(target, nextTick());
            for (int level = LEVELS - 1; level > 0; level--) {
                spread(level);
            }
        }
        return tick >= target;
    }

    boolean isEmpty() {
        return nextTick() == Long.MAX_VALUE;
    }

    /// {@return where time may go without passing a bucket that holds something}
    private long nextTick() {
        int level = 0;
        while (level < LEVELS && filled[level] == 0) {
            level++;
        }
        int shift = level * FAN_SHIFT;
        return level == LEVELS ? Long.MAX_VALUE : (tick >> shift) + 1 << shift;
    }

    private void tell(int slot, Listener listener) {
        BitSet shards = rings[0][slot];
        if (shards != null) {
            rings[0][slot] = null;
            filled[0]--;
            long end = tick + 1 << TICK_SHIFT;
            shards.stream().forEach(shard -> listener.expired(shard, end));
        }
    }

    /// Where a bucket of `level` begins at this tick, hands its shards down to the finer ring.
    private void spread(int level) {
        int shift = level * FAN_SHIFT;
        if ((tick & (1L << shift) - 1) != 0) {
            return;
        }
        int slot = slot(tick >> shift);
        BitSet shards = rings[level][slot];
        if (shards != null) {
            rings[level][slot] = null;
            filled[level]--;
            long first = tick >> shift - FAN_SHIFT;
            for (long number = first; number < first + (1 << FAN_SHIFT); number++) {
                bucket(level - 1, number).or(shards);
            }
        }
    }

    private BitSet bucket(int level, long number) {
        int slot = slot(number);
        BitSet shards = rings[level][slot];
        if (shards == null) {
            shards = new BitSet(totalShards);
            rings[level][slot] = shards;
            filled[level]++;
        }
        return shards;
    }

    private static int slot(long number) {
        return (int) (number & RING - 1);
    }
}
