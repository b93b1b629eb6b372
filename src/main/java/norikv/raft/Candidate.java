package norikv.raft;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/// Asks for votes, at first without any effect: only who would win enters a new term.
///
/// **Source.** Raft dissertation §3.4 and §9.6.
final class Candidate implements Role {
    private final Replica replica;
    private final Message.Ballot ballot;
    private final long deadlineNanos;

    /// The first answer of each replica; a second one changes nothing. At most
    /// [Members#COUNT_MAX].
    private final Map<Long, Long> votes = new TreeMap<>();

    private final LongUnaryOperator voteOf = id -> votes.getOrDefault(id, Quorum.OPEN);

    Candidate(Replica replica, Message.Ballot ballot, long timeoutNanos) {
        this.replica = replica;
        this.ballot = ballot;
        this.deadlineNanos = replica.now().nanos() + timeoutNanos;
    }

    @Override
    public long deadlineNanos() {
        return deadlineNanos;
    }

    @Override
    public void expire() {
        if (replica.mayCampaign()) {
            replica.becomeCandidate(Message.Ballot.PRE);
        } else {
            replica.becomeFollower(replica.term(), HardState.NOBODY);
        }
    }

    Message.Ballot ballot() {
        return ballot;
    }

    /// Sends the requests. The own vote in a real election counts when it is durable; the requests
    /// need not wait for that: were they granted and this replica then forgot, nobody but itself
    /// could use them.
    void ask() {
        long asked = termAsked();
        Members all = replica.configuration().all();
        for (int i = 0; i < all.count(); i++) {
            if (all.id(i) != replica.self) {
                var head =
                        new Message.Head(replica.group, replica.self, all.id(i), asked);
                replica.sendNow(new Message.VoteRequest(head, ballot, replica.lastVersion()));
            }
        }
        if (ballot == Message.Ballot.PRE) {
            count(replica.self, Quorum.YES);
        }
    }

    void count(Message.VoteReply reply) {
        boolean current = reply.ballot() == ballot;
        if (current && reply.granted() && reply.head().term() == termAsked()) {
            count(reply.head().from(), Quorum.YES);
        } else if (current && !reply.granted()) {
            count(reply.head().from(), Quorum.NO);
        }
    }

    /// The own vote is durable.
    void voteIsDurable() {
        if (ballot != Message.Ballot.PRE) {
            count(replica.self, Quorum.YES);
        }
    }

    private long termAsked() {
        return ballot == Message.Ballot.PRE ? replica.term() + 1 : replica.term();
    }

    private void count(long voter, long vote) {
        votes.putIfAbsent(voter, vote);
        long result = Quorum.agreed(replica.configuration(), voteOf);
        if (result >= Quorum.YES) {
            if (ballot == Message.Ballot.PRE) {
                replica.becomeCandidate(Message.Ballot.REAL);
            } else if (replica.voteIsDurable()) {
                replica.becomeLeader();
            }
        } else if (result <= Quorum.NO) {
            replica.becomeFollower(replica.term(), HardState.NOBODY);
        }
    }
}
