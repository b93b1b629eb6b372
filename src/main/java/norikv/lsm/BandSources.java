package norikv.lsm;

import java.util.Arrays;
import java.util.List;
import norikv.sstable.Cursor;
import norikv.sstable.Reach;
import norikv.sstable.TableCursor;

/// The cursors that one band is merged from: one over each memtable, each young table that may have
/// something in range, and each level. Made once, attached to one state after the other.
///
/// **Threads.** Confined to one at a time.
final class BandSources {
    private static final int ROOM_INITIAL = 8;

    private MemtableCursor[] memtables = new MemtableCursor[0];
    private TableCursor[] youngTables = new TableCursor[0];
    private final LevelCursor[] levels = new LevelCursor[Levels.COUNT];
    private Cursor[] attached = new Cursor[ROOM_INITIAL];
    private int count;

    /// Has `into` merge what `state` holds of the band whose keys begin with `head`.
    ///
    /// @param low the least key of interest, in its first `lowLength` bytes
    /// @param high the least key that is not any more
    void attach(
            ReadState state,
            int head,
            byte[] low,
            int lowLength,
            byte[] high,
            int highLength,
            MergeCursor into) {
        count = 0;
        List<LiveTable> young = state.levels().level(0);
        makeRoom(state.memtables().size(), young.size());
        attachMemtables(state.memtables());
        if (!young.isEmpty()) {
            attachYoung(young, low, lowLength, high, highLength);
        }
        attachLevels(state.levels(), head);
        into.attach(attached, count);
    }

    /// Before anything is attached, so that what follows is the same each time.
    private void makeRoom(int memtableCount, int youngCount) {
        int needed = memtableCount + youngCount + Levels.COUNT;
        if (attached.length < needed) {
            attached = new Cursor[2 * needed];
        }
        int have = memtables.length;
        if (have < memtableCount) {
            memtables = Arrays.copyOf(memtables, memtableCount);
            Arrays.setAll(memtables, i -> i < have ? memtables[i] : new MemtableCursor());
        }
    }

    private void attachMemtables(List<Memtable> newest) {
        for (int i = 0; i < newest.size(); i++) {
            memtables[i].attach(newest.get(i));
            add(memtables[i]);
        }
    }

    private void attachYoung(
            List<LiveTable> young, byte[] low, int lowLength, byte[] high, int highLength) {
        int used = 0;
        for (int i = 0; i < young.size(); i++) {
            if (Levels.overlaps(young.get(i), low, lowLength, high, highLength)) {
                TableCursor cursor = youngCursor(used++);
                cursor.attach(young.get(i).table(), Reach.DISK);
                add(cursor);
            }
        }
    }

    private TableCursor youngCursor(int at) {
        if (at == youngTables.length) {
            youngTables = Arrays.copyOf(youngTables, at + 1);
            youngTables[at] = new TableCursor();
        }
        return youngTables[at];
    }

    private void attachLevels(Levels from, int head) {
        for (int level = 1; level < Levels.COUNT; level++) {
            if (!from.level(level).isEmpty()) {
                if (levels[level] == null) {
                    levels[level] = new LevelCursor();
                }
                levels[level].attach(from, level, head);
                add(levels[level]);
            }
        }
    }

    /// Mostly the cursor stands there from the last time. A store is checked against the class of
    /// the array, and where cursors of many classes are stored the compiler guesses wrong for long.
    private void add(Cursor cursor) {
        if (attached[count] != cursor) {
            attached[count] = cursor;
        }
        count++;
    }

    /// Lets go of the state.
    void detach() {
        for (int i = 0; i < count; i++) {
            attached[i].close();
        }
        count = 0;
    }
}
