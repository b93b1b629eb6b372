package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import norikv.disk.Disk;
import norikv.domain.NoriException;
import norikv.sstable.Cursor;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;
import norikv.sstable.TableOptions;
import norikv.sstable.TableWriter;
import norikv.work.FaultHandler;

/// The tables that one flush or compaction writes: one after the other, each about as large as
/// asked for, no key in two of them.
///
/// **Durability.** After [#finish()] bytes and names are durable; they count once the manifest says
/// so. **Errors.** [NoriException.DiskFailure]; whoever gets one calls [#abandon()]. **Threads.**
/// Confined to one.
final class TableOutputs {
    private final Place place;
    private final TableFacts.Reason reason;
    private final OutputCuts cuts;
    private final int level;

    /// Zero until the first table has a number.
    private long rank;

    private final List<LiveTable> finished = new ArrayList<>();

    /// Null between two tables.
    private TableWriter writer;

    private long number;
    private long entries;
    private long finishedBytes;

    /// Where and how tables are written.
    ///
    /// @param numbers gives a number that no file had before
    record Place(
            Disk disk,
            String directory,
            LongSupplier numbers,
            LsmOptions.Tables tables,
            FaultHandler faults) {
        String path(long number) {
            return directory + "/" + FileNames.table(number);
        }

        TableOptions options(int level) {
            return TableOptions.defaults()
                    .withBlockBytes(tables.blockBytes())
                    .withFilterBitsPerKey(tables.filterBitsPerKey())
                    .withCompression(level >= tables.compressedFrom());
        }
    }

    /// @param level which level the tables are for
    /// @param rank how new the tables are if level 0 gets them, or 0: that of the number of the
    ///     first
    TableOutputs(
            Place place, TableFacts.Reason reason, OutputCuts cuts, int level, long rank) {
        this.level = level;
        this.place = place;
        this.reason = reason;
        this.cuts = cuts;
        this.rank = rank;
    }

    /// Adds the entry that `entry` stands on.
    ///
    /// @param mayCut whether a new table may begin with it: never within one key
    void add(Cursor entry, boolean mayCut) {
        if (mayCut) {
            boolean cut = cuts.isBefore(entry, writer == null ? 0 : writer.estimatedBytes());
            if (cut && writer != null) {
                endTable();
            }
        }
        if (writer == null) {
            number = place.numbers().getAsLong();
            rank = rank == 0 ? number : rank;
            writer =
                    new TableWriter(
                            place.disk(),
                            place.path(number),
                            number,
                            reason,
                            place.options(level));
        }
        writer.add(entry);
        entries++;
    }

    /// {@return how many entries were added}
    long entries() {
        return entries;
    }

    /// {@return about how many bytes were written}
    long bytes() {
        return finishedBytes + (writer == null ? 0 : writer.estimatedBytes());
    }

    /// Ends the last table and makes the names durable.
    List<LiveTable> finish() {
        if (writer != null) {
            endTable();
        }
        if (!finished.isEmpty()) {
            forceNames();
        }
        return List.copyOf(finished);
    }

    /// A folder whose force failed cannot be forced again, and no new file could be relied on.
    private void forceNames() {
        try {
            place.disk().forceDirectory(place.directory());
        } catch (NoriException.DiskFailure e) {
            place.faults().fatal("lsm: force of " + place.directory(), e);
            throw e;
        }
    }

    /// Removes what was written. What cannot be removed is left to the next opening.
    void abandon() {
        try {
            if (writer != null) {
                writer.abandon();
                writer = null;
            }
            for (LiveTable table : finished) {
                table.table().close();
                place.disk().delete(table.table().path());
            }
        } catch (NoriException.DiskFailure e) {
            Lsm.LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "A half-written table stays. number=%d".formatted(number),
                    e);
        }
        finished.clear();
    }

    private void endTable() {
        TableWriter ending = writer;
        writer = null; // it removes its own file when it fails
        TableFacts facts = ending.finish();
        finishedBytes += facts.bytes();
        String path = place.path(number);
        boolean isRight = false;
        try {
            Table table = Table.open(place.disk(), path, number);
            finished.add(new LiveTable(table, rank));
            isRight = true;
            assert table.facts().equals(facts) : "what was written is not what is read back";
        } finally {
            if (!isRight) {
                place.disk().delete(path);
            }
        }
    }
}
