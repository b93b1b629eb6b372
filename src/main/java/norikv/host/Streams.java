package norikv.host;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import norikv.domain.NoriException;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Message;
import norikv.raft.Now;
import norikv.raft.SnapshotMeta;

/// Begins to send the shards of one worker to followers that need them whole. The worker takes the
/// view, between two entries; the rest is the sender's.
///
/// A wish that finds no room fails at once: the core asks again while the follower answers.
/// **Threads.** The worker's. **Limits.** Those of [SnapshotSender].
final class Streams {
    private final ShardStore shards;
    private final SnapshotSender sender;
    private final RandomGenerator random;
    private final Consumer<HostMessage> worker;

    /// Runs an input of a core, guarded, and has its outputs looked at.
    private final BiConsumer<Replica, Runnable> guarded;

    /// Those that the cores wait for. One that is not here was replaced by another since.
    private final Map<Way, Sending> running = new HashMap<>();

    /// Those that no core knows of: for damaged replicas.
    private final Map<Way, Sending> wishes = new HashMap<>();

    private record Way(int group, long to) {}

    Streams(
            WorkerParts parts,
            Consumer<HostMessage> worker,
            BiConsumer<Replica, Runnable> guarded) {
        this.shards = parts.shards();
        this.sender = parts.sender();
        this.random = parts.random();
        this.worker = worker;
        this.guarded = guarded;
    }

    /// The follower `peer` of `replica` needs all of it.
    void wanted(Replica replica, long peer, Now now) {
        if (!sender.reserve()) {
            replica.core.snapshotOutcome(now, peer, false);
            return;
        }
        Optional<Sending> begun = begin(replica, peer, now);
        if (begun.isPresent() && sender.begin(begun.get())) {
            if (running.put(new Way(replica.group, peer), begun.get()) == null) {
                replica.hold.begin(begun.get().placeIndex());
            }
            return;
        }
        begun.ifPresent(Sending::forget);
        sender.release();
        replica.core.snapshotOutcome(now, peer, false);
    }

    /// The damaged replica `peer` wants all of the shard, as of `index` or later. Who does not
    /// lead, or has no room, does nothing: it will wish again.
    void wished(Replica replica, long peer, long index, Now now) {
        replica.damagedPeer(peer, now.nanos());
        boolean may = replica.leads() && !replica.isQuarantined() && !replica.isPaused;
        if (!may || replica.appliedIndex() < index || isRunning(replica, peer)) {
            return;
        }
        if (!sender.reserve()) {
            return;
        }
        Optional<Sending> begun =
                view(replica)
                        .map(
                                view -> {
                                    var head =
                                            new Message.Head(
                                                    replica.group,
                                                    replica.self(),
                                                    peer,
                                                    replica.core.term());
                                    var meta = replica.meta(placeOf(view, replica));
                                    var what = new Message.InstallSnapshot(head, meta);
                                    return sending(replica, view, what, now);
                                });
        if (begun.isPresent() && sender.begin(begun.get())) {
            wishes.put(new Way(replica.group, peer), begun.get());
            replica.hold.begin(begun.get().placeIndex());
            return;
        }
        begun.ifPresent(Sending::forget);
        sender.release();
    }

    private boolean isRunning(Replica replica, long peer) {
        var way = new Way(replica.group, peer);
        return running.containsKey(way) || wishes.containsKey(way);
    }

    private Optional<Sending> begin(Replica replica, long peer, Now now) {
        Optional<ShardStore.View> view = view(replica);
        if (view.isEmpty()) {
            return Optional.empty();
        }
        SnapshotMeta meta = replica.meta(placeOf(view.get(), replica));
        Optional<Message> what = replica.core.snapshotMade(now, peer, meta);
        if (what.isEmpty()) {
            view.get().close();
            return Optional.empty();
        }
        var offered = (Message.InstallSnapshot) what.get();
        return Optional.of(sending(replica, view.get(), offered, now));
    }

    private Optional<ShardStore.View> view(Replica replica) {
        try {
            return Optional.of(shards.view(Set.of(replica.shard)));
        } catch (NoriException.Overloaded _) {
            return Optional.empty();
        }
    }

    private static Storage.Applied placeOf(ShardStore.View view, Replica replica) {
        return view.applied(replica.shard).orElseThrow();
    }

    private Sending sending(
            Replica replica, ShardStore.View view, Message.InstallSnapshot what, Now now) {
        return new Sending(
                replica,
                random.nextLong(),
                view,
                what,
                sender.chunkBytes(),
                worker,
                now.nanos());
    }

    /// A stream ended: the core goes on from what became of it.
    void ended(Sending stream, Now now) {
        Replica replica = stream.replica;
        if (wishes.remove(new Way(replica.group, stream.to), stream)) {
            replica.hold.end(now.nanos());
        }
        if (running.remove(new Way(replica.group, stream.to), stream)) {
            replica.hold.end(now.nanos());
            boolean isDone = stream.fate() == Sending.Fate.DONE;
            guarded.accept(
                    replica, () -> replica.core.snapshotOutcome(now, stream.to, isDone));
        }
    }
}
