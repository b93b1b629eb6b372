package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.Bytes;

/// The tables, level by level, as they are between two edits of the manifest.
///
/// Level 0 holds what flushes wrote, newest first, overlapping at will. In each level below tables
/// are sorted and no key is in two of them. Of one key, what a lower level holds is older.
///
/// **Threads.** Immutable but for the count of references.
final class Levels {
    /// Levels 0 … 6.
    static final int COUNT = 7;

    static final Levels EMPTY = new Levels(emptyLists());

    private final List<List<LiveTable>> levels;

    /// For each level below 0 the last key of each table: what binary search looks at.
    private final byte[][][] maxKeys = new byte[COUNT][][];

    private final long[] bytes = new long[COUNT];
    private final AtomicInteger references = new AtomicInteger();

    private Levels(List<List<LiveTable>> levels) {
        this.levels = levels;
        for (int level = 0; level < COUNT; level++) {
            List<LiveTable> tables = levels.get(level);
            maxKeys[level] = tables.stream().map(LiveTable::maxKey).toArray(byte[][]::new);
            bytes[level] = tables.stream().mapToLong(LiveTable::bytes).sum();
            tables.forEach(LiveTable::retain);
        }
    }

    /// A table and the level it is put in.
    record Placed(int level, LiveTable table) {}

    /// {@return these levels without the tables of the given numbers and with those `added`}
    Levels with(Set<Long> removed, List<Placed> added) {
        List<List<LiveTable>> next = new ArrayList<>();
        for (List<LiveTable> tables : levels) {
            next.add(
                    new ArrayList<>(
                            tables.stream().filter(t -> !removed.contains(t.number())).toList()));
        }
        added.forEach(placed -> next.get(placed.level()).add(placed.table()));
        next.getFirst().sort(Comparator.comparingLong(LiveTable::number).reversed());
        for (int level = 0; level < COUNT; level++) {
            if (level > 0) {
                next.get(level)
                        .sort(Comparator.comparing(LiveTable::minKey, Arrays::compareUnsigned));
            }
            next.set(level, List.copyOf(next.get(level)));
        }
        return new Levels(List.copyOf(next));
    }

    List<LiveTable> level(int level) {
        return levels.get(level);
    }

    /// {@return all tables, level by level}
    List<LiveTable> all() {
        return levels.stream().flatMap(List::stream).toList();
    }

    long bytes(int level) {
        return bytes[level];
    }

    /// {@return where in `level`, 1 … 6, the first table is that ends at `key` or after it}
    int firstEndingFrom(int level, byte[] key, int offset, int length) {
        byte[][] keys = maxKeys[level];
        int low = 0;
        int high = keys.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compare(keys[middle], key, offset, length) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// {@return the table of `level`, 1 … 6, whose bounds hold `key`, or null}
    LiveTable holding(int level, byte[] key, int length) {
        int at = firstEndingFrom(level, key, 0, length);
        List<LiveTable> tables = levels.get(level);
        if (at == tables.size() || compare(tables.get(at).minKey(), key, 0, length) > 0) {
            return null;
        }
        return tables.get(at);
    }

    /// {@return whether the bounds of `table` hold `key`}
    static boolean holds(LiveTable table, byte[] key, int length) {
        return compare(table.minKey(), key, 0, length) <= 0
                && compare(table.maxKey(), key, 0, length) >= 0;
    }

    /// {@return the tables of `level`, 1 … 6, that may have a key within the bounds}
    List<LiveTable> overlapping(int level, Bytes min, Bytes max) {
        int from = firstEndingFrom(level, min.array(), min.offset(), min.length());
        List<LiveTable> tables = levels.get(level);
        int to = from;
        while (to < tables.size() && tables.get(to).facts().minKey().compareTo(max) <= 0) {
            to++;
        }
        return tables.subList(from, to);
    }

    void retain() {
        references.getAndIncrement();
    }

    void release(Janitor janitor) {
        int left = references.decrementAndGet();
        assert left >= 0 : "released too often";
        if (left == 0) {
            for (List<LiveTable> tables : levels) {
                for (LiveTable table : tables) {
                    if (table.release()) {
                        janitor.retire(table);
                    }
                }
            }
        }
    }

    private static int compare(byte[] own, byte[] key, int offset, int length) {
        return Arrays.compareUnsigned(own, 0, own.length, key, offset, offset + length);
    }

    private static List<List<LiveTable>> emptyLists() {
        return Collections.nCopies(COUNT, List.of());
    }
}
