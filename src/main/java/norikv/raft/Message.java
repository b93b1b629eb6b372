package norikv.raft;

import java.util.List;
import norikv.domain.Version;

/// What replicas of one group tell each other. Any may be lost, late, twice or out of order.
///
/// **Source.** Raft dissertation §3 (votes, appends), §9.6 (pre-vote), §3.10 (transfer), §6.4
/// (reads); encoded by [MessageCodec], drawn in `wire/raft.md`.
public sealed interface Message {
    Head head();

    /// What is about who leads.
    sealed interface Vote extends Message {}

    /// What only the leader of a term sends.
    sealed interface FromLeader extends Message {}

    /// What answers the leader.
    sealed interface ToLeader extends Message {}

    /// Which group, from whom, to whom, and in which term.
    record Head(long group, long from, long to, long term) {}

    /// What is echoed: which moment and which reads of the leader an answer proves.
    ///
    /// @param stampNanos the leader's own clock when it sent; only the leader understands it
    /// @param reads how many reads the leader had taken in when it sent
    record Pulse(long stampNanos, long reads) {
        /// An echo of nothing.
        static final Pulse NONE = new Pulse(Long.MIN_VALUE, 0);
    }

    /// What kind of vote is asked for.
    enum Ballot {
        /// Would you vote for me? Changes nobody's term.
        PRE,
        /// Vote for me.
        REAL,
        /// Vote for me: the leader asked me to take over, so do not wait for it.
        TRANSFER
    }

    /// Asks for a vote. The term is the one that the candidate would lead.
    ///
    /// @param last the end of its log
    record VoteRequest(Head head, Ballot ballot, Version last) implements Vote {}

    /// Answers it: granted, the term is that of the request; refused, that of the voter.
    record VoteReply(Head head, Ballot ballot, boolean granted) implements Vote {}

    /// Entries that follow `prev`, which the follower must have.
    ///
    /// @param commit the leader's commit index
    /// @param stampNanos as in [Pulse]
    record AppendRequest(
            Head head, Version prev, long commit, long stampNanos, List<Entry> entries)
            implements FromLeader {}

    /// The log is durable here and equals the leader's up to `match`.
    record Appended(Head head, long match, long stampNanos) implements ToLeader {}

    /// The log does not have the entry at `prevIndex` of the request.
    ///
    /// @param hint the last entry that may be common: the leader looks no further
    record AppendRejected(Head head, long prevIndex, Version hint, long stampNanos)
            implements ToLeader {}

    /// The leader lives.
    ///
    /// @param commit what the follower may commit: never more than it acknowledged
    record Heartbeat(Head head, long commit, Pulse pulse) implements FromLeader {}

    /// Answers it, without waiting for the disk; in a later term it says that the leader is none.
    ///
    /// @param commit what the follower knows to be committed
    record HeartbeatReply(Head head, long commit, Pulse pulse) implements ToLeader {}

    /// What the follower acknowledged is committed up to `index`. A host may put those of many
    /// groups together; one that is lost is made good by the next heartbeat.
    record Commit(Head head, long index) implements FromLeader {}

    /// Stands at the end of the bytes of a snapshot: the host passes it in when it has them all.
    record InstallSnapshot(Head head, SnapshotMeta meta) implements FromLeader {}

    /// Take over now.
    record TimeoutNow(Head head) implements FromLeader {}
}
