package norikv.host;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.port.Peers;
import norikv.port.ShardStore;
import norikv.port.ShardStore.Digest;
import norikv.port.Storage;
import norikv.raft.Entry;
import norikv.raft.HardState;
import norikv.raft.Now;
import norikv.raft.Proposed;
import norikv.raft.Status;
import norikv.work.Step;

/// Compares what the replicas of each shard hold, now and then, so that one that went astray is
/// found while the others know better.
///
/// The leader proposes a CHECK. Each replica takes a view of the shard when that entry is the last
/// it has applied, before the next one, so that all see the same index and log time; [Checker]
/// computes its digest, and the replica tells the leader, again and again until it is in a VERIFY.
/// When those that answer have spoken, or [#WAIT_NANOS_MAX] after it knew its own, the leader
/// proposes a VERIFY with all digests it has. What follows from it each replica reads out of that
/// entry alone, by [Comparison]: so all come to the same, whoever leads, and a replica that
/// restarts before it has applied the entry comes to it again. A digest that comes later goes into
/// another VERIFY.
///
/// **Life.** A replica whose state is replaced knows nothing of checks before that; nothing is
/// kept over a restart but what the log holds. So one that was found astray and restarts before it
/// is rebuilt may serve stale reads until it hears again that the VERIFY is committed; every other
/// read waits for that. **Threads.** The worker's. **Limits.** One comparison a worker is begun at
/// a time; one is remembered a shard, with one digest a replica, for [#ROUND_NANOS_MAX].
/// **Source.** `wire/files.md`, entries of the host.
final class Checks {
    /// How long a comparison may take.
    static final long ROUND_NANOS_MAX = TimeUnit.HOURS.toNanos(1);

    /// How long a leader that knows its own digest waits for those of others that answer.
    static final long WAIT_NANOS_MAX = TimeUnit.MINUTES.toNanos(2);

