package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// The tables of one level and what is looked up among them. Levels that an edit does not touch are
/// shared by the old and the new [Levels].
///
/// Of level 0 the order is newest first; of the others that of their keys, and no key is in two.
/// Sizes are kept as sums up to each table, so what a stretch of tables weighs is one subtraction.
///
/// **Threads.** Immutable but for the count of references.
final class LevelTables {
    /// Of one rank the lower number is newer: what a merge within level 0 wrote has the rank of its
    /// newest input, and besides that older entries, over which others of the rank may lie.
    private static final Comparator<LiveTable> NEWEST_FIRST =
            Comparator.comparingLong(LiveTable::rank)
                    .reversed()
                    .thenComparingLong(LiveTable::number);

    private static final Comparator<LiveTable> BY_KEY =
            Comparator.comparing(LiveTable::minKey, Arrays::compareUnsigned);

    private final boolean young;
    private final List<LiveTable> tables;

    /// The same tables: an access to a list is a call.
    private final LiveTable[] inOrder;

    /// What is looked up; of level 0 it means nothing.
    private final LevelBounds bounds;

    /// What the tables before each weigh, and at the end what all do.
    private final long[] bytesBefore;

    private final AtomicInteger references = new AtomicInteger();

    private LevelTables(boolean young, List<LiveTable> tables, long bytes) {
        this.young = young;
        this.tables = tables;
        int count = tables.size();
        inOrder = tables.toArray(LiveTable[]::new);
        bounds =
                new LevelBounds(
                        tables.stream().map(LiveTable::minKey).toArray(byte[][]::new),
                        tables.stream().map(LiveTable::maxKey).toArray(byte[][]::new));
        bytesBefore = new long[count + 1];
        for (int i = 0; i < count; i++) {
            bytesBefore[i + 1] = bytesBefore[i] + tables.get(i).bytes();
        }
        assert bytesBefore[count] == bytes
                : "a level of %d bytes, as kept %d".formatted(bytesBefore[count], bytes);
    }

    /// {@return level `level` without a table}
    static LevelTables empty(int level) {
        return new LevelTables(level == 0, List.of(), 0);
    }

    /// {@return this level without the tables of the given numbers and with those `added`; this
    /// itself if that changes nothing}
    LevelTables with(Set<Long> removed, List<LiveTable> added) {
        List<LiveTable> next = new ArrayList<>(tables.size() + added.size());
        long bytes = bytes();
        for (LiveTable table : tables) {
            if (removed.contains(table.number())) {
                bytes -= table.bytes();
            } else {
                next.add(table);
            }
        }
        if (added.isEmpty() && next.size() == tables.size()) {
            return this;
        }
        for (LiveTable table : added) {
            next.add(table);
            bytes += table.bytes();
        }
        next.sort(young ? NEWEST_FIRST : BY_KEY);
        return new LevelTables(young, List.copyOf(next), bytes);
    }

    List<LiveTable> tables() {
        return tables;
    }

    long bytes() {
        return bytesBefore[tables.size()];
    }

    /// {@return where the first table is that ends at `key` or after it; not for level 0}
    int firstEndingFrom(byte[] key, int offset, int length) {
        assert !young : "level 0 is in no order of keys";
        return bounds.firstEndingFrom(key, offset, length);
    }

    /// {@return the table whose bounds hold `key`, or null; not for level 0}
    LiveTable holding(byte[] key, int length) {
        assert !young : "level 0 is in no order of keys";
        int at = bounds.holding(key, length);
        return at < 0 ? null : inOrder[at];
    }

    /// {@return where the first table is, from `from` on, that begins after `key`}
    int firstBeginningAfter(int from, byte[] key) {
        int low = from;
        int high = tables.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (Arrays.compareUnsigned(tables.get(middle).minKey(), key) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// {@return the tables that may have a key within the bounds; not for level 0}
    List<LiveTable> overlapping(byte[] min, byte[] max) {
        int from = firstEndingFrom(min, 0, min.length);
        return tables.subList(from, firstBeginningAfter(from, max));
    }

    /// {@return what those tables weigh}
    long overlapBytes(byte[] min, byte[] max) {
        int from = firstEndingFrom(min, 0, min.length);
        return bytesBefore[firstBeginningAfter(from, max)] - bytesBefore[from];
    }

    void retain() {
        if (references.getAndIncrement() == 0) {
            tables.forEach(LiveTable::retain);
        }
    }

    void release(Janitor janitor) {
        int left = references.decrementAndGet();
        assert left >= 0 : "released too often";
        if (left == 0) {
            for (LiveTable table : tables) {
                if (table.release()) {
                    janitor.retire(table);
                }
            }
        }
    }
}
