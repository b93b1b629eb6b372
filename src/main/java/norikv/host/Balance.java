package norikv.host;

import java.util.List;
import norikv.raft.HardState;
import norikv.raft.Now;
import norikv.raft.Status;
import norikv.work.Step;

/// Hands leadership of each group to the node that should have it, once that node is up to date: so
/// the work of leading is spread evenly again some time after a node came back. A node whose clock
/// is far from the others' gives leadership to anybody else, and gets none. What an operator moved
/// stays for a while, as [Steering] says.
///
/// **Threads.** The worker's. **Limits.** [#TRANSFERS_MAX] at a time, [#LOOKS_MAX] groups looked
/// at. **Source.** Raft dissertation §3.10.
final class Balance {
    /// The most transfers begun at a time.
    static final int TRANSFERS_MAX = 16;

    /// The most groups looked at at a time.
    static final int LOOKS_MAX = 512;

    /// How often it looks.
    private static final long PAUSE_NANOS = 500_000_000;

    private final List<Replica> replicas;
    private final long heartbeatNanos;
    private final WallClocks wallClocks;
    private int next;
    private long nextNanos = Long.MIN_VALUE;

    /// @param heartbeatNanos how often a follower is heard from
    Balance(List<Replica> replicas, long heartbeatNanos, WallClocks wallClocks) {
        this.replicas = replicas;
        this.heartbeatNanos = heartbeatNanos;
        this.wallClocks = wallClocks;
    }

    /// {@return when to run again}
    long nextNanos() {
        return replicas.isEmpty() || replicas.getFirst().isSole ? Step.UNTIL_WOKEN : nextNanos;
    }

    /// Begins some transfers, if it is time.
    void run(Now now, Transfer transfer) {
        if (now.nanos() < nextNanos() || nextNanos() == Step.UNTIL_WOKEN) {
            return;
        }
        nextNanos = now.nanos() + PAUSE_NANOS;
        int begun = 0;
        for (int i = Math.min(LOOKS_MAX, replicas.size()); i > 0 && begun < TRANSFERS_MAX; i--) {
            Replica replica = replicas.get(next);
            next = (next + 1) % replicas.size();
            long heir = heir(replica, now);
            if (heir != HardState.NOBODY) {
                transfer.begin(replica, heir);
                begun++;
            }
        }
    }

    /// Tells a core to hand over.
    interface Transfer {
        void begin(Replica replica, long heir);
    }

    /// {@return whether `replica` should hand over, and to whom: the number of a node, or
    /// [HardState#NOBODY]}
    private long heir(Replica replica, Now now) {
        if (!replica.leads() || replica.isQuarantined() || isRight(replica, now)) {
            return HardState.NOBODY;
        }
        Status status = replica.core.status();
        if (status.transferTarget() != HardState.NOBODY || !replica.core.knowsCommitted()) {
            return HardState.NOBODY;
        }
        long heir = HardState.NOBODY;
        for (Status.FollowerStatus follower : status.followers()) {
            boolean isUpToDate = follower.match() == status.last().index();
            boolean isThere = follower.silentNanos() < 2 * heartbeatNanos;
            if (isUpToDate && isThere && mayLead(replica, follower.id(), now)) {
                boolean isBest = follower.id() == replica.preferred();
                heir = isBest || heir == HardState.NOBODY ? follower.id() : heir;
            }
        }
        boolean mustGo = wallClocks.isOff(replica.self(), now.nanos());
        return mustGo || heir == replica.preferred() ? heir : HardState.NOBODY;
    }

    /// {@return whether no other should lead `replica`}
    private boolean isRight(Replica replica, Now now) {
        return !wallClocks.isOff(replica.self(), now.nanos())
                && (replica.isPreferred()
                        || replica.isToStay(now.nanos())
                        || !mayLead(replica, replica.preferred(), now));
    }

    private boolean mayLead(Replica replica, long node, Now now) {
        return replica.mayLead(node, now.nanos()) && wallClocks.isFit(node, now.nanos());
    }
}
