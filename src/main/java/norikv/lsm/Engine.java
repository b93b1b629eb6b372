package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;

/// What flushes and compactions share: where they read, write and install.
///
/// **Threads.** Any.
final class Engine {
    /// A change of pressure that is worth telling.
    private static final double PRESSURE_STEP = 0.1;

    private final Lsm.Environment environment;
    private final LsmOptions options;
    private final Slabs slabs;
    private final Janitor janitor;
    private final ReadStates states;
    private final Manifest manifest;
    private final AtomicLong nextFile;
    private final LsmMeters meters;
    private final Snapshots snapshots;
    private final FlushCuts flushCuts;
    private final CompactionPolicy policy;
    private final WritePressure pressure;

    /// Null: no log is watched.
    private volatile WatchedLog watchedLog;

    private volatile Debt debt;
    private volatile Runnable wakeCompactors = () -> {};
    private volatile Runnable dropDead = () -> {};
    private volatile double toldPressure;

    private record WatchedLog(LongSupplier bytes, long bytesMax) {}

    private record Debt(Levels levels, long bytes) {}

    Engine(
            Lsm.Environment environment,
            LsmOptions options,
            Slabs slabs,
            Janitor janitor,
            ReadStates states,
            Manifest manifest,
            long nextFile) {
        this.environment = environment;
        this.options = options;
        this.slabs = slabs;
        this.janitor = janitor;
        this.states = states;
        this.manifest = manifest;
        this.nextFile = new AtomicLong(nextFile);
        this.meters = LsmMeters.of(environment.meter());
        this.snapshots = new Snapshots(environment.loops().clock());
        this.flushCuts = new FlushCuts(options);
        this.policy = new CompactionPolicy(options);
        this.pressure = new WritePressure(options);
        this.debt = new Debt(Levels.EMPTY, 0);
    }

    void wakeCompactorsWith(Runnable wake) {
        wakeCompactors = wake;
    }

    /// Says how to take out tables that are dead as a whole.
    void dropDeadWith(Runnable drop) {
        dropDead = drop;
    }

    /// Takes out tables of which nothing is of use to anybody any more. Waits for the disk.
    void dropDead() {
        dropDead.run();
    }

    void wakeCompactors() {
        wakeCompactors.run();
    }

    /// {@return the keys at which flushes are cut}
    FlushCuts flushCuts() {
        return flushCuts;
    }

    LsmOptions options() {
        return options;
    }

    /// {@return a number that the next file may have, and those after it}
    long nextFile() {
        return nextFile.get();
    }

    Janitor janitor() {
        return janitor;
    }

    ReadStates states() {
        return states;
    }

    Manifest manifest() {
        return manifest;
    }

    LsmMeters meters() {
        return meters;
    }

    Snapshots snapshots() {
        return snapshots;
    }

    TableOutputs.Place tablePlace() {
        return new TableOutputs.Place(
                environment.disk(),
                environment.directory(),
                nextFile::getAndIncrement,
                options.tables(),
                environment.faults());
    }

    /// {@return the edits that put `tables` into `level`} Only while committing: the next number
    /// must not go back from edit to edit.
    List<Edit> additions(int level, List<LiveTable> tables) {
        List<Edit> edits = new ArrayList<>();
        edits.add(new Edit.NextFile(nextFile.get()));
        for (LiveTable t : tables) {
            edits.add(
                    new Edit.AddTable(
                            level,
                            t.number(),
                            t.bytes(),
                            t.facts().entries(),
                            t.facts().contentHash()));
            if (t.facts().tablets().size() <= Edit.Facts.TABLETS_MAX) {
                edits.add(new Edit.Facts(t.facts()));
            }
            if (level == 0 && t.rank() != t.number()) {
                edits.add(new Edit.Rank(t.number(), t.rank()));
            }
        }
        return edits;
    }

    /// Commits edits that name `written` for the first time. If that fails the edits may be durable
    /// all the same, so the files stay as they are; but not if there was no room: then nothing was
    /// committed, and the files are removed. What is installed is open for its readers, though the
    /// manifest should fail after that.
    ///
    /// @return whether there was room
    boolean commit(
            List<LiveTable> written,
            Function<ManifestState, List<Edit>> edits,
            Runnable install) {
        boolean committed = false;
        var installing = new Installing(install);
        try {
            manifest.commit(edits, installing);
            committed = true;
        } catch (NoriException.DiskFailure e) {
            if (e.reason() != NoriException.DiskFailure.Reason.FULL) {
                throw e;
            }
            Lsm.LOG.log(Level.WARNING, "The manifest has no room on the disk.", e);
        } finally {
            if (!installing.isDone) {
                written.forEach(t -> t.table().close());
            }
        }
        if (!committed) {
            assert !installing.isDone : "no room, though it was committed";
            written.forEach(t -> removeQuietly(t.toString()));
        }
        return committed;
    }

