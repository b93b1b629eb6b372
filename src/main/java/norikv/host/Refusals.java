package norikv.host;

import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.raft.Now;
import norikv.raft.Refusal;

/// What a caller is told when the host does not take something: nothing happened, and nothing will.
final class Refusals {
    private static final long FULL_RETRY_MILLIS = 10;
    private static final long UNFLUSHED_RETRY_MILLIS = 100;
    private static final long TRANSFER_RETRY_MILLIS = 20;
    private static final long NO_SPACE_RETRY_MILLIS = 1_000;

    private Refusals() {}

    /// {@return what the core's `refusal` means to a caller now} Where nobody has led for longer
    /// than an election takes, too few replicas can be reached.
    static NoriException of(Refusal refusal, Replica replica, Now now) {
        return refusal == Refusal.NOT_LEADER && replica.isForsaken(now)
                ? noQuorum(replica)
                : of(refusal, replica);
    }

    /// {@return what the core's `refusal` means to a caller}
    static NoriException of(Refusal refusal, Replica replica) {
        return switch (refusal) {
            case NOT_LEADER -> notLeader(replica);
            case NO_ACTIVE_QUORUM -> noQuorum(replica);
            case TRANSFERRING, NOT_COMMITTED_IN_TERM ->
                    new NoriException.Unavailable(
                            ErrorCode.UNAVAILABLE,
                            "shard %s: its leader is changing; nothing was written"
                                    .formatted(replica.shard));
            case TOO_MANY_UNCOMMITTED, TOO_MANY_READS ->
                    new NoriException.Overloaded(
                            ErrorCode.RESOURCE_EXHAUSTED,
                            "shard %s: too much waits for a majority; nothing was written"
                                    .formatted(replica.shard),
                            TRANSFER_RETRY_MILLIS);
            case TOO_LARGE ->
                    new NoriException.Malformed(
                            ErrorCode.REQUEST_TOO_LARGE,
                            "shard %s: an entry that no record holds".formatted(replica.shard));
            case CHANGE_IN_FLIGHT, CONFIGURATION_MOVED, NOT_CAUGHT_UP, NO_SUCH_TARGET ->
                    new NoriException.Broken(
                            ErrorCode.INTERNAL,
                            "shard %s: %s".formatted(replica.shard, refusal));
        };
    }

    private static NoriException noQuorum(Replica replica) {
        return new NoriException.Unavailable(
                ErrorCode.NO_QUORUM,
                "shard %s: too few of its replicas can be reached from here; nothing was written"
                        .formatted(replica.shard));
    }

    private static NoriException notLeader(Replica replica) {
        String leader = replica.leaderName();
        return new NoriException.NotLeader(
                ErrorCode.NOT_LEADER,
                leader.isEmpty()
                        ? "shard %s: no leader is known here; nothing was written"
                                .formatted(replica.shard)
                        : "shard %s: node %s leads it; nothing was written"
                                .formatted(replica.shard, leader),
                leader);
    }

    static NoriException notHere(Placement placement, ShardId shard) {
        return new NoriException.NotLeader(
                ErrorCode.NOT_LEADER,
                "shard %s: not on this node; nothing was written".formatted(shard),
                placement.node(placement.holders(shard)[0]).name());
    }

    static NoriException noSuchShard(Placement placement, int shard) {
        return NoriException.invalid(
                "shard: 0 to %d, got %d".formatted(placement.totalShards() - 1, shard));
    }

    static NoriException quarantined(Replica replica) {
        return new NoriException.Broken(
                ErrorCode.INTERNAL,
                "shard %s: its replica here cannot go on and is stopped"
                        .formatted(replica.shard));
    }

    /// {@return why nobody is served by a replica that is not well}
    static NoriException unwell(Replica replica) {
        return replica.isQuarantined() ? quarantined(replica) : diverged(replica);
    }

    private static NoriException diverged(Replica replica) {
        return new NoriException.Unavailable(
                ErrorCode.UNAVAILABLE,
                ("shard %s: its replica here holds something else than most others and gets all of"
                                + " it again; nothing was written")
                        .formatted(replica.shard));
    }

    static NoriException closed() {
        return new NoriException.Closed("the node is closing; nothing was written");
    }

    static NoriException.Indeterminate closedBeforeApplied() {
        return new NoriException.Indeterminate("the node closed before the write was applied");
    }

    static NoriException tooMuchWaits() {
        return new NoriException.Overloaded(
                ErrorCode.RESOURCE_EXHAUSTED,
                "host: at most %d messages of %d bytes wait; nothing was written"
                        .formatted(Mailbox.MESSAGES_MAX, Mailbox.BYTES_MAX),
                FULL_RETRY_MILLIS);
    }

    static NoriException tooLarge(int bytesMax, int bytes) {
        return new NoriException.Malformed(
                ErrorCode.REQUEST_TOO_LARGE,
                "entry: at most %d bytes, got %d".formatted(bytesMax, bytes));
    }

    static NoriException tooMuchUnflushed(Host.Options options) {
        return new NoriException.Overloaded(
                ErrorCode.WRITE_STALL,
                "log: at most %d bytes and %d entries that are not flushed"
                        .formatted(options.unflushedBytesMax(), options.unflushedEntriesMax()),
                UNFLUSHED_RETRY_MILLIS);
    }

    static NoriException noSpace() {
        return new NoriException.Overloaded(
                ErrorCode.DISK_WATERMARK,
                "log: no room on the disk for another segment; nothing was written",
                NO_SPACE_RETRY_MILLIS);
    }
}
