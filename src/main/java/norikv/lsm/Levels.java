package norikv.lsm;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// The tables, level by level, as they are between two edits of the manifest.
///
/// Level 0 holds what flushes wrote, newest first, overlapping at will: see [YoungTables]. In each
/// level below tables are sorted and no key is in two of them. Of one key, what a lower level holds
/// is older.
///
/// **Threads.** Immutable but for the count of references.
final class Levels {
    /// Levels 0 … 6.
    static final int COUNT = 7;

    static final Levels EMPTY = new Levels(emptyLevels(), new YoungTables(List.of()));

    private final LevelTables[] levels;

    /// Those of levels 1 … 6 that have tables.
    private final LevelTables[] filled;

    private final YoungTables young;
    private final AtomicInteger references = new AtomicInteger();

    private Levels(LevelTables[] levels, YoungTables young) {
        this.levels = levels;
        this.filled =
                Arrays.stream(levels, 1, COUNT)
                        .filter(level -> !level.tables().isEmpty())
                        .toArray(LevelTables[]::new);
        this.young = young;
    }

    /// A table and the level it is put in.
    record Placed(int level, LiveTable table) {}

    /// {@return these levels without the tables of the given numbers and with those `added`} What
    /// an untouched level knows of itself is shared.
    Levels with(Set<Long> removed, List<Placed> added) {
        var next = new LevelTables[COUNT];
        for (int level = 0; level < COUNT; level++) {
            int at = level;
            next[level] =
                    levels[level].with(
                            removed,
                            added.stream()
                                    .filter(placed -> placed.level() == at)
                                    .map(Placed::table)
                                    .toList());
        }
        boolean same = next[0] == levels[0];
        return new Levels(next, same ? young : new YoungTables(next[0].tables()));
    }

    List<LiveTable> level(int level) {
        return levels[level].tables();
    }

    /// {@return level 0, by who overlaps whom}
    YoungTables young() {
        return young;
    }

    /// {@return all tables, level by level}
    List<LiveTable> all() {
        return Arrays.stream(levels).flatMap(level -> level.tables().stream()).toList();
    }

    long bytes(int level) {
        return levels[level].bytes();
    }

    /// {@return where in `level`, 1 … 6, the first table is that ends at `key` or after it}
    int firstEndingFrom(int level, byte[] key, int offset, int length) {
        return levels[level].firstEndingFrom(key, offset, length);
    }

    /// {@return how many of the levels 1 … 6 have tables}
    int filledCount() {
        return filled.length;
    }

    /// {@return the table whose bounds hold `key` in the level that is the `nth`, from 0, of those
    /// that have tables; null if there is none}
    LiveTable holding(int nth, byte[] key, int length) {
        return filled[nth].holding(key, length);
    }

    /// {@return whether the bounds of `table` hold `key`}
    static boolean holds(LiveTable table, byte[] key, int length) {
        return compare(table.minKey(), key, 0, length) <= 0
                && compare(table.maxKey(), key, 0, length) >= 0;
    }

    /// {@return whether the bounds of `table` leave room for a key from `low` on and before `high`}
    static boolean overlaps(
            LiveTable table, byte[] low, int lowLength, byte[] high, int highLength) {
        return compare(table.maxKey(), low, 0, lowLength) >= 0
                && compare(table.minKey(), high, 0, highLength) < 0;
    }

    /// {@return the tables of `level`, 1 … 6, that may have a key within the bounds}
    List<LiveTable> overlapping(int level, byte[] min, byte[] max) {
        return levels[level].overlapping(min, max);
    }

    /// {@return what the tables of `level`, 1 … 6, weigh that may have a key within the bounds}
    long overlapBytes(int level, byte[] min, byte[] max) {
        return levels[level].overlapBytes(min, max);
    }

    void retain() {
        if (references.getAndIncrement() == 0) {
            for (LevelTables level : levels) {
                level.retain();
            }
        }
    }

    void release(Janitor janitor) {
        int left = references.decrementAndGet();
        assert left >= 0 : "released too often";
        if (left == 0) {
            for (LevelTables level : levels) {
                level.release(janitor);
            }
        }
    }

    static int compare(byte[] own, byte[] key, int offset, int length) {
        return Arrays.compareUnsigned(own, 0, own.length, key, offset, offset + length);
    }

    private static LevelTables[] emptyLevels() {
        var empty = new LevelTables[COUNT];
        for (int level = 0; level < COUNT; level++) {
            empty[level] = LevelTables.empty(level);
        }
        return empty;
    }
}
