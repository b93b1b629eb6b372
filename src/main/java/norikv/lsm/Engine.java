package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
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
    private volatile Runnable wakeCompactor = () -> {};
    private volatile double toldPressure;

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
    }

    void wakeCompactorWith(Runnable wake) {
        wakeCompactor = wake;
    }

    LsmOptions options() {
        return options;
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
        }
        return edits;
    }

    /// Commits edits that name `written` for the first time. If that fails the edits may be durable
    /// all the same, so the files stay as they are.
    void commit(
            List<LiveTable> written,
            Function<ManifestState, List<Edit>> edits,
            Runnable install) {
        boolean committed = false;
        try {
            manifest.commit(edits, install);
            committed = true;
        } finally {
            if (!committed) {
                written.forEach(t -> t.table().close());
            }
        }
    }

    /// Puts the tables of a flushed memtable in its place.
    void installFlush(
            Memtable flushed, List<LiveTable> tables, Map<ShardId, AppliedAt> moved) {
        states.replace(
                before -> {
                    List<Memtable> memtables = new ArrayList<>(before.memtables());
                    assert memtables.getLast() == flushed : "a younger memtable was flushed first";
                    memtables.removeLast();
                    Levels levels = before.levels().with(Set.of(), placed(0, tables));
                    return new ReadState(memtables, levels, before.tablets());
                });
        moved.forEach((shard, place) -> tablet(shard).durable(place));
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
        wakeCompactor.run();
        double now = pressure();
        if (Math.abs(now - toldPressure) >= PRESSURE_STEP) {
            toldPressure = now;
            publish(new Event.Lsm.WritePressureUpdate(now));
        }
    }

    /// {@return the greater of what memtables and what level 0 say} Up to two memtables are at
    /// ease, and up to the trigger of tables.
    double pressure() {
        LsmOptions.Memory memory = options.memory();
        long atEase = 2L * memory.memtableBytes();
        double excess = slabs.bytesInUse() - atEase;
        double ofMemory = excess / (memory.budgetBytes() - atEase);
        LsmOptions.Levels levels = options.levels();
        double young = states.current().levels().level(0).size() - levels.youngTrigger();
        double ofYoung = young / (levels.youngMax() - levels.youngTrigger());
        return Math.max(0, Math.max(ofMemory, ofYoung));
    }

    void publish(Event event) {
        environment.events().publish(event);
    }
}
