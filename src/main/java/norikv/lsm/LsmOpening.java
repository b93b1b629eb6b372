package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import norikv.disk.Disk;
import norikv.domain.NoriException;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;

/// Reads a folder, and changes nothing in it before all of it was found sound.
///
/// **Threads.** Confined to one.
final class LsmOpening {
    private final Disk disk;
    private final String directory;
    private final List<Levels.Placed> placed = new ArrayList<>();

    LsmOpening(Disk disk, String directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /// What a folder holds.
    ///
    /// @param nextFile a number that no file has or ever had
    record Opened(Manifest.Found found, Levels levels, long nextFile) {
        /// {@return the edits that an opening begins with}
        List<Edit> first() {
            ManifestState state = found.state();
            List<Edit> edits = new ArrayList<>(Tablets.forgetPending(state));
            for (LiveTable table : levels.all()) {
                boolean isFew = table.facts().tablets().size() <= Edit.Facts.TABLETS_MAX;
                if (isFew && state.facts(table.number()).isEmpty()) {
                    edits.add(new Edit.Facts(table.facts()));
                }
            }
            return edits;
        }
    }

    /// A table whose footer, index, filter or properties are damaged is in quarantine from here on:
    /// the manifest knows what it held, and whoever asks for that hears of the damage.
    ///
    /// **Errors.** [NoriException.Corruption] when the manifest is damaged, or tables are missing,
    /// are others, or do not fit it or each other; [NoriException.Refused] when a newer version
    /// wrote them.
    Opened run() {
        boolean sound = false;
        try {
            Manifest.Found found = Manifest.read(disk, directory);
            for (Edit.AddTable table : found.state().tables()) {
                LiveTable opened = open(table, found.state());
                placed.add(new Levels.Placed(table.level(), opened));
                if (found.state().isQuarantined(table.number())) {
                    opened.suspect(new NoriException.Corruption(opened + ": found damaged before"));
                }
            }
            Levels levels = Levels.EMPTY.with(Set.of(), placed);
            requireDisjoint(levels);
            long nextFile = found.state().nextFile();
            for (String name : disk.list(directory)) {
                nextFile = Math.max(nextFile, FileNames.tableNumber(name).orElse(0) + 1);
            }
            sound = true;
            return new Opened(found, levels, nextFile);
        } finally {
            if (!sound) {
                placed.forEach(p -> p.table().table().close());
            }
        }
    }

    private LiveTable open(Edit.AddTable expected, ManifestState state) {
        long rank = state.rank(expected.number());
        String path = directory + "/" + FileNames.table(expected.number());
        if (!disk.exists(path)) {
            throw new NoriException.Corruption(path + ": missing, though the manifest names it");
        }
        LiveTable table;
        try {
            table = new LiveTable(Table.open(disk, path, expected.number()), rank);
        } catch (NoriException.Corruption e) {
            TableFacts held = state.facts(expected.number()).orElseThrow(() -> e);
            if (isWholeButOfAnother(path, expected.number())) {
                throw e;
            }
            var damaged = new LiveTable(Table.damaged(disk, path, held, e), rank);
            damaged.suspect(e);
            return damaged;
        }
        TableFacts facts = table.facts();
        if (!ManifestState.isOf(expected, facts)) {
            table.table().close();
            throw new NoriException.Corruption(
                    "%s: the table of the manifest (%d bytes, %d entries), got another (%d, %d)"
                            .formatted(
                                    path,
                                    expected.bytes(),
                                    expected.entries(),
                                    facts.bytes(),
                                    facts.entries()));
        }
        return table;
    }

    /// {@return whether a sound table lies where another should} That no disk does: somebody took
    /// files from somewhere, and had better look at what else is wrong.
    private boolean isWholeButOfAnother(String path, long number) {
        try {
            long own = Table.numberOf(disk, path);
            if (own == number) {
                return false;
            }
            Table.open(disk, path, own).close();
            return true;
        } catch (NoriException.Corruption _) {
            return false;
        }
    }

    private static void requireDisjoint(Levels levels) {
        for (int level = 1; level < Levels.COUNT; level++) {
            List<LiveTable> tables = levels.level(level);
            for (int i = 1; i < tables.size(); i++) {
                LiveTable before = tables.get(i - 1);
                if (Arrays.compareUnsigned(before.maxKey(), tables.get(i).minKey()) >= 0) {
                    throw new NoriException.Corruption(
                            "%s: keys beyond those of %s in level %d, got an overlap"
                                    .formatted(tables.get(i), before, level));
                }
            }
        }
    }

    /// Removes the files of ours that the manifest does not name: left over from what did not
    /// become durable, or was not needed any more.
    static void removeOrphans(Disk disk, String directory, Manifest.Found found) {
        for (String name : disk.list(directory)) {
            OptionalLong table = FileNames.tableNumber(name);
            OptionalLong manifest = FileNames.manifestNumber(name);
            if (table.isPresent() && !found.state().hasTable(table.getAsLong())
                    || manifest.isPresent() && manifest.getAsLong() != found.number()
                    || name.equals(Manifest.CURRENT_TMP)) {
                disk.delete(directory + "/" + name);
            }
        }
    }
}
