package norikv.lsm;

import java.util.ArrayList;
import java.util.List;

/// The keys at which flushes are cut, so that level 0 is made of columns that go down one by one: a
/// column's merge reads and writes an eighth of the base level, and not all of it at once.
///
/// They part the largest level evenly, and stay as they are until that has doubled: columns are
/// only columns if flush after flush has the same.
///
/// **Threads.** The flush loop's; others may read [#keys()]. **Source.** Pebble's flush split keys
/// (`internal/manifest/l0_sublevels.go`), kept longer.
final class FlushCuts {
    /// The most columns.
    static final int COLUMNS_MAX = 8;

    /// A table of a flush is to have a part of a whole table at least: many tiny files cost more
    /// than they save.
    static final int PARTS_OF_A_TABLE = 16;

    private final LsmOptions options;
    private volatile List<byte[]> keys = List.of();
    private long madeForBytes;

    FlushCuts(LsmOptions options) {
        this.options = options;
    }

    /// {@return where columns begin, but for the first, ascending}
    List<byte[]> keys() {
        return keys;
    }

    /// Looks whether the columns still fit.
    void look(Levels levels) {
        int largest = 1;
        for (int level = 2; level < Levels.COUNT; level++) {
            largest = levels.bytes(level) > levels.bytes(largest) ? level : largest;
        }
        long bytes = levels.bytes(largest);
        if (bytes >= 2 * madeForBytes && bytes > 0) {
            madeForBytes = bytes;
            keys = parts(levels.level(largest), bytes, columns(bytes));
        }
    }

    private long columns(long bytes) {
        long tableBytes = options.tables().tableBytes();
        long ofMemtable = options.memory().memtableBytes() * PARTS_OF_A_TABLE / tableBytes;
        long wanted = Math.min(bytes / (2 * tableBytes), ofMemtable / 2);
        return Math.clamp(wanted, 1, COLUMNS_MAX);
    }

    private static List<byte[]> parts(List<LiveTable> tables, long bytes, long columns) {
        List<byte[]> keys = new ArrayList<>();
        long before = 0;
        for (LiveTable table : tables) {
            if (before >= bytes * (keys.size() + 1) / columns && keys.size() + 1 < columns) {
                keys.add(table.minKey());
            }
            before += table.bytes();
        }
        return List.copyOf(keys);
    }
}
