package norikv.kv;

import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.ReplicatedLog;

/// One entry that does nothing but move its shard's applied log time.
///
/// **Threads.** The one that owns the group, once it is proposed.
final class TimeEntry implements ReplicatedLog.Proposal, Waiter {
    private final ShardId shard;
    private final TimeEntries owner;
    private final PendingReplies pending;
    private Version at = Version.NONE;

    TimeEntry(ShardId shard, TimeEntries owner, PendingReplies pending) {
        this.shard = shard;
        this.owner = owner;
        this.pending = pending;
    }

    @Override
    public ShardId shard() {
        return shard;
    }

    @Override
    public Bytes command() {
        return EntryFormat.TIME;
    }

    @Override
    public void appended(Version place) {
        at = place;
        pending.register(shard, this);
    }

    @Override
    public void refused(NoriException reason) {
        owner.ended(shard, reason.toReply());
    }

    @Override
    public Version at() {
        return at;
    }

    @Override
    public void settled(Reply outcome) {
        owner.ended(shard, outcome);
    }
}
