package norikv.sstable;

import java.util.Arrays;
import norikv.bytes.ByteWriter;

/// Gathers a separator for each data block of a table, then writes [IndexBlock]s: one if that is
/// small enough, else leaves and a root over them.
///
/// **Limits.** All separators of one table, mostly some 30 bytes a data block. **Threads.**
/// Confined to one.
final class IndexBuilder {
    private final ByteWriter keys = new ByteWriter(4 << 10);
    private int[] keyAt = new int[256];
    private int[] placeTablet = new int[0];
    private long[] placeTrailer = new long[0];
    private int[] placeOf = new int[256];
    private int places;
    private int[] blockAt = new int[256];
    private int count;

    int count() {
        return count;
    }

    /// {@return about how large the index gets}
    long bytes() {
        return 32 + 20L * count + keys.length();
    }

    /// Takes the block that begins at `offset` of the file and ends at `separator`.
    void add(int offset, Separator separator) {
        if (count + 2 > keyAt.length) {
            keyAt = Arrays.copyOf(keyAt, 2 * keyAt.length);
            placeOf = Arrays.copyOf(placeOf, keyAt.length);
            blockAt = Arrays.copyOf(blockAt, keyAt.length);
        }
        blockAt[count] = offset;
        keyAt[count] = keys.length();
        placeOf[count] = -1;
        if (separator.withPlace()) {
            placeOf[count] = addPlace(separator);
        }
        keys.bytes(separator.key());
        count++;
        keyAt[count] = keys.length();
    }

    private int addPlace(Separator separator) {
        if (places == placeTablet.length) {
            placeTablet = Arrays.copyOf(placeTablet, Math.max(16, 2 * places));
            placeTrailer = Arrays.copyOf(placeTrailer, placeTablet.length);
        }
        placeTablet[places] = separator.tablet();
        placeTrailer[places] = separator.trailer();
        return places++;
    }

    /// {@return where the leaves begin, in separators, then the count: with leaves of `leafBytes`,
    /// if the index takes more than `rootBytesMax` in one block; else nothing}
    int[] leaves(int rootBytesMax, int leafBytes) {
        if (size(0, count, common(0, count)) <= rootBytesMax) {
            return new int[0];
        }
        int[] starts = new int[16];
        int leaves = 0;
        int from = 0;
        for (int to = 1; to <= count; to++) {
            if (to == count || size(from, to + 1, common(from, to + 1)) > leafBytes) {
                if (leaves + 2 > starts.length) {
                    starts = Arrays.copyOf(starts, 2 * starts.length);
                }
                starts[leaves++] = from;
                from = to;
            }
        }
        starts[leaves] = count;
        return Arrays.copyOf(starts, leaves + 1);
    }

    /// Writes the block over separators `from` … `to` − 1, sealed for `offset`; `dataEnd` is where
    /// the last data block of the table ends.
    void writeLeaf(ByteWriter out, int from, int to, int dataEnd, long fileNumber, long offset) {
        int[] picks = new int[to - from];
        int[] children = new int[to - from + 1];
        for (int i = from; i < to; i++) {
            picks[i - from] = i;
            children[i - from] = blockAt[i];
        }
        children[to - from] = to == count ? dataEnd : blockAt[to];
        write(out, picks, from, children, fileNumber, offset);
    }

    /// Writes the root over leaves that begin at `starts` in separators and at `leafAt` in the
    /// file, the end of the last one included, sealed for `offset`.
    void writeRoot(ByteWriter out, int[] starts, int[] leafAt, long fileNumber, long offset) {
        int[] picks = new int[starts.length - 1];
        for (int i = 0; i < picks.length; i++) {
            picks[i] = starts[i + 1] - 1;
        }
        write(out, picks, 0, leafAt, fileNumber, offset);
    }

    private void write(
            ByteWriter out, int[] picks, int first, int[] children, long fileNumber, long offset) {
        int start = out.length();
        int n = picks.length;
        int prefix = common(picks[0], picks[n - 1] + 1);
        out.i32(n).i32(first).u16(prefix).zeros(6);
        for (int pick : picks) {
            out.i64(Keys.prefix(keys.array(), keyAt[pick] + prefix, keyAt[pick + 1]));
        }
        for (int child : children) {
            out.i32(child);
        }
        int rest = IndexBlock.NUMBERS_AT + n * 8 + (n + 1) * 8 + prefix;
        for (int pick : picks) {
            out.i32(rest | (placeOf[pick] < 0 ? 0 : IndexBlock.WITH_PLACE));
            rest += keyAt[pick + 1] - keyAt[pick] - prefix;
            rest += placeOf[pick] < 0 ? 0 : IndexBlock.PLACE_BYTES;
        }
        out.i32(rest);
        out.bytes(keys.array(), keyAt[picks[0]], prefix);
        for (int pick : picks) {
            int at = keyAt[pick] + prefix;
            out.bytes(keys.array(), at, keyAt[pick + 1] - at);
            if (placeOf[pick] >= 0) {
                out.i32(placeTablet[placeOf[pick]]).i64(placeTrailer[placeOf[pick]]);
            }
        }
        assert out.length() - start == rest : "rests end where the block does";
        BlockTrailer.seal(out, start, BlockTrailer.INDEX, fileNumber, offset);
    }

    private long size(int from, int to, int prefix) {
        int n = to - from;
        return 40L + 16L * n + keyAt[to] - keyAt[from] - (long) (n - 1) * prefix;
    }

    /// {@return what separators `from` … `to` − 1 have in common, which is what the first and the
    /// last have}
    private int common(int from, int to) {
        int firstLength = keyAt[from + 1] - keyAt[from];
        int lastLength = keyAt[to] - keyAt[to - 1];
        return Keys.common(
                keys.array(), keyAt[from], firstLength, keys.array(), keyAt[to - 1], lastLength);
    }
}
