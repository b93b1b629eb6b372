package norikv.sstable;

import norikv.bytes.Bytes;
import norikv.bytes.Region;

/// Reads index blocks, the root and the leaves alike, in the private memory of an open table.
///
/// A **separator** stands between two blocks: it is at or after the last entry of the one and
/// before the first entry of the other. Mostly it is a key, as short as it can be, that stands for
/// the place after all entries of that key. Where one key's entries fill more than a block it is a
/// key with a tablet and a trailer: the place of the last entry itself.
///
/// ```
///  0  u32 n          separators, 1 or more
///  4  u32 first      number, in the table, of the data block that separator 0 ends
///  8  u16 p          length of what all separators begin with
/// 10  u8[6] 0
/// 16  u64[n]         the eight bytes of each separator from byte p on, zero-padded, as a number
///     u32[n+1]       where the blocks begin in the file that the separators end, then the last end
///     u32[n+1]       where each separator's rest begins in this block, then the last end;
///                    bit 31: the rest ends with u32 tablet | u64 trailer
///     u8[p]          what all separators begin with
///     rests          of the separators, from byte p on
///  T  u8[8]          BlockTrailer
/// ```
///
/// A search compares numbers that lie together and looks at the bytes of a separator only where
/// numbers are equal. **Source.** `wire/files.md`, tables.
final class IndexBlock {
    static final int NUMBERS_AT = 16;
    static final int PLACE_BYTES = 12;
    static final int WITH_PLACE = 1 << 31;

    private static final int FIRST_AT = 4;
    private static final int PREFIX_LENGTH_AT = 8;

    private IndexBlock() {}

    static int count(Region region, int block) {
        return region.getInt(block);
    }

    static int first(Region region, int block) {
        return region.getInt(block + FIRST_AT);
    }

    static int prefixLength(Region region, int block) {
        return region.getU16(block + PREFIX_LENGTH_AT);
    }

    /// {@return where the block that separator `slot` ends begins in the file; for `slot` = count,
    /// where the last one ends}
    static int childAt(Region region, int block, int slot) {
        int count = count(region, block);
        return region.getInt(block + NUMBERS_AT + count * Long.BYTES + slot * Integer.BYTES);
    }

    private static int restsAt(int block, int count) {
        return block + NUMBERS_AT + count * Long.BYTES + (count + 1) * Integer.BYTES;
    }

    static int prefixAt(int block, int count) {
        return restsAt(block, count) + (count + 1) * Integer.BYTES;
    }

    static int rest(Region region, int block, int count, int slot) {
        return region.getInt(restsAt(block, count) + slot * Integer.BYTES);
    }

    /// {@return the first separator that is not before the given place; count if all are}
    static int search(
            Region region,
            int block,
            byte[] key,
            int offset,
            int length,
            int tablet,
            long trailer) {
        int count = count(region, block);
        int prefixLength = prefixLength(region, block);
        if (prefixLength > 0) {
            int order =
                    region.compare(
                            prefixAt(block, count),
                            prefixLength,
                            key,
                            offset,
                            Math.min(prefixLength, length));
            if (order != 0) {
                return order > 0 ? 0 : count;
            }
        }
        int numbers = block + NUMBERS_AT;
        long wanted = Keys.prefix(key, offset + prefixLength, offset + length);
        int low = lowerBound(region, numbers, 0, count, wanted);
        if (low == count || region.getLong(numbers + low * Long.BYTES) != wanted) {
            return low;
        }
        int high = wanted == -1 ? count : lowerBound(region, numbers, low, count, wanted + 1);
        while (low < high) {
            int middle = low + high >>> 1;
            if (isBefore(region, block, count, middle, key, offset, length, tablet, trailer)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static int lowerBound(Region region, int numbers, int from, int to, long wanted) {
        long flipped = wanted ^ Long.MIN_VALUE;
        int low = from;
        int length = to - from;
        while (length > 0) {
            int half = length >>> 1;
            long number = region.getLong(numbers + (low + half) * Long.BYTES);
            boolean less = (number ^ Long.MIN_VALUE) < flipped;
            low = less ? low + half + 1 : low;
            length = less ? length - half - 1 : half;
        }
        return low;
    }

    private static boolean isBefore(
            Region region,
            int block,
            int count,
            int slot,
            byte[] key,
            int offset,
            int length,
            int tablet,
            long trailer) {
        int rest = rest(region, block, count, slot);
        int at = block + (rest & ~WITH_PLACE);
        int end = block + (rest(region, block, count, slot + 1) & ~WITH_PLACE);
        boolean withPlace = (rest & WITH_PLACE) != 0;
        if (withPlace) {
            end -= PLACE_BYTES;
        }
        int prefixLength = prefixLength(region, block);
        int order =
                region.compare(at, end - at, key, offset + prefixLength, length - prefixLength);
        if (order != 0 || !withPlace) {
            // A key alone stands after all of its entries.
            return order < 0;
        }
        return EntryImage.comparePlaces(
                        region.getInt(end), region.getLong(end + Integer.BYTES), tablet, trailer)
                < 0;
    }

    /// {@return separator `slot` of a block that was checked}
    static Separator separator(Region region, int block, int slot) {
        int count = count(region, block);
        int rest = rest(region, block, count, slot);
        int at = block + (rest & ~WITH_PLACE);
        int end = block + (rest(region, block, count, slot + 1) & ~WITH_PLACE);
        boolean withPlace = (rest & WITH_PLACE) != 0;
        int keyEnd = withPlace ? end - PLACE_BYTES : end;
        int prefixLength = prefixLength(region, block);
        byte[] key = new byte[prefixLength + keyEnd - at];
        region.copyTo(prefixAt(block, count), key, 0, prefixLength);
        region.copyTo(at, key, prefixLength, keyEnd - at);
        return withPlace
                ? new Separator(
                        Bytes.wrap(key),
                        true,
                        region.getInt(keyEnd),
                        region.getLong(keyEnd + Integer.BYTES))
                : Separator.after(Bytes.wrap(key));
    }
}
