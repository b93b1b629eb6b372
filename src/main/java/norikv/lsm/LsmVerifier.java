package norikv.lsm;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import norikv.disk.Disk;
import norikv.disk.FileFault;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;
import norikv.sstable.TableVerifier;

/// Reads all that an engine keeps in its folder, which nobody has open, changes nothing, and tells
/// all that is wrong: the manifest, every table from end to end, and how the tables stand to each
/// other and to what the manifest says.
///
/// It goes in steps. What is damaged is told and left out of what comes after. **Limits.** Memory:
/// index and filter of each table. **Threads.** Confined to one. **Errors.**
/// [NoriException.Refused] when a newer version wrote the folder.
public final class LsmVerifier implements AutoCloseable {
    private static final int STEP_BLOCKS = 256;
    private static final int STEP_ENTRIES = 100_000;

    private final Disk disk;
    private final String directory;
    private final Consumer<FileFault> faults;
    private final Map<ShardId, AppliedAt> durable = new HashMap<>();
    private final Map<Integer, Long> lastIndexes = new HashMap<>();
    private final ArrayDeque<Edit.AddTable> waiting = new ArrayDeque<>();
    private final Map<Long, TableFacts> told = new HashMap<>();
    private final List<Levels.Placed> sound = new ArrayList<>();
    private final List<String> orphans = new ArrayList<>();
    private long nextFile;
    private long bytesTotal;
    private long bytesOfTables;
    private int tables;

    /// The table that is being read, how it is read, and how many faults it has; null in between.
    private Levels.Placed current;

    private TableVerifier reading;
    private int faultsOfTable;

    /// Null until all tables are read.
    private LevelCheck levels;

    /// Reads the manifest.
    public LsmVerifier(Disk disk, String directory, Consumer<FileFault> faults) {
        this.disk = disk;
        this.directory = directory;
        this.faults = faults;
        try {
            take(Manifest.read(disk, directory));
        } catch (NoriException.Corruption | NoriException.DiskFailure e) {
            faults.accept(FileFault.of(directory, e));
        }
    }

    private void take(Manifest.Found found) {
        ManifestState state = found.state();
        nextFile = state.nextFile();
        for (ManifestState.TabletPlace tablet : state.tablets()) {
            durable.put(tablet.shard(), tablet.durable());
            lastIndexes.put(tablet.tablet(), tablet.durable().at().index());
        }
        waiting.addAll(state.tables());
        for (Edit.AddTable table : state.tables()) {
            state.facts(table.number()).ifPresent(facts -> told.put(table.number(), facts));
        }
        state.tables().forEach(table -> bytesTotal += table.bytes());
        for (String name : disk.list(directory)) {
            OptionalLong number = FileNames.tableNumber(name);
            if (number.isPresent() && !state.hasTable(number.getAsLong())) {
                orphans.add(directory + "/" + name);
            }
        }
    }

    /// {@return how far each shard is in tables, as the manifest says; empty if it is damaged}
    public Map<ShardId, AppliedAt> durable() {
        return Map.copyOf(durable);
    }

    /// {@return files of tables that the manifest does not name: the next opening removes them}
    public List<String> orphans() {
        return List.copyOf(orphans);
    }

    /// {@return how many bytes of tables there are}
    public long bytesTotal() {
        return bytesTotal;
    }

    /// {@return how many bytes of tables were read}
    public long bytesRead() {
        return bytesOfTables + (reading == null ? 0 : reading.bytesRead());
    }

    /// {@return how many tables were read}
    public int tables() {
        return tables;
    }

    /// Goes on by a bounded piece.
    ///
    /// @return whether there is more
    public boolean step() {
        if (reading != null) {
            readOn();
            return true;
        }
        if (!waiting.isEmpty()) {
            begin(waiting.poll());
            return true;
        }
        if (levels == null) {
            levels = new LevelCheck(Levels.EMPTY.with(Set.of(), sound), lastIndexes, faults);
        }
        return levels.step(STEP_ENTRIES);
    }

    private void begin(Edit.AddTable expected) {
        tables++;
        String path = directory + "/" + FileNames.table(expected.number());
        if (!disk.exists(path)) {
            faults.accept(FileFault.at(path, 0, "a table that the manifest names, got none"));
            return;
        }
        try {
            var table = new LiveTable(Table.open(disk, path, expected.number()));
            current = new Levels.Placed(expected.level(), table);
            faultsOfTable = 0;
            reading = new TableVerifier(table.table(), this::tableFault);
            requireExpected(table.facts(), expected, path);
            if (!told.getOrDefault(expected.number(), table.facts()).equals(table.facts())) {
                fault(FileFault.at(path, 0, "what the manifest says of it, got otherwise"));
            }
        } catch (NoriException.Corruption | NoriException.DiskFailure e) {
            bytesOfTables += expected.bytes();
            faults.accept(FileFault.of(path, e));
        }
    }

    private void tableFault(TableVerifier.Fault fault) {
        fault(new FileFault(fault.path(), fault.offset(), fault.message()));
    }

    private void fault(FileFault fault) {
        faultsOfTable++;
        faults.accept(fault);
    }

    private void requireExpected(TableFacts facts, Edit.AddTable expected, String path) {
        if (facts.bytes() != expected.bytes()
                || facts.entries() != expected.entries()
                || facts.contentHash() != expected.contentHash()) {
            fault(
                    FileFault.at(
                            path,
                            0,
                            "the table of the manifest (%d bytes, %d entries), got another (%d, %d)"
                                    .formatted(
                                            expected.bytes(),
                                            expected.entries(),
                                            facts.bytes(),
                                            facts.entries())));
        }
        if (expected.number() >= nextFile) {
            fault(FileFault.at(path, 0, "a number below the next one, %d".formatted(nextFile)));
        }
    }

    private void readOn() {
        boolean more = true;
        try {
            more = reading.step(STEP_BLOCKS);
        } catch (NoriException.DiskFailure e) {
            fault(FileFault.of(current.table().table().path(), e));
        }
        if (more) {
            return;
        }
        bytesOfTables += reading.bytesRead();
        reading = null;
        if (faultsOfTable == 0) {
            sound.add(current);
        } else {
            current.table().table().close();
        }
        current = null;
    }

    @Override
    public void close() {
        if (levels != null) {
            levels.close();
        }
        if (current != null) {
            current.table().table().close();
        }
        sound.forEach(placed -> placed.table().table().close());
    }
}
