package norikv.raft;

import java.util.Optional;

/// Decides whether a leader may begin a change of its group.
///
/// A single change at a time, and only after an entry of the own term is committed: else two
/// leaders could each count with a majority that the other's change makes none (Ongaro, raft-dev,
/// 2015). **Source.** Raft dissertation §4.
final class Reconfiguration {
    /// A learner that lacks no more than this of what is committed may become a voter, entries.
    static final long CATCH_UP_ENTRIES_MAX = 1000;

    private final Replica replica;
    private final Followers followers;

    Reconfiguration(Replica replica, Followers followers) {
        this.replica = replica;
        this.followers = followers;
    }

    /// {@return why `target` may not be gone to from the configuration that the entry at
    /// `expectedIndex` brought, or nothing}
    Optional<Refusal> refusal(Configuration target, long expectedIndex) {
        Membership membership = replica.membership;
        if (membership.changing()) {
            return Optional.of(Refusal.CHANGE_IN_FLIGHT);
        }
        if (membership.index() != expectedIndex) {
            return Optional.of(Refusal.CONFIGURATION_MOVED);
        }
        Members added = target.voters().minus(membership.current().voters());
        for (int i = 0; i < added.count(); i++) {
            if (!isCaughtUp(added.id(i))) {
                return Optional.of(Refusal.NOT_CAUGHT_UP);
            }
        }
        return reachesQuorum(target)
                ? Optional.empty()
                : Optional.of(Refusal.NO_ACTIVE_QUORUM);
    }

    private boolean isCaughtUp(long id) {
        if (!membersNow().contains(id)) {
            return false;
        }
        Progress follower = followers.of(id);
        return follower.phase() == Progress.Phase.REPLICATE
                && follower.match() + CATCH_UP_ENTRIES_MAX >= replica.log.commit();
    }

    private boolean reachesQuorum(Configuration target) {
        long since = replica.now().nanos() - replica.options.electionMinNanos();
        long contact =
                Quorum.agreed(
                        target,
                        id -> id == replica.self
                                ? replica.now().nanos()
                                : followers.has(id)
                                        ? followers.of(id).contactNanos()
                                        : Replica.NEVER);
        return contact > since;
    }

    private Members membersNow() {
        return replica.configuration().learners();
    }
}
