package norikv.host;

import norikv.domain.Consistency;
import norikv.raft.LeaseView;
import norikv.raft.Now;
import norikv.work.Clock;

/// Says who may read a replica at once, without asking anybody. **Threads.** Any.
final class ReadRule {
    private ReadRule() {}

    /// {@return whether any read of `replica` that starts now has this consistency}
    static boolean isReadable(Replica replica, Consistency consistency, Clock clock) {
        if (replica.isDiverged()) {
            return false;
        }
        return consistency == Consistency.STALE
                || replica.readsFreely()
                || consistency == Consistency.LEASE && holdsLease(replica, clock);
    }

    /// The clocks are read after the request arrived: `replica` must still hold its lease then, and
    /// show all that can have been seen anywhere.
    private static boolean holdsLease(Replica replica, Clock clock) {
        LeaseView lease = replica.lease();
        return lease.validAt(new Now(clock.nanoTime(), clock.wallMillis()))
                && replica.appliedIndex() >= lease.commit();
    }
}
