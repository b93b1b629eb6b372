package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.sstable.TableVerifier;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// An engine that runs on a simulated disk, and the checks that hold between any two of its steps.
///
/// **Threads.** Confined to one.
final class SimEngine {
    static final String DIRECTORY = "lsm";
    private static final long STEPS_MAX = 1_000_000;
    private static final int RESTS_MAX = 60;
    private static final long REST_NANOS = 1_000_000_000;

    private final Model model;
    private final LsmOptions options;
    private final SeededLoops driver;
    private final SimDisk disk;
    private final SeededNode node;
    private final boolean tells;
    private final Gauges gauges = new Gauges();
    private final Set<Long> verified = new HashSet<>();
    private Levels checked = Levels.EMPTY;
    private Lsm lsm;

    /// The engine of a host that goes on: what becomes durable is noted in the model.
    SimEngine(Model model, LsmOptions options, SeededLoops driver, SimDisk disk) {
        this(model, options, driver, disk, true);
    }

    private SimEngine(
            Model model,
            LsmOptions options,
            SeededLoops driver,
            SimDisk disk,
            boolean tells) {
        this.model = model;
        this.options = options;
        this.driver = driver;
        this.disk = disk;
        this.tells = tells;
        this.node = driver.node("node", this::fault);
    }

    /// {@return an engine on what this one's disk might hold after a crash} The tables that were
    /// looked into need not be again.
    SimEngine afterCrash(SeededLoops otherDriver, SimDisk left) {
        var after = new SimEngine(model, options, otherDriver, left, false);
        after.verified.addAll(verified);
        return after;
    }

    Lsm lsm() {
        return lsm;
    }

    SimDisk disk() {
        return disk;
    }

    SeededLoops driver() {
        return driver;
    }

    void open() {
        var environment =
                new Lsm.Environment(
                        disk, DIRECTORY, node, this::fault, gauges, Event.Sink.NONE);
        lsm = Lsm.open(environment, options);
        if (tells) {
            lsm.onFlushed(model.told::putAll);
        }
    }

    private void fault(String where, Throwable cause) {
        if (!disk.hasCrashed()) {
            throw new AssertionError("fatal: " + where, cause);
        }
    }

    /// The end of the process, without any warning.
    void kill() {
        node.kill();
        disk.unmapAll();
    }

    /// The end of the process, in good order; nothing may be left open.
    void close() {
        lsm.close();
        node.kill();
        if (!disk.hasCrashed()) {
            assertEquals(0, disk.openMappings(), "mappings after close");
            assertEquals(0, disk.openFiles(), "files after close");
        }
    }

    /// Requires that each shard is an exact prefix of its log, no shorter than what was said to be
    /// durable, and replays the rest, sometimes more than the rest.
    void recover(SplittableRandom random) {
        for (int i = 0; i < Model.SHARDS; i++) {
            var shard = new ShardId(i);
            ShardTwin twin = model.twins.get(shard);
            if (!model.unsure.contains(shard)) {
                assertEquals(twin != null, lsm.hasTablet(shard), () -> "a tablet of " + shard);
            }
            if (!lsm.hasTablet(shard)) {
                assertThrows(NoriException.NotLeader.class, () -> lsm.applied(shard));
            } else if (twin == null) {
                requirePrefix(new ShardTwin(shard));
            } else {
                long index = requirePrefix(twin);
                replay(twin, Math.max(0, index - random.nextInt(5)), random);
            }
        }
    }

    private long requirePrefix(ShardTwin twin) {
        AppliedAt durable = lsm.durable(twin.shard());
        long index = durable.at().index();
        AppliedAt promised = model.told.getOrDefault(twin.shard(), AppliedAt.NOTHING);
        assertTrue(index >= promised.at().index(), "less is durable than was said");
        assertTrue(index <= twin.lastIndex(), "more is durable than was written");
        assertEquals(twin.placeAt(index), durable);
        assertEquals(durable, lsm.applied(twin.shard()));
        requireValues(twin, index);
        return index;
    }

    private void requireValues(ShardTwin twin, long index) {
        requireValues(lsm, twin, index);
    }

    private static void requireValues(Lsm in, ShardTwin twin, long index) {
        for (int space : Operations.SPACES) {
            try (Walk walk = Walk.ofShard(in, twin, space, index)) {
                walk.toEnd();
            }
        }
    }

    /// Makes a checkpoint, opens it beside this and requires that each shard in it is an exact
    /// prefix of its log, as long as what is durable here or longer; then removes it.
    void checkCheckpoint(String folder) {
        lsm.checkpoint(folder);
        var environment =
                new Lsm.Environment(
                        disk,
                        folder,
                        new SeededLoops(1),
                        this::fault,
                        Meter.NONE,
                        Event.Sink.NONE);
        try (Lsm copy = Lsm.open(environment, options)) {
            for (ShardTwin twin : model.twins.values()) {
                AppliedAt durable = copy.durable(twin.shard());
                assertEquals(twin.placeAt(durable.at().index()), durable);
                assertTrue(
                        durable.at().index() >= lsm.durable(twin.shard()).at().index(),
                        "a checkpoint that is behind");
                requireValues(copy, twin, durable.at().index());
            }
        }
        disk.list(folder).forEach(name -> disk.delete(folder + "/" + name));
    }

