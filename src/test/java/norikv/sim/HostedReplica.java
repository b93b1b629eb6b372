package norikv.sim;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import norikv.domain.Version;
import norikv.raft.Entry;
import norikv.raft.HardState;
import norikv.raft.LeaseView;
import norikv.raft.Message;
import norikv.raft.Raft;
import norikv.raft.Ready;
import norikv.raft.Recovered;
import norikv.raft.Status;

/// A replica of a [ThinHost]: its core, its state machine, what is on its way to the disk and who
/// waits for what.
final class HostedReplica {
    final ThinHost host;
    final Ground ground;
    final Store.Kept kept;
    final LogView view;
    private final Witness witness;
    private final Ready ready = new Ready();
    private final Deque<Flight.Row> inFlight = new ArrayDeque<>();
    private final Deque<Entry> toApply = new ArrayDeque<>();
    private final Waiters waiters;
    private final Installer installer;

    /// Null until its creation is durable, and once it is destroyed.
    private Raft raft;

    Table table;
    private HardState hard;
    private LeaseView lease = new LeaseView(0, Long.MIN_VALUE, 0, new norikv.raft.Now(0, 0));
    private long tickNanos;
    private boolean applyIsPlanned;
    private boolean isStopped;

    HostedReplica(ThinHost host, Store.Kept kept) {
        this.host = host;
        this.ground = host.ground;
        this.kept = kept;
        witness = ground.watch().witness(kept.group, kept.id);
        view = new LogView(host.log, this, kept.group);
        waiters = new Waiters(this);
        installer = new Installer(this);
    }

    int group() {
        return kept.group;
    }

    long id() {
        return kept.id;
    }

    Witness witness() {
        return witness;
    }

    Optional<Raft> raft() {
        return Optional.ofNullable(raft);
    }

    LeaseView lease() {
        return lease;
    }

    HardState hard() {
        return hard;
    }

    int waiting() {
        return waiters.count();
    }

    boolean hasInFlight() {
        return !inFlight.isEmpty();
    }

    /// Goes on from what is durable; a replica that never ran first makes durable that it exists.
    void recover() {
        installer.recover();
        table = kept.flushed.copy();
        if (host.log.lastIndex(group()) > 0) {
            Recovery.check(ground, witness, host.log, kept);
            startCore(false);
            return;
        }
        Flight flight = host.newFlight();
        Version start = table.applied().at();
        flight.batch.restore(group(), start.index(), start.term());
        flight.batch.hardState(
                group(), new norikv.raftlog.HardState(start.term(), 0, start.index()));
        flight.then = () -> startCore(true);
        host.submit(flight);
    }

    private void startCore(boolean isVirgin) {
        if (isStopped) {
            return;
        }
        kept.ran = true;
        norikv.raftlog.HardState stored = host.log.hardState(group());
        hard = new HardState(stored.term(), stored.vote(), stored.commit());
        var applied = table.applied();
        List<Entry> changes =
                view.readFrom(applied.at().index() + 1).stream()
                        .filter(e -> e.kind() == Entry.Kind.CONFIGURATION)
                        .toList();
        var from =
                isVirgin
                        ? Recovered.virgin(applied.at(), kept.first)
                        : new Recovered(
                                hard,
                                applied.at().index(),
                                applied.configuration(),
                                applied.configurationIndex(),
                                changes,
                                false);
        Dice dice = ground.dice().split();
        var options = ground.plan().options;
        raft = Raft.start(options, group(), id(), from, view, dice, ground.now());
        host.touch(this);
        host.settle();
    }

    void stop() {
        raft = null;
        isStopped = true;
        waiters.forget();
    }

    void receive(Message message, Optional<Table> snapshot) {
        if (raft != null) {
            snapshot.ifPresent(installer::arrived);
            raft.step(ground.now(), message);
            host.touch(this);
        }
    }

    void ask(Operation operation) {
        waiters.ask(operation, raft);
        host.touch(this);
    }

    /// Does what the core wants done.
    void drain(Flight flight) {
        if (raft == null) {
            return;
        }
        raft.drainReady(ready);
        lease = raft.lease();
        ground.leases().published(group(), ground.machine(), id(), lease);
        Status status = raft.status();
        ground.watch().drained(witness, status, ready);
        BoundRules.options(status, ground.plan().options);
        ground.leases().check(ground.watch().truth(group()), ground.trueNanos());
        ground.trace(status);
        for (Message message : ready.sendNow()) {
            ground.send(message, Optional.empty());
        }
        addRow(flight);
        toApply.addAll(ready.committed());
        ready.grants().forEach(waiters::granted);
        ready.failedReads().forEach(waiters::failed);
        waiters.check(status);
        ready.snapshotsWanted().forEach(installer::wanted);
        ready.install().ifPresent(installer::begin);
        waiters.serve();
        planApply();
        planTick();
        planFetch();
    }

    private void addRow(Flight flight) {
        if (!ready.hasRecord()) {
            if (inFlight.isEmpty()) {
                send(ready.sendAfterPersist());
            } else {
                inFlight.getLast().messages().addAll(ready.sendAfterPersist());
            }
            return;
        }
        HardState next = ready.hardState().orElse(hard);
        var row =
                new Flight.Row(
                        this,
                        ready.record(),
                        ground.now().nanos(),
                        next,
                        List.copyOf(ready.entries()),
                        new java.util.ArrayList<>(ready.sendAfterPersist()));
        fill(flight, row);
        hard = next;
        boolean hasEntries = !row.entries().isEmpty();
        witness.onTheirWay.addLast(
                hasEntries ? row.entries().getFirst().index() : Long.MAX_VALUE);
        inFlight.addLast(row);
        flight.rows.add(row);
    }

