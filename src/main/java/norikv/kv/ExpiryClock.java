package norikv.kv;

import java.util.BitSet;
import java.util.concurrent.locks.ReentrantLock;
import norikv.domain.ShardId;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.work.Step;

/// Commits a time entry on each shard that this node leads within a second of its earliest known
/// expiry, so that what expired is gone everywhere, though nobody writes.
///
/// Known is what was applied since the node started; what a reader meets besides it asks for
/// itself. Time entries pass by admission: they are few, and under pressure they are what frees
/// memory.
///
/// **Threads.** One drives the step; any that applies may [#note]. Both hold `lock`, which guards
/// the wheel and what is owed, for a bounded while. **Limits.** One time entry a shard at a time.
final class ExpiryClock implements Step {
    /// How long a step is followed by none, nanoseconds: with the width of a tick and the time to
    /// commit, less than a second.
    static final long PERIOD_NANOS = 256_000_000L;

    private final ReplicatedLog log;
    private final Storage storage;
    private final TimeEntries timeEntries;
    private final int totalShards;
    private final ReentrantLock lock = new ReentrantLock();
    private final ExpiryWheel wheel;

    /// The shards that owe a time entry, and the log times from which and up to which something
    /// expired there.
    private final BitSet owing = new BitSet();

    private final long[] owedFromMillis;
    private final long[] owedToMillis;

    ExpiryClock(
            ReplicatedLog log,
            Storage storage,
            TimeEntries timeEntries,
            int totalShards,
            long wallMillis) {
        this.log = log;
        this.storage = storage;
        this.timeEntries = timeEntries;
        this.totalShards = totalShards;
        this.wheel = new ExpiryWheel(totalShards, wallMillis);
        this.owedFromMillis = new long[totalShards];
        this.owedToMillis = new long[totalShards];
    }

    /// What one pass put that expires: pairs of shard and log time.
    static final class Expiries {
        private int[] shards = new int[8];
        private long[] millis = new long[8];
        private int count;

        void add(ShardId shard, long expiresAtMillis) {
            if (count == shards.length) {
                shards = java.util.Arrays.copyOf(shards, 2 * count);
                millis = java.util.Arrays.copyOf(millis, 2 * count);
            }
            shards[count] = shard.number();
            millis[count++] = expiresAtMillis;
        }
    }

    /// Remembers what a pass put that expires.
    void note(Expiries expiries) {
        if (expiries.count == 0) {
            return;
        }
        lock.lock();
        try {
            for (int i = 0; i < expiries.count; i++) {
                wheel.add(expiries.shards[i], expiries.millis[i]);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Asks for a time entry on every shard that owes one, without waiting for the next step.
    void hurry() {
        BitSet ready = new BitSet();
        lock.lock();
        try {
            wheel.advance(latestLeaderTime(), this::owe);
            payOff(ready);
        } finally {
            lock.unlock();
        }
        // Outside of the lock: whoever is told may note and ask again.
        ready.stream().forEach(shard -> timeEntries.request(new ShardId(shard)));
    }

    /// {@return how long ago, by the clock that leads it, something expired in a shard that its
    /// applied log time has not passed, of the shard where that is longest ago; milliseconds, 0
    /// where nothing is owed} Only what this node leads is known to be late.
    long lagMillis() {
        long most = 0;
        lock.lock();
        try {
            for (int shard = owing.nextSetBit(0); shard >= 0; shard = owing.nextSetBit(shard + 1)) {
                var id = new ShardId(shard);
                if (storage.applied(id).logTimeMillis() < owedToMillis[shard]) {
                    most = Math.max(most, log.logTimeMillis(id) - owedFromMillis[shard]);
                }
            }
        } finally {
            lock.unlock();
        }
        return most;
    }

    @Override
    public long runOnce(long nowNanos) {
        hurry();
        return nowNanos + PERIOD_NANOS;
    }

    /// {@return the latest of the leaders' clocks; of one, where nothing is known to expire}
    private long latestLeaderTime() {
        boolean isIdle = wheel.isEmpty() && owing.isEmpty();
        int asked = isIdle ? 1 : totalShards;
        long latest = 0;
        for (int shard = 0; shard < asked; shard++) {
            latest = Math.max(latest, log.logTimeMillis(new ShardId(shard)));
        }
        return latest;
    }

    private void owe(int shard, long millis) {
        if (!owing.get(shard)) {
            owing.set(shard);
            owedFromMillis[shard] = millis;
            owedToMillis[shard] = millis;
        }
        owedFromMillis[shard] = Math.min(owedFromMillis[shard], millis);
        owedToMillis[shard] = Math.max(owedToMillis[shard], millis);
    }

    /// Strikes out what applied log times have passed, and collects the shards whose leader's clock
    /// has come to what they owe. Shards that others lead stay: this node may lead them later.
    private void payOff(BitSet ready) {
        for (int shard = owing.nextSetBit(0); shard >= 0; shard = owing.nextSetBit(shard + 1)) {
            var id = new ShardId(shard);
            long applied = storage.applied(id).logTimeMillis();
            if (applied >= owedToMillis[shard]) {
                owing.clear(shard);
                continue;
            }
            if (applied >= owedFromMillis[shard]) {
                long next = applied + (1L << ExpiryWheel.TICK_SHIFT);
                owedFromMillis[shard] = Math.min(next, owedToMillis[shard]);
            }
            if (log.logTimeMillis(id) >= owedFromMillis[shard]) {
                ready.set(shard);
            }
        }
    }
}
