package norikv.port;

import java.util.concurrent.atomic.AtomicInteger;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;

/// Many shards that wait to be read, for whoever hears of all of them at once.
///
/// **Threads.** Each shard is [#pass]ed or [#refuse]d at most once, by any thread, which says so
/// with [#done] afterwards; whoever does that last tells the waiter.
public final class ReadGate {
    private final ShardSet wanted;
    private final Waiter waiter;

    /// By shard: each written once, before [#left] is counted down, and read when that is done.
    private final boolean[] passed;

    /// Those that have not said anything, and one for whoever asks.
    private final AtomicInteger left;

    /// Whoever waits.
    public interface Waiter {
        /// Reads of `shard` were refused. Before [#decided].
        void refused(ShardId shard, NoriException why);

        /// Called once, last: those `passed` may be read, as [ReplicatedLog.Barrier#readable] says.
        void decided(ShardSet passed);
    }

    public ReadGate(ShardSet wanted, Waiter waiter) {
        this.wanted = wanted;
        this.waiter = waiter;
        this.passed = new boolean[wanted.total()];
        this.left = new AtomicInteger(wanted.size() + 1);
    }

    public ShardSet wanted() {
        return wanted;
    }

    /// `shard` may be read.
    public void pass(int shard) {
        assert wanted.contains(shard) && !passed[shard] : shard;
        passed[shard] = true;
    }

    public void refuse(int shard, NoriException why) {
        waiter.refused(new ShardId(shard), why);
    }

    /// So many have been passed or refused.
    public void done(int count) {
        int now = left.addAndGet(-count);
        assert now >= 0 : now;
        if (now == 0 && count > 0) {
            waiter.decided(ShardSet.of(wanted.total(), shard -> passed[shard]));
        }
    }

    /// All were asked for: called once by whoever does that.
    public void asked() {
        done(1);
    }
}
