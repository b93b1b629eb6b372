package norikv.host;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import norikv.domain.NoriException;
import norikv.port.Applier;
import norikv.raft.Entry;
import norikv.raft.Now;

/// What one worker does about whole shards: sends them, puts them in their place, gets those that
/// are damaged again, and does what operators ask of them.
///
/// **Threads.** The worker's.
final class Moves {
    private final Streams streams;
    private final Installs installs;
    private final Rebuilds rebuilds;
    private final Steering steering;
    private final Checks checks;
    private final Applier applier;

    /// Told of each replica whose state is another one's now.
    private final Consumer<Replica> moved;

    /// Refuses everybody who waits for a replica.
    private final BiConsumer<Replica, NoriException> refuseAll;

    private long nextNanos = Worker.UNTIL_WOKEN;

    /// @param tell puts a message into the worker's mailbox
    /// @param guarded runs an input of a core, and has its outputs looked at
    Moves(
            WorkerParts parts,
            List<Replica> replicas,
            Applying applying,
            Consumer<HostMessage> tell,
            BiConsumer<Replica, Runnable> guarded,
            Consumer<Replica> moved,
            BiConsumer<Replica, NoriException> refuseAll) {
        this.streams = new Streams(parts, tell, guarded);
        this.installs =
                new Installs(
                        parts.log(),
                        parts.applier(),
                        parts.receiver(),
                        guarded,
                        tell,
                        this::rebuilt);
        this.rebuilds = new Rebuilds(parts.peers(), parts.placement(), guarded, applying);
        this.steering = new Steering(parts, guarded, applying);
        this.checks = new Checks(parts, replicas, guarded, tell, this::diverged);
        this.refuseAll = refuseAll;
        this.applier = parts.applier();
        this.moved = moved;
    }

    /// The follower `peer` of `replica` needs all of it.
    void wanted(Replica replica, long peer, Now now) {
        streams.wanted(replica, peer, now);
    }

    /// Entries of `replica` are committed, and not applied.
    void committed(Replica replica, List<Entry> entries, Now now) {
        checks.committed(replica, entries, now);
    }

    /// Something of `replica` was applied, or its state was replaced.
    void moved(Replica replica, Now now) {
        checks.moved(replica, now);
    }

    /// Something happened to a shard on its way.
    void take(HostMessage.OfShard message, Now now) {
        switch (message) {
            case HostMessage.StreamEnded ended -> streams.ended(ended.stream, now);
            case HostMessage.Damaged damage -> rebuilds.found(damage.replica, false, now);
            case HostMessage.Wished wish ->
                    streams.wished(wish.replica, wish.peer, wish.index, now);
            case HostMessage.Arrived arrived -> installs.arrived(arrived.stream, now);
            case HostMessage.Flipped flipped -> installs.flipped(flipped.stream, flipped.isLive);
            case HostMessage.Digested said -> checks.digested(said, now);
            case HostMessage.Steered order -> steering.take(order, now);
            case HostMessage.InstallLogged logged -> installs.logged(logged.replica, now);
        }
    }

    /// An entry of `replica` cannot be applied.
    ///
    /// @return whether it is to be rebuilt; else it is to be stopped
    boolean stuck(Replica replica, NoriException why, Now now) {
        if (replica.isSole || !(why instanceof NoriException.Corruption)) {
            return false;
        }
        Host.LOG.log(Level.WARNING, "A replica is to be rebuilt. group=" + replica.group, why);
        rebuilds.found(replica, true, now);
        applier.lost(
                replica.shard,
                replica.appliedIndex() + 1,
                new NoriException.Indeterminate(
                        "shard %s is damaged on this node: %s"
                                .formatted(replica.shard, why.getMessage())));
        return true;
    }

    /// Does what can be done now.
    void run(Now now) {
        nextNanos = Math.min(installs.run(now), rebuilds.run(now));
        nextNanos = Math.min(nextNanos, steering.run(now));
        nextNanos = Math.min(nextNanos, checks.run(now));
    }

    /// Answers who still waits. The worker's loop and the pool have ended.
    void finish() {
        steering.finish();
    }

    /// {@return when to run again}
    long nextNanos() {
        return nextNanos;
    }

    /// The entry at `index` says that `replica` holds something else than most: nothing more is
    /// applied to it, and nobody is served, until it is rebuilt.
    private void diverged(Replica replica, long index, Now now) {
        if (replica.isWell()) {
            rebuilds.diverged(replica, index, now);
            refuseAll.accept(replica, Refusals.unwell(replica));
        }
    }

    private void rebuilt(Replica replica) {
        rebuilds.rebuilt(replica);
        checks.replaced(replica);
        moved.accept(replica);
    }
}
