package norikv.lsm;

import java.util.List;
import norikv.sstable.Hit;
import norikv.sstable.Table;

/// Looks for many keys at once, in their order: memtables, level 0 from its newest table on, then
/// each level below. What has its answer is left out of the next place.
///
/// Of each table the filter is asked for all keys before any block is looked at: the questions do
/// not wait for each other's memory. Blocks then come in order, and neighbours share them.
///
/// **Threads.** Any. Nothing is allocated.
final class MultiReads {
    private final PointReads points;

    MultiReads(PointReads points) {
        this.points = points;
    }

    /// Finds all keys of `keys`, which have their tablets. The caller is inside an epoch or holds
    /// the state, and has loaded the places.
    void find(ReadState state, MultiGet keys, Reach reach) {
        keys.sort();
        List<Memtable> memtables = state.memtables();
        for (int i = 0; i < memtables.size() && keys.left() > 0; i++) {
            lookInto(memtables.get(i), keys);
        }
        for (int at = 0; at < keys.left(); at++) {
            int i = keys.leftAt(at);
            keys.hash(i, Table.hash(keys.resultOf(i).key, 0, keys.length(i)));
        }
        List<LiveTable> young = state.levels().level(0);
        for (int i = 0; i < young.size() && keys.left() > 0; i++) {
            lookInto(young.get(i), 0, keys, reach);
            keys.compact();
        }
        for (int level = 1; level < Levels.COUNT && keys.left() > 0; level++) {
            lookIntoLevel(state.levels(), level, keys, reach);
        }
        for (int at = 0; at < keys.left(); at++) {
            keys.resultOf(keys.leftAt(at)).setAbsent();
        }
    }

    private static void lookInto(Memtable memtable, MultiGet keys) {
        for (int at = 0; at < keys.left(); at++) {
            int i = keys.leftAt(at);
            GetResult into = keys.resultOf(i);
            int node =
                    memtable.newest(
                            keys.prefix(i),
                            into.key,
                            keys.length(i),
                            keys.tablet(i),
                            into.applied.index);
            if (node != 0) {
                memtable.read(node, into);
                keys.found(at);
            }
        }
        keys.compact();
    }

    /// Keys and tables of a level are both in order: each table gets the keys up to its last.
    private void lookIntoLevel(Levels levels, int level, MultiGet keys, Reach reach) {
        List<LiveTable> tables = levels.level(level);
        int at = 0;
        while (at < keys.left()) {
            int i = keys.leftAt(at);
            int table =
                    levels.firstEndingFrom(level, keys.resultOf(i).key, 0, keys.length(i));
            if (table == tables.size()) {
                break;
            }
            at = lookInto(tables.get(table), at, keys, reach);
        }
        keys.compact();
    }

    /// Looks for the keys from place `from` on, up to the first beyond the table.
    ///
    /// @return where that is
    private int lookInto(LiveTable table, int from, MultiGet keys, Reach reach) {
        byte[] max = table.maxKey();
        int end = from;
        for (; end < keys.left(); end++) {
            int i = keys.leftAt(end);
            byte[] key = keys.resultOf(i).key;
            if (Levels.compare(max, key, 0, keys.length(i)) < 0) {
                break;
            }
            boolean isWithin = Levels.compare(table.minKey(), key, 0, keys.length(i)) <= 0;
            keys.passes(end, isWithin && points.passesFilter(table.table(), keys.hash(i)));
        }
        Hit hit = keys.resultOf(keys.leftAt(from)).hit;
        for (int at = from; at < end; at++) {
            if (keys.passes(at)) {
                int i = keys.leftAt(at);
                boolean ends =
                        !table.isDamagedAndOfOthers(keys.tablet(i))
                                && points.isInBlocks(
                                        table.table(),
                                        keys.hash(i),
                                        keys.tablet(i),
                                        keys.length(i),
                                        reach,
                                        hit,
                                        keys.resultOf(i));
                if (ends) {
                    keys.found(at);
                }
            }
        }
        return end;
    }
}