    /// Applies what the log of `twin` has beyond what was applied.
    void catchUp(ShardTwin twin) {
        replay(twin, lsm.applied(twin.shard()).at().index(), new SplittableRandom(1));
    }

    private void replay(ShardTwin twin, long after, SplittableRandom random) {
        var batch = new WriteBatch();
        for (long i = after; i < twin.lastIndex(); i++) {
            ShardTwin.Entry entry = twin.log().get((int) i);
            Model.add(twin.shard(), entry, batch);
            batch.applied(twin.shard(), entry.at(), entry.logTimeMillis());
            if (random.nextInt(16) == 0) {
                lsm.write(batch);
                batch.clear();
                driver.runUntil(() -> lsm.pressure() <= 1, 20);
            }
        }
        lsm.write(batch);
    }

    /// Compares all that can be read with the model, and looks at everything that lies below.
    void checkAll() {
        checkPlaces();
        for (ShardTwin twin : model.twins.values()) {
            if (lsm.hasTablet(twin.shard())) {
                requireValues(twin, twin.lastIndex());
            }
        }
        check();
    }

    void checkPlaces() {
        for (ShardTwin twin : model.twins.values()) {
            if (lsm.hasTablet(twin.shard())) {
                assertEquals(twin.place(), lsm.applied(twin.shard()));
                AppliedAt durable = lsm.durable(twin.shard());
                assertEquals(twin.placeAt(durable.at().index()), durable);
            }
        }
    }

    /// What holds after every step. Costs something only when the tables have changed.
    void check() {
        if (disk.hasCrashed()) {
            return;
        }
        Levels now = lsm.levels();
        if (now == checked) {
            return;
        }
        LevelChecker.check(now);
        for (LiveTable table : now.all()) {
            if (verified.add(table.number())) {
                var verifier =
                        new TableVerifier(
                                table.table(),
                                fault -> {
                                    throw new AssertionError(fault.message());
                                });
                while (verifier.step(Integer.MAX_VALUE)) {
                    continue;
                }
                assertTrue(disk.isForced(table.table().path()), table::toString);
            }
        }
        checked = now;
    }

    /// What holds when no loop has anything left to do and nobody reads: no file, mapping or entry
    /// of the manifest that no level has, and none that is missing. A table that is being read
    /// again stays until that has ended, which takes time.
    void checkAtRest() {
        rest();
        for (int i = 0; i < RESTS_MAX && !files().equals(named()); i++) {
            driver.advance(REST_NANOS);
            rest();
        }
        check();
        assertEquals(named(), files(), "files of the folder");
        assertEquals(numbers(lsm.levels()).size(), disk.openMappings(), "mappings at rest");
        assertEquals(0, gauges.read("norikv_lsm_compactions_in_progress"), "merges at rest");
    }

    /// After a flush of something, at rest: one empty memtable is all the memory there is.
    void checkMemory() {
        assertEquals(
                options.memory().memtableBytes(),
                gauges.read("norikv_lsm_memtable_bytes"),
                "memory at rest");
    }

    /// {@return what is durable, in one number or so: tables, entries, tablets and their places}
    String dump() {
        ManifestState state = Manifest.read(disk, DIRECTORY).state();
        return "%s %s %d".formatted(state.tables(), state.tablets(), state.nextTablet());
    }

    private void rest() {
        assertTrue(driver.runUntilIdle(STEPS_MAX), "the loops do not come to rest");
    }

    /// {@return the files that manifest and levels, which agree, ask for}
    private Set<String> named() {
        Manifest.Found found = Manifest.read(disk, DIRECTORY);
        Set<Long> live = numbers(lsm.levels());
        List<Edit.AddTable> tables = found.state().tables();
        assertEquals(
                live, new TreeSet<>(tables.stream().map(Edit.AddTable::number).toList()));
        Set<String> named = new TreeSet<>(Set.of(Manifest.CURRENT));
        named.add("%s%06d".formatted(Manifest.PREFIX, found.number()));
        live.forEach(number -> named.add(FileNames.table(number)));
        return named;
    }

    private static Set<Long> numbers(Levels levels) {
        return new TreeSet<>(levels.all().stream().map(LiveTable::number).toList());
    }

    private Set<String> files() {
        Set<String> files = new TreeSet<>(disk.list(DIRECTORY));
        files.removeIf(name -> !FileNames.isOurs(name));
        return files;
    }
}
