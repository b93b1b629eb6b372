package norikv.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import norikv.domain.Placement;
import norikv.port.Peers;
import norikv.raft.HardState;
import norikv.raft.Now;
import norikv.raft.Status;
import norikv.work.Step;

/// Gets the shards of one worker that are damaged again from their leaders, without anybody's help.
///
/// A damaged replica that leads hands over first. One that follows applies nothing more, so that
/// its state never goes back, campaigns not, and wishes for the shard as of where it stands; the
/// leader sends it as it does to one whose log ends too early. Its log and its votes are whole and
/// count on. One that gets nothing for [#TRY_NANOS_MAX] takes part for a while again, unless it
/// cannot apply. **Threads.** The worker's. **Limits.** One wish a damaged shard and look.
final class Rebuilds {
    /// How long a replica waits for its shard before it goes on for a while as it is.
    static final long TRY_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /// After how long without news of it the damage is gone.
    private static final long FORGET_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Peers peers;
    private final Placement placement;
    private final BiConsumer<Replica, Runnable> guarded;
    private final Applying applying;
    private final Map<Replica, Damage> damaged = new HashMap<>();
    private long lookAtNanos = Long.MIN_VALUE;

    private static final class Damage {
        /// An entry cannot be applied over it.
        boolean isStuck;

        /// What takes its place stands here or later.
        long from;

        long heardNanos;
        long triedSinceNanos;
        long restUntilNanos = Long.MIN_VALUE;
    }

    Rebuilds(
            Peers peers,
            Placement placement,
            BiConsumer<Replica, Runnable> guarded,
            Applying applying) {
        this.peers = peers;
        this.placement = placement;
        this.guarded = guarded;
        this.applying = applying;
    }

    /// What is stored of `replica` is damaged.
    ///
    /// @param isStuck whether an entry could not be applied over it
    void found(Replica replica, boolean isStuck, Now now) {
        if (replica.isQuarantined()) {
            return;
        }
        Damage damage = damaged.computeIfAbsent(replica, _ -> new Damage());
        replica.isDamaged = true;
        damage.isStuck |= isStuck;
        damage.heardNanos = now.nanos();
        if (isStuck) {
            replica.isPaused = true;
        }
        lookAtNanos = Long.MIN_VALUE;
    }

    /// What is stored of `replica` is whole, and wrong: the entry at `index`, which is not applied
    /// yet, says so. What takes its place stands there or later, so that nobody comes to that entry
    /// again.
    void diverged(Replica replica, long index, Now now) {
        replica.diverged(true);
        found(replica, true, now);
        Damage damage = damaged.get(replica);
        damage.from = Math.max(damage.from, index);
    }

    /// The state of `replica` is another one's now, and whole.
    void rebuilt(Replica replica) {
        if (damaged.remove(replica) != null) {
            goOn(replica);
        }
    }

    /// Hands over, wishes, or gives up for a while.
    ///
    /// @return when to run again
    long run(Now now) {
        if (damaged.isEmpty()) {
            return Step.UNTIL_WOKEN;
        }
        if (now.nanos() >= lookAtNanos) {
            lookAtNanos = now.nanos() + LOOK_NANOS;
            for (Replica replica : List.copyOf(damaged.keySet())) {
                look(replica, damaged.get(replica), now);
            }
        }
        return lookAtNanos;
    }

    private void look(Replica replica, Damage damage, Now now) {
        if (replica.takesNoEntries) {
            return; // it is being done
        }
        boolean isGone = !damage.isStuck && now.nanos() - damage.heardNanos > FORGET_NANOS;
        if (isGone || replica.isQuarantined()) {
            damaged.remove(replica);
            goOn(replica);
        } else if (replica.core.isLeader()) {
            replica.rebuilding(false);
            handOver(replica, now);
        } else if (replica.core.leader() == HardState.NOBODY || isResting(replica, damage, now)) {
            replica.rebuilding(false);
            replica.isPaused = damage.isStuck;
            applying.add(replica);
        } else {
            replica.isPaused = true;
            replica.rebuilding(true);
            long index = Math.max(replica.appliedIndex(), damage.from);
            var wish = new StreamFrame.Wish(replica.group, index);
            peers.send(
                    placement.node(replica.core.leader()), Peers.Lane.SNAPSHOT, wish.encode());
        }
    }

    private static boolean isResting(Replica replica, Damage damage, Now now) {
        if (!replica.isRebuilding()) {
            damage.triedSinceNanos = now.nanos();
        } else if (now.nanos() - damage.triedSinceNanos > TRY_NANOS_MAX) {
            damage.restUntilNanos = now.nanos() + REST_NANOS;
        }
        return now.nanos() < damage.restUntilNanos;
    }

    private void goOn(Replica replica) {
        replica.isDamaged = false;
        replica.diverged(false);
        replica.rebuilding(false);
        replica.isPaused = false;
        applying.add(replica);
    }

    /// To the one that has most of the log, of those that answer.
    private void handOver(Replica replica, Now now) {
        Status status = replica.core.status();
        long heir = HardState.NOBODY;
        long match = -1;
        for (Status.FollowerStatus follower : status.followers()) {
            boolean mayLead =
                    follower.silentNanos() < LOOK_NANOS
                            && replica.mayLead(follower.id(), now.nanos());
            if (follower.match() > match && mayLead) {
                heir = follower.id();
                match = follower.match();
            }
        }
        long to = heir;
        if (to != HardState.NOBODY && status.transferTarget() == HardState.NOBODY) {
            guarded.accept(replica, () -> replica.core.transfer(now, to));
        }
    }
}
