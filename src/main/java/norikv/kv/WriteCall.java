package norikv.kv;

import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.KeyValue;
import norikv.port.ReplicatedLog;

/// A write from its admission to the end of its entry.
///
/// Its caller may be answered before the entry's fate is known, when the deadline passes; what it
/// takes of the node's windows is given back only when the fate is known.
final class WriteCall extends Call implements ReplicatedLog.Proposal, Waiter {
    private final ShardId shard;
    private final Bytes command;
    private final boolean isDelete;
    private final Parts parts;

    /// Written and read by the thread that owns the group.
    private Version at = Version.NONE;

    WriteCall(
            ShardId shard,
            Bytes command,
            boolean isDelete,
            long deadlineNanos,
            Parts parts,
            KeyValue.Answer answer) {
        super(deadlineNanos, answer);
        this.shard = shard;
        this.command = command;
        this.isDelete = isDelete;
        this.parts = parts;
    }

    /// What a write passes through.
    record Parts(
            ReplicatedLog log, Admission admission, InFlight inFlight, PendingReplies pending) {}

    /// Admits and proposes the write, or answers why not.
    void start() {
        Optional<Reply.Failed> refusal =
                parts.admission.admit(shard, command.length(), isDelete);
        if (refusal.isPresent()) {
            answer(refusal.get());
            return;
        }
        if (parts.inFlight.add(this)) {
            parts.log.propose(this);
        } else {
            parts.admission.release(shard, command.length());
            answer(ReadCall.tooManyCalls());
        }
    }

    @Override
    public ShardId shard() {
        return shard;
    }

    @Override
    public Bytes command() {
        return command;
    }

    @Override
    public void appended(Version place) {
        at = place;
        parts.pending.register(shard, this);
    }

    @Override
    public void refused(NoriException reason) {
        settled(reason.toReply());
    }

    @Override
    public Version at() {
        return at;
    }

    @Override
    public void settled(Reply outcome) {
        parts.admission.release(shard, command.length());
        answer(outcome);
    }

    @Override
    Reply.Failed overdue() {
        return indeterminate("the deadline passed");
    }

    @Override
    Reply.Failed abandoned() {
        return indeterminate("the node closed");
    }

    @Override
    InFlight table() {
        return parts.inFlight;
    }

    /// It was proposed: whether it will be applied is not known.
    private Reply.Failed indeterminate(String why) {
        return new Reply.Failed(
                ErrorCode.INDETERMINATE,
                "shard %s: %s before the write was applied; it may happen yet"
                        .formatted(shard, why),
                0);
    }
}