    /// Who was not heard of for so long is not waited for.
    private static final long SILENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    /// How soon replicas are compared again that differ while nobody knows who is right.
    private static final long AGAIN_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);

    private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final WorkerParts parts;
    private final List<Replica> replicas;
    private final BiConsumer<Replica, Runnable> guarded;
    private final Consumer<HostMessage> tell;
    private final Stray stray;

    // By slot.
    private final Round[] rounds; // null: none is remembered
    private final long[] dueNanos;
    private final long[] replacedAt; // the index at which the state was replaced last

    /// Those with a round that may not be over.
    private final Set<Replica> open = new LinkedHashSet<>();

    /// Whose CHECK this worker has proposed, while nothing came of it yet; null: nobody's.
    private Replica begun;

    private long begunNanos;
    private boolean isScheduled;
    private long lookAtNanos = Long.MIN_VALUE;

    /// Told of a replica here that went astray, and of the entry that says so, which is not applied
    /// yet.
    interface Stray {
        void found(Replica replica, long index, Now now);
    }

    /// One comparison.
    private static final class Round {
        final Storage.Applied place;
        final long beganNanos;

        /// By replica, this one included.
        final TreeMap<Long, Digest> digests = new TreeMap<>();

        /// Whose digests are in a VERIFY that is committed.
        final Set<Long> verified = new TreeSet<>();

        /// Whether the own digest is known, or will never be; since when.
        boolean isRead;

        long readNanos;
        long repeatAtNanos = Long.MIN_VALUE;

        /// How many digests were in the VERIFY that was proposed last, and in which term.
        int offered;

        long offeredTerm;

        Round(Storage.Applied place, long nowNanos) {
            this.place = place;
            this.beganNanos = nowNanos;
        }

        void read(long nowNanos) {
            isRead = true;
            readNanos = nowNanos;
        }
    }

    /// @param guarded runs an input of a core, and has its outputs looked at
    Checks(
            WorkerParts parts,
            List<Replica> replicas,
            BiConsumer<Replica, Runnable> guarded,
            Consumer<HostMessage> tell,
            Stray stray) {
        this.parts = parts;
        this.replicas = replicas;
        this.guarded = guarded;
        this.tell = tell;
        this.stray = stray;
        this.rounds = new Round[replicas.size()];
        this.dueNanos = new long[replicas.size()];
        this.replacedAt = new long[replicas.size()];
    }

    /// Entries of `replica` are committed, and not applied.
    void committed(Replica replica, List<Entry> entries, Now now) {
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (entry.kind() == Entry.Kind.HOST) {
                switch (HostEntry.decode(entry.command())) {
                    case HostEntry.Check _ ->
                            replica.checks.addLast(
                                    new Storage.Applied(entry.at(), entry.logTimeMillis()));
                    case HostEntry.Verify verify ->
                            verified(replica, verify, entry.index(), now);
                }
            }
        }
    }

    /// Entries of `replica` were applied, or its state was replaced. Before the next entry is.
    void moved(Replica replica, Now now) {
        while (!replica.checks.isEmpty()
                && replica.checks.getFirst().at().index() <= replica.appliedIndex()) {
            Storage.Applied place = replica.checks.removeFirst();
            if (place.at().index() == replica.appliedIndex()) {
                begin(replica, place, now);
            }
        }
    }

    /// Another replica's state took the place of that of `replica`.
    void replaced(Replica replica) {
        replacedAt[replica.slot] = replica.appliedIndex();
        rounds[replica.slot] = null;
    }

    /// Somebody knows what his replica holds at a CHECK, or that he will never know.
    void digested(HostMessage.Digested said, Now now) {
        Replica replica = said.replica;
        Round round = rounds[replica.slot];
        boolean isOwn = said.node == replica.self();
        if (isOwn && said.digest == null) {
            parts.checkMetrics().unread();
        }
        if (round == null
                || !round.place.equals(said.place)
                || !parts.placement().holds((int) said.node, replica.shard)) {
            return; // of a check that is over, or that is not applied here yet
        }
        if (isOwn) {
            round.read(now.nanos());
        }
        if (said.digest != null) {
            round.digests.put(said.node, said.digest);
        }
        lookAtNanos = Long.MIN_VALUE;
    }

    /// Goes on with what is under way, and begins what is due.
    ///
    /// @return when to run again
    long run(Now now) {
        if (parts.checks().isOff() || replicas.isEmpty() || replicas.getFirst().isSole) {
            return Step.UNTIL_WOKEN;
        }
        if (!isScheduled) {
            isScheduled = true;
            for (int slot = 0; slot < dueNanos.length; slot++) {
                dueNanos[slot] =
                        now.nanos() + parts.random().nextLong(parts.checks().intervalNanos());
            }
        }
        if (now.nanos() >= lookAtNanos) {
            lookAtNanos = now.nanos() + LOOK_NANOS;
            for (Replica replica : new ArrayList<>(open)) {
                look(replica, now);
            }
            beginNext(now);
        }
        return lookAtNanos;
    }

    private void look(Replica replica, Now now) {
        Round round = rounds[replica.slot];
        boolean isOver =
                round == null
                        || replica.isQuarantined()
                        || now.nanos() - round.beganNanos > ROUND_NANOS_MAX
                        || round.verified.size() == parts.placement().replicationFactor();
        if (isOver) {
            open.remove(replica);
            rounds[replica.slot] = null;
        } else if (replica.core.isLeader()) {
            verify(replica, round, now);
        } else if (round.digests.containsKey(replica.self())
                && !round.verified.contains(replica.self())
                && now.nanos() >= round.repeatAtNanos) {
            round.repeatAtNanos = now.nanos() + REPEAT_NANOS;
            say(replica, round);
        }
    }

    private void say(Replica replica, Round round) {
        int leader = (int) replica.core.leader();
        if (leader != HardState.NOBODY && parts.features().knows(leader, Peers.CHECKS)) {
            Digest own = round.digests.get(replica.self());
            var digest = new StreamFrame.Digested(replica.group, round.place, own);
            parts.peers()
                    .send(
                            parts.placement().node(leader),
                            Peers.Lane.SNAPSHOT,
                            digest.encode());
        }
    }

    private void verify(Replica replica, Round round, Now now) {
        int known = round.digests.size();
        boolean isOffered =
                round.offeredTerm == replica.core.term() && round.offered == known;
        boolean isNews = !round.verified.containsAll(round.digests.keySet()) && !isOffered;
        boolean isEnough = round.isRead && known > parts.placement().replicationFactor() / 2;
        if (isNews && isEnough && (isLate(round, now) || haveSpoken(replica, round))) {
            var verify = new HostEntry.Verify(round.place, round.digests);
            if (propose(replica, verify.encode(), now)) {
                round.offered = known;
                round.offeredTerm = replica.core.term();
            }
        }
    }

    private static boolean isLate(Round round, Now now) {
        return now.nanos() - round.readNanos > WAIT_NANOS_MAX;
    }

    /// {@return whether all replicas that answer have said what they hold}
    private static boolean haveSpoken(Replica replica, Round round) {
        for (Status.FollowerStatus follower : replica.core.status().followers()) {
            boolean answers = follower.silentNanos() < SILENCE_NANOS_MAX;
            if (answers && !round.digests.containsKey(follower.id())) {
                return false;
            }
        }
        return true;
    }

    /// Begins the comparison that is due longest, if none is under way.
    private void beginNext(Now now) {
        if (begun != null && isBegunOver(now)) {
            begun = null;
        }
        if (begun != null) {
            return;
        }
        Replica next = null; // none is due
        for (Replica replica : replicas) {
            boolean isDue = dueNanos[replica.slot] <= now.nanos() && mayBegin(replica);
            if (isDue && (next == null || dueNanos[replica.slot] < dueNanos[next.slot])) {
                next = replica;
            }
        }
        if (next != null && propose(next, HostEntry.CHECK, now)) {
            begun = next;
            begunNanos = now.nanos();
        }
    }

    private boolean isBegunOver(Now now) {
        return !begun.core.isLeader()
                || begun.isQuarantined()
                || now.nanos() - begunNanos > ROUND_NANOS_MAX;
    }

    /// Only what every voter understands is proposed, and by a replica that is well.
    private boolean mayBegin(Replica replica) {
        Round round = rounds[replica.slot];
        return replica.leads()
                && !replica.isQuarantined()
                && !replica.isDamaged
                && !replica.takesNoEntries
                && replica.core.knowsCommitted()
                && (round == null || !round.verified.isEmpty())
                && parts.features().allKnow(replica, Peers.CHECKS);
    }

    private boolean propose(Replica replica, Bytes command, Now now) {
        if (parts.flushTrigger().isFull() || !parts.log().hasRoom(command.length())) {
            return false;
        }
        var proposed = new Proposed[1];
        guarded.accept(
                replica, () -> proposed[0] = replica.core.proposeOfHost(now, command));
        return proposed[0] instanceof Proposed.Accepted;
    }

    /// `replica` has applied a CHECK, and nothing behind it.
    private void begin(Replica replica, Storage.Applied place, Now now) {
        dueNanos[replica.slot] = now.nanos() + parts.checks().intervalNanos();
        if (parts.checks().isOff()) {
            return;
        }
        var round = new Round(place, now.nanos());
        rounds[replica.slot] = round;
        open.add(replica);
        if (!isTaken(replica, place)) {
            round.read(now.nanos());
            parts.checkMetrics().unread();
        }
    }

    /// {@return whether a view of the shard is taken, and its digest will come}
    private boolean isTaken(Replica replica, Storage.Applied place) {
        ShardStore.View view;
        try {
            view = parts.shards().view(Set.of(replica.shard));
        } catch (NoriException.Overloaded _) {
            return false;
        }
        Optional<Storage.Applied> seen = view.applied(replica.shard);
        if (!seen.equals(Optional.of(place))) {
            view.close();
            throw new NoriException.Broken(
                    ErrorCode.INTERNAL,
                    "shard %s: a view of it at %s to check it, got one at %s"
                            .formatted(replica.shard, place, seen));
        }
        boolean isTaken = parts.checker().take(replica, place, view, tell);
        if (!isTaken) {
            view.close();
        }
        return isTaken;
    }

    /// A VERIFY is committed.
    private void verified(Replica replica, HostEntry.Verify verify, long index, Now now) {
        for (long node : verify.digests().keySet()) {
            if (!parts.placement().holds((int) node, replica.shard)) {
                throw new NoriException.Broken(
                        ErrorCode.INTERNAL,
                        "shard %s entry %d: digests of its replicas, got one of node %d"
                                .formatted(replica.shard, index, node));
            }
        }
        var outcome =
                Comparison.of(verify.digests(), parts.placement().replicationFactor());
        parts.checkMetrics().compared(replica, verify, outcome);
        Round round = rounds[replica.slot];
        if (round != null && round.place.equals(verify.place())) {
            round.verified.addAll(verify.digests().keySet());
            begun = begun == replica ? null : begun;
        }
        if (outcome.isSplit()) {
            dueNanos[replica.slot] =
                    Math.min(dueNanos[replica.slot], now.nanos() + AGAIN_NANOS_MAX);
        }
        boolean isOfThisState = verify.place().at().index() > replacedAt[replica.slot];
        if (outcome.strays().contains(replica.self()) && isOfThisState) {
            stray.found(replica, index, now);
        }
    }
}
