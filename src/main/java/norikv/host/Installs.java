package norikv.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.port.Applier;
import norikv.port.Storage;
import norikv.raft.Now;
import norikv.raft.SnapshotMeta;
import norikv.raftlog.LogBatch;
import norikv.raftlog.RaftLog;
import norikv.work.Step;

/// Puts shards that were received in the place of what they are here, one step after the other:
/// the core agrees, all before it is durable and applied, INTENT is durable, the new tablet is
/// ingested and live, DONE is durable with what becomes of the log, the core goes on behind it.
///
/// From INTENT to DONE nothing is appended or applied for the group: its core takes no entries and
/// hands none out. Until the core knows, it sees the log as it was. A crash in between leaves the
/// old state or the new one, see [Reconciliation]. **Threads.** The worker's. **Limits.** As many
/// as shards that are received at a time.
final class Installs {
    /// After how long a batch is offered again that the log did not take.
    private static final long RETRY_NANOS = 5_000_000;

    private final RaftLog log;
    private final Applier applier;
    private final SnapshotReceiver receiver;

    /// Runs an input of a core, guarded, and has its outputs looked at.
    private final BiConsumer<Replica, Runnable> guarded;

    private final Consumer<HostMessage> tell;

    /// Told of each replica whose state is another one's now.
    private final Consumer<Replica> rebuilt;

    private final Map<Replica, One> running = new HashMap<>();

    /// One install.
    private static final class One {
        final Receiving stream;
        final LogBatch batch;

        /// Whether the log stays: the replica has the entry at the place of the shard, and was only
        /// damaged.
        final boolean isRebuild;

        Phase phase = Phase.ARRIVED;
        long retryAtNanos = Long.MIN_VALUE;

        One(Receiving stream, LogBatch batch, boolean isRebuild) {
            this.stream = stream;
            this.batch = batch;
            this.isRebuild = isRebuild;
        }

        SnapshotMeta meta() {
            return stream.what.meta();
        }
    }

    /// What is next, or is waited for.
    private enum Phase {
        /// The core has it, and what stands before it must become durable and applied.
        ARRIVED,
        /// INTENT is on its way to the disk.
        INTENDING,
        /// The receiver makes it live.
        FLIPPING,
        /// It is live: DONE is to be appended.
        LIVE,
        /// DONE is on its way to the disk.
        COMPLETING,
        /// It is not live, and never will be: ABORT is to be appended.
        REFUSED,
        /// ABORT is on its way to the disk.
        FORGETTING
    }

    Installs(
            RaftLog log,
            Applier applier,
            SnapshotReceiver receiver,
            BiConsumer<Replica, Runnable> guarded,
            Consumer<HostMessage> tell,
            Consumer<Replica> rebuilt) {
        this.log = log;
        this.applier = applier;
        this.receiver = receiver;
        this.guarded = guarded;
        this.tell = tell;
        this.rebuilt = rebuilt;
    }

    /// A shard is here, verified: the core says whether it is wanted.
    void arrived(Receiving stream, Now now) {
        Replica replica = stream.replica;
        Version place = stream.what.meta().at();
        boolean isKnown = Reconciliation.InLog.of(log, replica.group).reaches(place);
        if (replica.isRebuilding() && isKnown && !replica.core.isInstalling()) {
            var one = new One(stream, log.newBatch(), true);
            running.put(replica, one);
            replica.takesNoEntries = true;
            return;
        }
        guarded.accept(replica, () -> replica.core.step(now, stream.what));
        if (!replica.isQuarantined() && replica.core.isInstalling()) {
            running.put(replica, new One(stream, log.newBatch(), false));
            replica.takesNoEntries = true;
        } else {
            receiver.over(stream, false);
        }
    }

    /// What the log was told of `replica` is durable.
    void logged(Replica replica, Now now) {
        One one = running.get(replica);
        switch (one.phase) {
            case INTENDING -> {
                one.phase = Phase.FLIPPING;
                receiver.flip(one.stream);
            }
            case COMPLETING -> completed(replica, one, now);
            case FORGETTING -> {
                running.remove(replica);
                replica.takesNoEntries = false;
                if (!one.isRebuild) {
                    guarded.accept(replica, () -> replica.core.snapshotAbandoned(now));
                }
                receiver.over(one.stream, false);
            }
            case ARRIVED, FLIPPING, LIVE, REFUSED ->
                    throw new IllegalStateException("nothing is on its way, got " + one.phase);
        }
    }

    /// The shard took its place, or will not.
    void flipped(Receiving stream, boolean isLive) {
        One one = running.get(stream.replica);
        assert one.phase == Phase.FLIPPING : one.phase;
        one.phase = isLive ? Phase.LIVE : Phase.REFUSED;
        one.retryAtNanos = Long.MIN_VALUE;
    }

    /// Does what can be done now.
    ///
    /// @return when to run again
    long run(Now now) {
        long next = Step.UNTIL_WOKEN;
        for (Replica replica : List.copyOf(running.keySet())) {
            One one = running.get(replica);
            if (now.nanos() >= one.retryAtNanos) {
                goOn(replica, one, now);
            }
            if (one.retryAtNanos > now.nanos()) {
                next = Math.min(next, one.retryAtNanos);
            }
        }
        return next;
    }

    private void goOn(Replica replica, One one, Now now) {
        switch (one.phase) {
            case ARRIVED -> {
                if (replica.isQuarantined()) {
                    running.remove(replica);
                    replica.takesNoEntries = false;
                    receiver.over(one.stream, false);
                } else if (one.isRebuild ? replica.isDurable() : replica.isQuiet()) {
                    one.batch.clear();
                    Install.intend(one.batch, one.stream.incoming());
                    append(replica, one, Phase.INTENDING, now);
                }
            }
            case LIVE -> {
                if (!one.isRebuild) {
                    replica.log.freeze();
                }
                one.batch.clear();
                Install.complete(one.batch, log, replica.group);
                append(replica, one, Phase.COMPLETING, now);
            }
            case REFUSED -> {
                one.batch.clear();
                Install.forget(one.batch, log, replica.group);
                append(replica, one, Phase.FORGETTING, now);
            }
            case INTENDING, FLIPPING, COMPLETING, FORGETTING -> {}
        }
    }

    private void append(Replica replica, One one, Phase then, Now now) {
        var durable = new HostMessage.InstallLogged(replica);
        switch (log.append(one.batch, () -> tell.accept(durable))) {
            case ACCEPTED -> one.phase = then;
            case FULL, NO_SPACE -> one.retryAtNanos = now.nanos() + RETRY_NANOS;
            case CLOSED -> one.retryAtNanos = Step.UNTIL_WOKEN; // the next opening ends it
        }
    }

    private void completed(Replica replica, One one, Now now) {
        running.remove(replica);
        long before = replica.appliedIndex();
        var place = new Storage.Applied(one.meta().at(), one.meta().logTimeMillis());
        replica.takesNoEntries = false;
        if (one.isRebuild) {
            guarded.accept(replica, () -> replica.rebuilt(now, place));
        } else {
            replica.installed(place);
            guarded.accept(replica, () -> replica.core.snapshotInstalled(now, one.meta()));
        }
        rebuilt.accept(replica);
        applier.lost(
                replica.shard,
                before + 1,
                new NoriException.Indeterminate(
                        "shard %s: another node told this one what it holds by now"
                                .formatted(replica.shard)));
        receiver.over(one.stream, true);
    }
}
