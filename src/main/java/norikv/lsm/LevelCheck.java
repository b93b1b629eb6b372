package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import norikv.disk.FileFault;
import norikv.sstable.Cursor;
import norikv.sstable.Reach;
import norikv.sstable.TableCursor;

/// Reads all tables of all levels side by side and tells where they do not stand as they must.
///
/// - Below level 0, tables are sorted, and no key is in two of a level.
/// - Of one key and tablet, what is in an older place has a smaller index.
///
/// **Limits.** Memory: a block a source; sources as many as level 0 has tables, and a few.
/// **Threads.** Confined to one; the tables may not be closed meanwhile.
final class LevelCheck implements AutoCloseable {
    private final Consumer<FileFault> faults;
    private final Map<Integer, Long> durable;
    private final List<Source> sources = new ArrayList<>();

    /// The entry that was met last; its key, grown as needed.
    private byte[] key = new byte[64];

    private int keyLength = -1;
    private int tablet;
    private long index;
    private int source;

    /// @param durable how far each live tablet is in tables, by number: nothing may be beyond
    LevelCheck(Levels levels, Map<Integer, Long> durable, Consumer<FileFault> faults) {
        this.durable = durable;
        this.faults = faults;
        levels.level(0).forEach(table -> sources.add(new Source(List.of(table))));
        for (int level = 1; level < Levels.COUNT; level++) {
            checkBounds(levels.level(level), level);
            sources.add(new Source(levels.level(level)));
        }
    }

    /// Tables that are walked one after the other.
    private static final class Source {
        private final TableCursor within = new TableCursor();
        private final List<LiveTable> tables;
        private int at = -1;

        Source(List<LiveTable> tables) {
            this.tables = tables;
            enter();
        }

        Cursor entry() {
            return within;
        }

        boolean isValid() {
            return at < tables.size();
        }

        void next() {
            within.next();
            if (!within.isValid()) {
                enter();
            }
        }

        String path() {
            return tables.get(Math.min(at, tables.size() - 1)).table().path();
        }

        private void enter() {
            at++;
            if (isValid()) {
                within.attach(tables.get(at).table(), Reach.DISK);
                within.seekToFirst();
            }
        }
    }

    /// Checks everything at once.
    static void run(Levels levels, Consumer<FileFault> faults) {
        try (var check = new LevelCheck(levels, Map.of(), faults)) {
            while (check.step(Integer.MAX_VALUE)) {
                // until the end
            }
        }
    }

    private void checkBounds(List<LiveTable> tables, int level) {
        for (int i = 1; i < tables.size(); i++) {
            LiveTable before = tables.get(i - 1);
            LiveTable next = tables.get(i);
            if (Arrays.compareUnsigned(before.maxKey(), next.minKey()) >= 0) {
                faults.accept(
                        FileFault.at(
                                next.table().path(),
                                0,
                                "keys beyond those of %s in level %d, got an overlap"
                                        .formatted(before.table().path(), level)));
            }
        }
    }

    /// Goes through `entries` entries more at most.
    ///
    /// @return whether there are more
    boolean step(int entries) {
        for (int i = 0; i < entries; i++) {
            int next = least();
            if (next < 0) {
                return false;
            }
            meet(sources.get(next).entry(), next);
            sources.get(next).next();
        }
        return true;
    }

    private int least() {
        int least = -1;
        for (int i = 0; i < sources.size(); i++) {
            if (sources.get(i).isValid()
                    && (least < 0 || compare(entry(i), entry(least)) < 0)) {
                least = i;
            }
        }
        return least;
    }

    private Cursor entry(int from) {
        return sources.get(from).entry();
    }

    private static int compare(Cursor one, Cursor other) {
        int order =
                one.keyRegion()
                        .compare(
                                one.keyOffset(),
                                one.keyLength(),
                                other.keyRegion(),
                                other.keyOffset(),
                                other.keyLength());
        if (order == 0) {
            order = Integer.compareUnsigned(one.tablet(), other.tablet());
        }
        return order != 0 ? order : Long.compare(other.trailer() >>> 8, one.trailer() >>> 8);
    }

    /// Entries of one key and tablet come with the greatest index first, so the places may only get
    /// older; one index is in one place.
    private void meet(Cursor entry, int from) {
        long ownIndex = entry.trailer() >>> 8;
        boolean same = entry.tablet() == tablet && isSameKey(entry);
        if (same && (from < source || ownIndex == index && from != source)) {
            faults.accept(
                    FileFault.at(
                            sources.get(from).path(),
                            0,
                            "the greater indexes of a key in newer places, got %d beside %d in %s"
                                    .formatted(ownIndex, index, sources.get(source).path())));
        }
        Long last = durable.get(entry.tablet());
        if (last != null && ownIndex > last) {
            faults.accept(
                    FileFault.at(
                            sources.get(from).path(),
                            0,
                            "entries of tablet %d up to index %d, as the manifest says, got %d"
                                    .formatted(entry.tablet(), last, ownIndex)));
        }
        if (!same) {
            keyLength = entry.keyLength();
            if (key.length < keyLength) {
                key = new byte[2 * keyLength];
            }
            entry.keyRegion().copyTo(entry.keyOffset(), key, 0, keyLength);
            tablet = entry.tablet();
        }
        index = ownIndex;
        source = from;
    }

    private boolean isSameKey(Cursor entry) {
        return entry.keyLength() == keyLength
                && entry.keyRegion().compare(entry.keyOffset(), keyLength, key, 0, keyLength) == 0;
    }

    @Override
    public void close() {
        sources.forEach(source -> source.within.close());
    }
}
