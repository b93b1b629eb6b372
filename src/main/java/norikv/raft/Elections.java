package norikv.raft;

import norikv.domain.Version;

/// Answers those who want to lead.
///
/// **Source.** Raft dissertation §3.4 to §3.6, §9.6; the promise to a living leader, §4.2.3 and
/// §6.4.1.
final class Elections {
    private final Replica replica;

    Elections(Replica replica) {
        this.replica = replica;
    }

    /// {@return whether a request is heard at all} While a leader may live, neither a trial nor a
    /// real one is, whatever its term: it does not even move this replica's term. Only a transfer
    /// is, for which the leader gave its lease away before.
    boolean hears(Message.VoteRequest request) {
        boolean heard = request.ballot() == Message.Ballot.TRANSFER || !replica.promised();
        if (!heard) {
            replica.tally.sticky++;
        }
        return heard;
    }

    /// Answers a request of this term, or a trial for a later one. A learner answers as well: it
    /// may be a voter in a configuration that it does not know yet.
    void answer(Message.VoteRequest request) {
        long candidate = request.head().from();
        boolean granted = isFree(request) && isUpToDate(request);
        if (request.ballot() == Message.Ballot.PRE) {
            // A grant repeats the term asked for; a refusal tells the own one, so that a candidate
            // which is behind catches up.
            long term = granted ? request.head().term() : replica.term();
            reply(candidate, term, request.ballot(), granted);
            return;
        }
        if (granted) {
            replica.voteFor(candidate);
            if (replica.role() instanceof Follower follower) {
                follower.votedNow();
            }
        }
        reply(candidate, replica.term(), request.ballot(), granted);
    }

    /// Tells the candidate of an earlier term that it is behind, or it would try for ever.
    void refuse(Message.VoteRequest request) {
        reply(request.head().from(), replica.term(), request.ballot(), false);
    }

    private boolean isFree(Message.VoteRequest request) {
        if (request.ballot() == Message.Ballot.PRE
                && request.head().term() > replica.term()) {
            return true;
        }
        return replica.vote() == request.head().from()
                || replica.vote() == HardState.NOBODY
                        && replica.leader() == HardState.NOBODY;
    }

    private boolean isUpToDate(Message.VoteRequest request) {
        Version last = request.last();
        return last.compareTo(replica.lastVersion()) >= 0 || isEnoughForOneWhoLeft(last);
    }

    /// {@return whether a log that ends at `last`, before the own one, may get this vote all the
    /// same}
    ///
    /// It may, of one that is no voter any more, if it has all that is known to be committed here,
    /// and no change that is not: whoever has such a change may count with this replica again. What
    /// this one acknowledged behind that is counted by nobody, or only together with a majority of
    /// those who stay; but its vote may be needed by one of those who does not know yet that the
    /// joint configuration was left, and who lacks the newest entries. This one would never
    /// campaign with them, so nobody could lead ever again.
    private boolean isEnoughForOneWhoLeft(Version last) {
        long commit = replica.log.commit();
        return !replica.configuration().isVoter(replica.self)
                && last.compareTo(new Version(replica.log.term(commit), commit)) >= 0
                && !replica.membership.hasPendingUpTo(last);
    }

    private void reply(long to, long term, Message.Ballot ballot, boolean granted) {
        var head = new Message.Head(replica.group, replica.self, to, term);
        replica.sendAfterPersist(new Message.VoteReply(head, ballot, granted));
    }
}