    /// The term goes before entries of that term, the commit index behind the entries it covers.
    private void fill(Flight flight, Flight.Row row) {
        HardState next = row.hard();
        boolean fits = true;
        if (next.term() != hard.term() || next.vote() != hard.vote()) {
            fits = flight.batch.hardState(group(), stored(next, hard.commit()));
        }
        if (!row.entries().isEmpty()) {
            long before = row.entries().getFirst().index() - 1;
            fits &= flight.batch.after(group(), before, ground.watch().termBehind(witness, before));
            for (Entry entry : row.entries()) {
                fits &=
                        flight.batch.entry(
                                entry.term(),
                                entry.logTimeMillis(),
                                LogView.kindOf(entry),
                                LogView.payloadOf(entry));
            }
        }
        fits &= flight.batch.hardState(group(), stored(next, next.commit()));
        assert fits : "a record of " + row.entries().size() + " entries";
    }

    static norikv.raftlog.HardState stored(HardState state, long commit) {
        return new norikv.raftlog.HardState(state.term(), state.vote(), commit);
    }

    /// A record is durable.
    void persisted(Flight.Row row) {
        Flight.Row first = inFlight.removeFirst();
        assert first == row : "records out of order";
        if (raft != null) {
            send(row.messages());
            raft.persisted(ground.now(), row.record());
            host.touch(this);
            installer.goOn();
        }
    }

    private void send(List<Message> messages) {
        for (Message message : messages) {
            ground.send(message, Optional.empty());
        }
    }

    private void planApply() {
        if (!applyIsPlanned && !toApply.isEmpty()) {
            applyIsPlanned = true;
            long nanos = ground.dice().around(ground.applyNanos());
            ground.after(nanos, "apply", group(), this::applySome);
        }
    }

    private void applySome() {
        applyIsPlanned = false;
        if (raft == null || toApply.isEmpty() || installer.isBusy()) {
            return;
        }
        Dice dice = ground.dice();
        int count = dice.oneIn(3) ? dice.between(1, toApply.size()) : toApply.size();
        for (int i = 0; i < count; i++) {
            Entry entry = toApply.removeFirst();
            Table.Result result = table.apply(entry);
            ground.watch().applied(witness, entry, table, result);
            waiters.applied(entry, result);
        }
        raft.applied(ground.now(), table.index());
        host.touch(this);
        waiters.serve();
    }

    /// The state is that of a snapshot now.
    void replaced(Table snapshot) {
        toApply.clear();
        table = snapshot.copy();
        waiters.skippedTo(table.index());
        waiters.serve();
    }

    /// Keeps one tick on the agenda, at the core's deadline or a little after.
    private void planTick() {
        long deadline = raft.deadlineNanos();
        if (deadline == Long.MAX_VALUE) {
            return;
        }
        long late = ground.dice().below(500_000);
        long at = ground.trueNanos() + ground.until(deadline) + late;
        if (tickNanos <= ground.trueNanos() || tickNanos > at) {
            tickNanos = at;
            ground.after(at - ground.trueNanos(), "tick", group(), () -> tick(at));
        }
    }

    private void tick(long planned) {
        if (raft == null || tickNanos != planned) {
            return;
        }
        tickNanos = 0;
        if (ground.now().nanos() >= raft.deadlineNanos()) {
            raft.tick(ground.now());
            leaderHasADisk();
            host.touch(this);
        } else {
            planTick();
        }
    }

    /// R2: whoever cannot persist anything gives way, or everybody waits for it.
    private void leaderHasADisk() {
        if (raft.isLeader() && !inFlight.isEmpty()) {
            long waits = ground.now().nanos() - inFlight.getFirst().sinceNanos();
            var options = ground.plan().options;
            Violation.check(
                    waits <= options.electionMaxNanos() + 2 * options.heartbeatNanos(),
                    "R2",
                    "leader %d waits for its disk for %d ms",
                    id(),
                    waits / Plan.MILLI);
        }
    }

    private void planFetch() {
        if (view.wantsFetch) {
            view.wantsFetch = false;
            ground.after(
                    ground.dice().around(2_000_000),
                    "fetch",
                    group(),
                    () -> {
                        if (raft != null) {
                            view.isCold = false;
                            raft.fetched(ground.now());
                            host.touch(this);
                        }
                    });
        } else if (!view.isCold) {
            view.isCold = ground.plan().cacheBytes < SMALL_CACHE && ground.dice().oneIn(8);
        }
    }

    private static final int SMALL_CACHE = 1 << 17;

    long flushedIndex() {
        return kept.flushed.index();
    }

    /// What is applied survives a crash from now on; the log may be cut behind it.
    void flush() {
        if (raft == null || installer.isBusy()) {
            return;
        }
        kept.flushed = table.copy();
        long upTo = table.index() - ground.plan().keepEntries;
        if (upTo >= view.firstIndex() && ground.dice().oneIn(2)) {
            Flight flight = host.newFlight();
            flight.batch.compactTo(group(), upTo, host.log.term(group(), upTo));
            host.submit(flight);
        }
    }

    long logTimeMillis(long index) {
        assert index == table.index() : index + " " + table.index();
        return table.applied().logTimeMillis();
    }

    int bytesMax() {
        return ground.plan().options.uncommittedBytesMax() + 8_000;
    }

    String describe() {
        return "%s waiting=%d in_flight=%d to_apply=%d table=%d %s"
                .formatted(
                        raft == null ? "group " + group() + " not started" : raft.status(),
                        waiting(),
                        inFlight.size(),
                        toApply.size(),
                        table.index(),
                        installer);
    }
}
