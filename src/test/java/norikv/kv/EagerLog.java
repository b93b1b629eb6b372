package norikv.kv;

import java.util.List;
import norikv.domain.Consistency;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier;
import norikv.port.ReplicatedLog;

/// Appends and applies inside of [#propose].
final class EagerLog implements ReplicatedLog {
    Applier applier;
    private long index;

    @Override
    public void propose(Proposal proposal) {
        var at = new Version(1, ++index);
        proposal.appended(at);
        var entry = new Applier.Committed(at, 1_000, proposal.command());
        applier.apply(List.of(new Applier.Group(proposal.shard(), List.of(entry))));
    }

    @Override
    public void readBarrier(
            ShardId shard, Consistency consistency, long deadlineNanos, Barrier barrier) {
        barrier.readable();
    }

    @Override
    public long logTimeMillis(ShardId shard) {
        return 1_000;
    }

    @Override
    public void resumeApply(ShardId shard) {}

    @Override
    public void stopApply(ShardId shard, NoriException why) {
        throw why;
    }
}
