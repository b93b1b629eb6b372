package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/// Level 0 as what it is for a reader: sub-levels, each a sorted run.
///
/// A table lies one above the highest older one that it overlaps, so a key is in at most one table
/// of each sub-level, and their number is how deep a read may have to look. Flushes are cut at the
/// same keys (see [FlushCuts]), so level 0 is columns of tables, and one column can go down to the
/// base level without the others.
///
/// **Threads.** Immutable. **Limits.** Made by comparing each table with the older ones: level 0
/// has some dozens. **Source.** Pebble's L0 sub-levels (`internal/manifest/l0_sublevels.go`).
final class YoungTables {
    /// Oldest first, and the sub-level of each, from 0.
    private final List<LiveTable> tables;

    private final int[] subLevels;
    private final int depth;

    YoungTables(List<LiveTable> newestFirst) {
        tables = newestFirst.reversed();
        subLevels = new int[tables.size()];
        int deepest = 0;
        for (int i = 0; i < subLevels.length; i++) {
            for (int older = 0; older < i; older++) {
                if (subLevels[older] >= subLevels[i] && overlap(tables.get(older), tables.get(i))) {
                    subLevels[i] = subLevels[older] + 1;
                }
            }
            deepest = Math.max(deepest, subLevels[i] + 1);
        }
        depth = deepest;
    }

    /// {@return how many sub-levels there are}
    int depth() {
        return depth;
    }

    /// {@return how many flushes, or merges within level 0, the tables are from}
    long runs() {
        return tables.stream().mapToLong(LiveTable::rank).distinct().count();
    }

    /// Tables that can go down together.
    ///
    /// @param depth how many of them lie above one another
    /// @param tables newest first
    record Column(int depth, List<LiveTable> tables) {}

    /// {@return the deepest column, of what is not `excluded`}
    ///
    /// With a table go all older ones that it overlaps, or an old version would lie above a newer
    /// one. A newer one joins if it is within the bounds: it would have to go the same way later.
    Column column(Predicate<LiveTable> excluded) {
        var best = new Column(0, List.of());
        boolean[] seen = new boolean[tables.size()];
        for (int seed = 0; seed < subLevels.length; seed++) {
            if (subLevels[seed] > 0 || seen[seed] || excluded.test(tables.get(seed))) {
                continue;
            }
            boolean[] taken = take(seed, excluded);
            List<LiveTable> column = new ArrayList<>();
            int deep = 0;
            for (int i = 0; i < taken.length; i++) {
                if (taken[i]) {
                    seen[i] = true;
                    column.add(tables.get(i));
                    deep = Math.max(deep, subLevels[i] + 1);
                }
            }
            if (deep > best.depth()) {
                best = new Column(deep, column.reversed());
            }
        }
        return best;
    }

    /// {@return all that can go down, of what is not `excluded`}
    Column all(Predicate<LiveTable> excluded) {
        boolean[] taken = new boolean[subLevels.length];
        List<LiveTable> all = new ArrayList<>();
        int deep = 0;
        for (int i = 0; i < taken.length; i++) {
            if (!excluded.test(tables.get(i)) && allOlderAreTaken(i, taken)) {
                taken[i] = true;
                all.add(tables.get(i));
                deep = Math.max(deep, subLevels[i] + 1);
            }
        }
        return new Column(deep, all.reversed());
    }

    /// Which tables go with `seed`, which has nothing older below it.
    ///
    /// In ascending age every table comes after the older ones it overlaps: it can be taken if all
    /// of those were, and leaves everything above it to wait if not.
    private boolean[] take(int seed, Predicate<LiveTable> excluded) {
        boolean[] taken = new boolean[subLevels.length];
        taken[seed] = true;
        byte[] min = tables.get(seed).minKey();
        byte[] max = tables.get(seed).maxKey();
        for (int i = 0; i < taken.length; i++) {
            LiveTable table = tables.get(i);
            boolean joins =
                    i != seed
                            && Arrays.compareUnsigned(table.minKey(), max) <= 0
                            && Arrays.compareUnsigned(table.maxKey(), min) >= 0
                            && !excluded.test(table)
                            && allOlderAreTaken(i, taken);
            if (joins) {
                taken[i] = true;
                min = lesser(min, table.minKey());
                max = greater(max, table.maxKey());
            }
        }
        return taken;
    }

    private boolean allOlderAreTaken(int table, boolean[] taken) {
        for (int older = 0; older < table; older++) {
            if (!taken[older] && overlap(tables.get(older), tables.get(table))) {
                return false;
            }
        }
        return true;
    }

    /// {@return a stack of tables, newest first, whose merge into one makes the deepest column less
    /// deep at the least cost a table; empty if there is none of `least` tables or more}
    ///
    /// Of the keys in its bounds it is a stretch without a gap in age, so what comes out is as new
    /// as the newest of it.
    List<LiveTable> stack(int least, long bytesMax, Predicate<LiveTable> excluded) {
        int top = -1;
        for (int i = 0; i < subLevels.length; i++) {
            if (!excluded.test(tables.get(i)) && (top < 0 || subLevels[i] >= subLevels[top])) {
                top = i;
            }
        }
        if (top < 0) {
            return List.of();
        }
        List<LiveTable> stack = new ArrayList<>(List.of(tables.get(top)));
        int best = 0;
        long bytes = tables.get(top).bytes();
        long bestCost = Long.MAX_VALUE;
        for (int i = top - 1; i >= 0; i--) {
            LiveTable table = tables.get(i);
            if (stack.stream().noneMatch(taken -> overlap(taken, table))) {
                continue;
            }
            bytes += table.bytes();
            if (excluded.test(table) || bytes > bytesMax || passesOver(i, top, stack)) {
                break;
            }
            stack.add(table);
            long cost = bytes / (stack.size() - 1);
            if (stack.size() >= least && cost <= bestCost) {
                bestCost = cost;
                best = stack.size();
            }
        }
        return List.copyOf(stack.subList(0, best));
    }

    /// Whether `table` would get above one that is newer, overlaps it and is not in the stack. One
    /// of the same flush as the top counts as well: what comes out has the rank of both.
    private boolean passesOver(int table, int top, List<LiveTable> stack) {
        long rank = tables.get(top).rank();
        for (int i = table + 1; i < tables.size() && tables.get(i).rank() <= rank; i++) {
            LiveTable other = tables.get(i);
            if (!stack.contains(other) && overlap(other, tables.get(table))) {
                return true;
            }
        }
        return false;
    }

    private static boolean overlap(LiveTable one, LiveTable other) {
        return Arrays.compareUnsigned(one.minKey(), other.maxKey()) <= 0
                && Arrays.compareUnsigned(other.minKey(), one.maxKey()) <= 0;
    }

    static byte[] lesser(byte[] one, byte[] other) {
        return Arrays.compareUnsigned(one, other) <= 0 ? one : other;
    }

    static byte[] greater(byte[] one, byte[] other) {
        return Arrays.compareUnsigned(one, other) >= 0 ? one : other;
    }
}