    /// What puts tables before the readers, and whether it has.
    private static final class Installing implements Runnable {
        private final Runnable install;
        private boolean isDone;

        Installing(Runnable install) {
            this.install = install;
        }

        @Override
        public void run() {
            install.run();
            isDone = true;
        }
    }

    private void removeQuietly(String path) {
        try {
            environment.disk().delete(path);
        } catch (NoriException.DiskFailure e) {
            Lsm.LOG.log(Level.WARNING, () -> "A file that is not needed stays. path=" + path, e);
        }
    }

    /// Makes room on the disk if `failure` says that there was none.
    void makeRoomAfter(NoriException failure) {
        if (failure instanceof NoriException.DiskFailure disk
                && disk.reason() == NoriException.DiskFailure.Reason.FULL) {
            manifest.makeRoom();
        }
    }

    /// Puts the tables of flushed memtables, newest first, in their place.
    void installFlush(
            List<Memtable> flushed, List<LiveTable> tables, Map<ShardId, AppliedAt> moved) {
        states.replace(
                before -> {
                    List<Memtable> memtables = new ArrayList<>(before.memtables());
                    for (Memtable oldest : flushed.reversed()) {
                        assert memtables.getLast() == oldest : "a younger one was flushed first";
                        memtables.removeLast();
                    }
                    Levels levels = before.levels().with(Set.of(), placed(0, tables));
                    return new ReadState(memtables, levels, before.tablets());
                });
        moved.forEach((shard, place) -> tablet(shard).durable(place));
    }

    /// Puts tables that came from outside where those are that were flushed.
    void installIngest(List<LiveTable> tables) {
        states.replace(
                before ->
                        new ReadState(
                                before.memtables(),
                                before.levels().with(Set.of(), placed(0, tables)),
                                before.tablets()));
    }

    /// Puts the outputs of a compaction in the place of its inputs.
    void installCompaction(Plan plan, List<LiveTable> outputs) {
        Set<Long> gone =
                plan.inputs().stream().map(LiveTable::number).collect(Collectors.toSet());
        if (plan.kind() != Plan.Kind.MOVE) {
            plan.inputs().forEach(LiveTable::setObsolete);
        }
        states.replace(
                before ->
                        new ReadState(
                                before.memtables(),
                                before.levels().with(gone, placed(plan.outputLevel(), outputs)),
                                before.tablets()));
    }

    private static List<Levels.Placed> placed(int level, List<LiveTable> tables) {
        return tables.stream().map(t -> new Levels.Placed(level, t)).toList();
    }

    private Tablet tablet(ShardId shard) {
        return states.current().tablets().ofShard(shard.number());
    }

    /// Lets the compactor look again, and tells the pressure if it changed much.
    void tablesChanged() {
        wakeCompactors.run();
        double now = pressure();
        if (Math.abs(now - toldPressure) >= PRESSURE_STEP) {
            toldPressure = now;
            publish(new Event.Lsm.WritePressureUpdate(now));
        }
    }

    /// {@return how hard it is to apply more}
    double pressure() {
        return pressure.ofStorage(load());
    }

    /// {@return how hard it is to write more, the log behind the tables counted}
    double writePressure() {
        WatchedLog log = watchedLog;
        return log == null
                ? pressure()
                : pressure.of(load(), log.bytes().getAsLong(), log.bytesMax());
    }

    private WritePressure.Load load() {
        Levels levels = states.current().levels();
        return new WritePressure.Load(
                slabs.bytesInUse(), levels.young().depth(), debtBytes(levels));
    }

    /// {@return what compactions would have to read and write until no level is overfull} Counted
    /// once for each set of levels.
    long debtBytes(Levels levels) {
        Debt known = debt;
        if (known.levels() != levels) {
            known = new Debt(levels, policy.debtBytes(levels));
            debt = known;
        }
        return known.bytes();
    }

    /// Has the log that is not in tables yet count in [#writePressure()].
    void watchLog(LongSupplier bytes, long bytesMax) {
        watchedLog = new WatchedLog(bytes, bytesMax);
    }

    CompactionPolicy policy() {
        return policy;
    }

    void publish(Event event) {
        environment.events().publish(event);
    }
}
