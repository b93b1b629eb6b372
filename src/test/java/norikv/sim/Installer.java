package norikv.sim;

import java.util.Optional;
import norikv.domain.Version;
import norikv.raft.HardState;
import norikv.raft.Message;
import norikv.raft.Raft;
import norikv.raft.SnapshotMeta;

/// Makes snapshots of a replica for others, and puts one of another in its place: staged in the
/// store, then the log begins anew behind it, durably, then it is the state. A crash in between
/// finds by the log whether it counts.
final class Installer {
    private final HostedReplica replica;
    private final Ground ground;

    /// The newest snapshot that arrived; null if none did.
    private Table arrived;

    /// What is being installed; null if nothing is.
    private SnapshotMeta installing;

    private boolean isRestoring;

    Installer(HostedReplica replica) {
        this.replica = replica;
        this.ground = replica.ground;
    }

    boolean isBusy() {
        return installing != null;
    }

    void arrived(Table snapshot) {
        arrived = snapshot;
    }

    /// After a crash: a staged snapshot counts if the log begins right behind it.
    void recover() {
        Store.Kept kept = replica.kept;
        if (kept.staged != null) {
            Version at = kept.staged.applied().at();
            boolean counts =
                    replica.view.firstIndex() == at.index() + 1
                            && replica.view.term(at.index()) == at.term();
            if (counts) {
                kept.flushed = kept.staged;
            }
            kept.staged = null;
        }
    }

    /// The core wants the snapshot `meta` to be the state.
    void begin(SnapshotMeta meta) {
        assert installing == null : installing + " then " + meta;
        installing = meta;
        goOn();
    }

    /// All records before it become durable first.
    void goOn() {
        if (installing == null || isRestoring || replica.hasInFlight()) {
            return;
        }
        isRestoring = true;
        boolean matches = arrived != null && arrived.applied().equals(installing);
        if (!matches || ground.dice().oneIn(8)) {
            long nanos = ground.dice().around(5_000_000);
            ground.after(nanos, "abandon", replica.group(), this::abandon);
            return;
        }
        replica.kept.staged = arrived;
        arrived = null;
        ground.after(ground.dice().around(5_000_000), "restore", replica.group(), this::restore);
    }

    private void abandon() {
        installing = null;
        isRestoring = false;
        raft().ifPresent(raft -> raft.snapshotAbandoned(ground.now()));
        replica.host.touch(replica);
    }

    private void restore() {
        if (raft().isEmpty()) {
            return;
        }
        Version at = installing.at();
        HardState hard = replica.hard();
        replica.view.freeze();
        Flight flight = replica.host.newFlight();
        flight.batch.restore(replica.group(), at.index(), at.term());
        var stored = HostedReplica.stored(hard, Math.max(hard.commit(), at.index()));
        flight.batch.hardState(replica.group(), stored);
        SnapshotMeta meta = installing;
        flight.whenDurable = () -> ground.watch().restored(replica.witness(), meta);
        flight.then = this::restored;
        replica.host.submit(flight);
    }

    private void restored() {
        Store.Kept kept = replica.kept;
        kept.flushed = kept.staged;
        kept.staged = null;
        SnapshotMeta meta = installing;
        installing = null;
        isRestoring = false;
        replica.view.thaw();
        replica.replaced(kept.flushed);
        ground.watch().installed(replica.witness(), meta, replica.table, replica.view.firstIndex());
        raft().ifPresent(raft -> raft.snapshotInstalled(ground.now(), meta));
        replica.host.touch(replica);
    }

    /// Another replica needs a snapshot.
    void wanted(long peer) {
        long nanos = ground.dice().around(5_000_000);
        ground.after(nanos, "snapshot", replica.group(), () -> make(peer));
    }

    private void make(long peer) {
        Optional<Raft> raft = raft();
        if (raft.isEmpty()) {
            return;
        }
        Table snapshot = replica.table.copy();
        Optional<Message> message =
                raft.get().snapshotMade(ground.now(), peer, snapshot.applied());
        boolean sent = message.isPresent() && !ground.dice().oneIn(6);
        if (sent) {
            ground.send(message.get(), Optional.of(snapshot));
        }
        long nanos = ground.dice().around(10_000_000);
        ground.after(nanos, "outcome", replica.group(), () -> outcome(peer, sent));
        replica.host.touch(replica);
    }

    private void outcome(long peer, boolean sent) {
        raft().ifPresent(raft -> raft.snapshotOutcome(ground.now(), peer, sent));
        replica.host.touch(replica);
    }

    private Optional<Raft> raft() {
        return replica.raft();
    }

    @Override
    public String toString() {
        return installing == null ? "" : "installing " + installing.at();
    }
}
