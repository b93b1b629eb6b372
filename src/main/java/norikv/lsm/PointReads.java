package norikv.lsm;

import java.util.List;
import norikv.sstable.Answer;
import norikv.sstable.Cursor;
import norikv.sstable.Hit;
import norikv.sstable.Table;

/// Looks for one key, newest place first: memtables, level 0 from its newest table on, then the one
/// table of each level below whose bounds hold the key. The first version at or below the applied
/// place is the answer.
///
/// **Threads.** Any. Nothing is allocated.
final class PointReads {
    private final LsmMeters meters;

    PointReads(LsmMeters meters) {
        this.meters = meters;
    }

    /// Finds the key in the first `length` bytes of `into.key`. The caller is inside an epoch or
    /// holds the state, and has loaded `into.applied`.
    void find(ReadState state, int tablet, int length, Reach reach, GetResult into) {
        if (!isInMemtables(state.memtables(), tablet, length, into)
                && !isInLevels(state.levels(), tablet, length, reach, into)) {
            into.setAbsent();
        }
    }

    private static boolean isInMemtables(
            List<Memtable> memtables, int tablet, int length, GetResult into) {
        long prefix = InternalKey.prefixOf(into.key, 0, length);
        for (int i = 0; i < memtables.size(); i++) {
            Memtable memtable = memtables.get(i);
            int node = memtable.newest(prefix, into.key, length, tablet, into.applied.index);
            if (node != 0) {
                memtable.read(node, into);
                return true;
            }
        }
        return false;
    }

    private boolean isInLevels(
            Levels levels, int tablet, int length, Reach reach, GetResult into) {
        long hash = Table.hash(into.key, 0, length);
        List<LiveTable> young = levels.level(0);
        for (int i = 0; i < young.size(); i++) {
            LiveTable table = young.get(i);
            if (Levels.holds(table, into.key, length)
                    && isIn(table, hash, tablet, length, reach, into)) {
                return true;
            }
        }
        for (int nth = 0; nth < levels.filledCount(); nth++) {
            LiveTable table = levels.holding(nth, into.key, length);
            if (table != null && isIn(table, hash, tablet, length, reach, into)) {
                return true;
            }
        }
        return false;
    }

    /// {@return whether the search ends here: with the entry, or because only the disk knows}
    private boolean isIn(
            LiveTable table, long hash, int tablet, int length, Reach reach, GetResult into) {
        return passesFilter(table.table(), hash)
                && !table.isDamagedAndOfOthers(tablet)
                && isInBlocks(table.table(), hash, tablet, length, reach, into.hit, into);
    }

    boolean passesFilter(Table table, long hash) {
        boolean passes = table.mayContain(hash);
        if (!passes) {
            meters.filterNegatives().increment();
        }
        return passes;
    }

    /// As [#isIn], for a key that the filter lets pass.
    ///
    /// @param hit what is found goes through this; who looks for neighbours passes the same
    boolean isInBlocks(
            Table table,
            long hash,
            int tablet,
            int length,
            Reach reach,
            Hit hit,
            GetResult into) {
        Answer answer =
                table.get(
                        into.key,
                        0,
                        length,
                        hash,
                        tablet,
                        into.applied.index,
                        reach.ofTables(),
                        hit);
        switch (answer) {
            case FOUND -> {
                meters.filterPositives().increment();
                take(hit, into);
            }
            case COLD -> into.setCold();
            case MISSING -> {
                meters.filterFalsePositives().increment();
                return false;
            }
        }
        return true;
    }

    private static void take(Hit hit, GetResult into) {
        if (hit.kind() == Cursor.KIND_DELETE) {
            into.setAbsent();
            return;
        }
        into.setFound(hit.index(), hit.term(), hit.expiresAtMillis());
        hit.copyValue(into.valueOf(hit.valueLength()), 0);
    }
}
