package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import norikv.sstable.Cursor;

/// Says where, between two keys, one output table ends and the next begins.
///
/// - Once a table is half as large as it should be, at the next good place: where a table of the
///   level below ends, where a column ends, or where a band does. A table that ends there overlaps
///   one table less when it goes down itself.
/// - At its size; where there are good places, half as much again.
/// - Where it overlaps [CompactionPolicy#GRANDPARENTS_MAX] tables of the level below.
///
/// **Threads.** Confined to one. **Source.** RocksDB's `compaction_outputs.cc`, and its blog of
/// 2022-10-31: aligned ends save 12 % of the bytes compacted.
final class OutputCuts {
    private final long tableBytes;
    private final long bytesMax;
    private final long bytesMin;
    private final boolean atBands;

    /// Keys at which a table had better end: before each.
    private final List<byte[]> places;

    /// What lies between each place and the one before, in bytes of the level below.
    private final long[] weights;

    private int next;
    private long overlapped;
    private int head = -1;

    private OutputCuts(
            long tableBytes,
            long bytesMin,
            long bytesMax,
            boolean atBands,
            List<byte[]> places,
            long[] weights) {
        this.tableBytes = tableBytes;
        this.atBands = atBands;
        this.bytesMin = bytesMin;
        this.bytesMax = bytesMax;
        this.places = places;
        this.weights = weights;
    }

    /// {@return the cuts of a compaction}
    ///
    /// @param grandparents the tables below the output level that the inputs overlap, by key
    /// @param columns the keys at which flushes are cut
    static OutputCuts ofCompaction(
            long tableBytes, List<LiveTable> grandparents, List<byte[]> columns) {
        List<Place> places = new ArrayList<>();
        for (LiveTable table : grandparents) {
            places.add(new Place(table.minKey(), table.bytes()));
        }
        for (byte[] key : columns) {
            places.add(new Place(key, 0));
        }
        places.sort((one, other) -> Arrays.compareUnsigned(one.key(), other.key()));
        long max = places.isEmpty() ? tableBytes : tableBytes + tableBytes / 2;
        return new OutputCuts(
                tableBytes,
                tableBytes / 2,
                max,
                true,
                places.stream().map(Place::key).toList(),
                places.stream().mapToLong(Place::bytes).toArray());
    }

    /// {@return the cuts of a flush: at the columns, but for tables that would be tiny}
    static OutputCuts ofFlush(long tableBytes, List<byte[]> columns) {
        return new OutputCuts(
                Long.MAX_VALUE / CompactionPolicy.GRANDPARENTS_MAX,
                tableBytes / FlushCuts.PARTS_OF_A_TABLE,
                tableBytes,
                false,
                columns,
                new long[columns.size()]);
    }

    private record Place(byte[] key, long bytes) {}

    /// {@return whether a table that has `bytes` by now is to end before the key that `entry`
    /// stands on} Asked once for each new key, in order.
    boolean isBefore(Cursor entry, long bytes) {
        boolean isGood = passesPlace(entry);
        int newHead = InternalKey.headOf(entry.keyPrefix());
        if (newHead != head) {
            isGood |= atBands && head >= 0;
            head = newHead;
        }
        boolean cuts =
                bytes >= bytesMax
                        || isGood && bytes >= bytesMin
                        || overlapped > CompactionPolicy.GRANDPARENTS_MAX * tableBytes;
        if (cuts) {
            overlapped = 0;
        }
        return cuts;
    }

    private boolean passesPlace(Cursor entry) {
        boolean passes = false;
        while (next < places.size() && isUpTo(places.get(next), entry)) {
            overlapped += weights[next];
            next++;
            passes = true;
        }
        return passes;
    }

    private static boolean isUpTo(byte[] place, Cursor entry) {
        return entry.keyRegion()
                        .compare(entry.keyOffset(), entry.keyLength(), place, 0, place.length)
                >= 0;
    }
}
