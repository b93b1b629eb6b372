package norikv.sim;

import norikv.raft.RaftOptions;
import norikv.raft.Status;

/// R1: whatever may grow has a bound.
final class BoundRules {
    /// What entries of the core itself, and one batch that is let pass alone, may add.
    private static final long BESIDE_BYTES = 4096;

    private BoundRules() {}

    static void core(Status s) {
        for (Status.FollowerStatus follower : s.followers()) {
            Violation.check(
                    follower.next() > follower.match() && follower.next() <= s.last().index() + 1,
                    "R1",
                    "follower %s of %s",
                    follower,
                    s);
        }
    }

    static void options(Status s, RaftOptions options) {
        Violation.check(s.reads() <= options.readsMax(), "R1", "reads of %s", s);
        Violation.check(
                s.uncommittedBytes() <= options.uncommittedBytesMax() + BESIDE_BYTES,
                "R1",
                "uncommitted bytes of %s",
                s);
        for (Status.FollowerStatus follower : s.followers()) {
            Violation.check(
                    follower.inFlight() <= options.inFlightMessagesMax(),
                    "R1",
                    "in flight %s of %s",
                    follower,
                    s);
        }
    }
}
