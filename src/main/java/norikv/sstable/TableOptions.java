package norikv.sstable;

import norikv.domain.NoriException;

/// How a table is written. A reader needs none of this: a table describes itself.
///
/// @param blockBytes how large a data block is meant to get; an entry that is larger gets a block
///     of its own; 1 to [#BLOCK_BYTES_MAX]
/// @param filterBitsPerKey bits of filter a key, 0 for no filter; at most [#FILTER_BITS_MAX]
/// @param rootIndexBytesMax how large the index may get before it is cut into leaves
/// @param leafIndexBytes how large a leaf of a cut index is meant to get
/// @param compressed whether blocks are compressed where that saves an eighth of them: less to
///     read from the disk and to keep there, and more work a read
public record TableOptions(
        int blockBytes,
        int filterBitsPerKey,
        int rootIndexBytesMax,
        int leafIndexBytes,
        boolean compressed) {
    /// The largest target for a data block: with it an offset inside still fits 16 bits.
    public static final int BLOCK_BYTES_MAX = 32 << 10;

    /// The most bits of filter a key; more would not make it sharper.
    public static final int FILTER_BITS_MAX = 20;

    /// Refuses what is outside of the limits.
    public TableOptions {
        check("blockBytes", blockBytes, 1, BLOCK_BYTES_MAX);
        check("filterBitsPerKey", filterBitsPerKey, 0, FILTER_BITS_MAX);
        check("rootIndexBytesMax", rootIndexBytesMax, 0, 1 << 20);
        check("leafIndexBytes", leafIndexBytes, 1, 1 << 20);
    }

    /// {@return blocks of 4 KiB, 10 bits of filter a key, leaves of 8 KiB from 128 KiB on,
    /// nothing compressed}
    public static TableOptions defaults() {
        return new TableOptions(4 << 10, 10, 128 << 10, 8 << 10, false);
    }

    public TableOptions withBlockBytes(int bytes) {
        return new TableOptions(
                bytes, filterBitsPerKey, rootIndexBytesMax, leafIndexBytes, compressed);
    }

    public TableOptions withFilterBitsPerKey(int bits) {
        return new TableOptions(
                blockBytes, bits, rootIndexBytesMax, leafIndexBytes, compressed);
    }

    public TableOptions withRootIndexBytesMax(int bytes) {
        return new TableOptions(blockBytes, filterBitsPerKey, bytes, leafIndexBytes, compressed);
    }

    public TableOptions withLeafIndexBytes(int bytes) {
        return new TableOptions(
                blockBytes, filterBitsPerKey, rootIndexBytesMax, bytes, compressed);
    }

    public TableOptions withCompression(boolean wanted) {
        return new TableOptions(
                blockBytes, filterBitsPerKey, rootIndexBytesMax, leafIndexBytes, wanted);
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw NoriException.invalid("%s: %d to %d, got %d".formatted(name, min, max, value));
        }
    }
}
