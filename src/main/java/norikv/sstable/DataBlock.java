package norikv.sstable;

import norikv.bytes.Region;

/// Reads data blocks where they lie. All that is asked of a block was checked before by
/// [DataBlockCheck]: from then on offsets are trusted.
///
/// ```
///  0  u16 n        entries, 1 or more
///  2  u8  flags    1 slots are u32, else u16   2 one tablet: the entries leave theirs out
///  3  u8  0
///  4  u16 p        length of what all keys begin with
///  6  u16 0
///  8  u32 tablet   of all entries if there is one, else 0
/// 12  u8[n]        fingerprint of each key: bits 32 to 39 of its filter hash; zeros up to 12 + 8k
///  S  slots[n+1]   where each entry begins in the block, then where the last one ends
///     u8[p]        what all keys begin with
///     entries      varint length of the rest of the key | the rest of the key | [u32 tablet]
///                  | u64 trailer | varint term | [u64 expiry] | value
///     zeros        so that blocks of about a page keep to a page
///  T  u8[8]        BlockTrailer
/// ```
///
/// A point read compares one byte a key, eight at a time, and looks at the entries whose byte is
/// right: nearly always none or the wanted one. Everything it needs before the entry itself lies
/// together at the beginning, in two or three cache lines. A seek is a binary search over the
/// slots.
///
/// **Source.** `wire/files.md`, tables; the fingerprints in place of RocksDB's hash buckets
/// (blog 2018-08-23) take no room for collisions and find the newest version first.
final class DataBlock {
    static final int WIDE = 1;
    static final int ONE_TABLET = 2;
    static final int FLAGS = WIDE | ONE_TABLET;

    static final int FLAGS_AT = 2;
    static final int PREFIX_LENGTH_AT = 4;
    static final int TABLET_AT = 8;
    static final int FINGERPRINTS_AT = 12;

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;

    private DataBlock() {}

    static byte fingerprint(long hash) {
        return (byte) (hash >>> 32);
    }

    /// {@return where the slots of a block of `count` entries begin}
    static int slotsAt(int count) {
        return FINGERPRINTS_AT + (count + 7 & ~7);
    }

    static int count(Region region, int block) {
        return region.getU16(block);
    }

    static int flags(Region region, int block) {
        return region.getU8(block + FLAGS_AT);
    }

    static int prefixLength(Region region, int block) {
        return region.getU16(block + PREFIX_LENGTH_AT);
    }

    /// {@return where what all keys begin with is}
    static int prefixAt(Region region, int block, int count, int flags) {
        int slotBytes = (flags & WIDE) == 0 ? Short.BYTES : Integer.BYTES;
        return block + slotsAt(count) + (count + 1) * slotBytes;
    }

    /// {@return the tablet of all entries, if there is one}
    static int onlyTablet(Region region, int block) {
        return region.getInt(block + TABLET_AT);
    }

    /// {@return where entry `slot` begins}
    private static int entryAt(Region region, int block, int slots, int flags, int slot) {
        return block
                + ((flags & WIDE) == 0
                        ? region.getU16(slots + slot * Short.BYTES)
                        : region.getInt(slots + slot * Integer.BYTES));
    }

    /// Looks for the newest version of a key in one tablet, no newer than `trailerMax`.
    ///
    /// @return whether there is one; then `into` holds it
    static boolean find(
            Region region,
            int block,
            byte[] key,
            int offset,
            int length,
            long hash,
            int tablet,
            long trailerMax,
            EntryView into) {
        int count = count(region, block);
        int flags = flags(region, block);
        int prefixLength = prefixLength(region, block);
        int prefixAt = prefixAt(region, block, count, flags);
        if (length < prefixLength
                || region.compare(prefixAt, prefixLength, key, offset, prefixLength) != 0) {
            return false;
        }
        int slots = block + slotsAt(count);
        int onlyTablet = onlyTablet(region, block);
        int restAt = offset + prefixLength;
        int rest = length - prefixLength;
        long wanted = (fingerprint(hash) & 0xffL) * ONES;
        for (int group = 0; group < count; group += 8) {
            long differing = region.getLong(block + FINGERPRINTS_AT + group) ^ wanted;
            long zeros = differing - ONES & ~differing & HIGHS;
            while (zeros != 0) {
                int slot = group + (Long.numberOfTrailingZeros(zeros) >>> 3);
                if (slot >= count) {
                    return false;
                }
                into.read(region, block, slots, flags, onlyTablet, slot);
                if (into.suffixLength() == rest
                        && into.tablet() == tablet
                        && Long.compareUnsigned(into.trailer(), trailerMax) <= 0
                        && region.compare(into.suffixAt(), rest, key, restAt, rest) == 0) {
                    return true;
                }
                zeros &= zeros - 1;
            }
        }
        return false;
    }

    /// {@return the first slot whose entry is at the given place or after it; count if none is}
    static int lowerBound(
            Region region,
            int block,
            byte[] key,
            int offset,
            int length,
            int tablet,
            long trailer,
            EntryView scratch) {
        int count = count(region, block);
        int flags = flags(region, block);
        int prefixLength = prefixLength(region, block);
        int prefixAt = prefixAt(region, block, count, flags);
        int order =
                region.compare(
                        prefixAt, prefixLength, key, offset, Math.min(prefixLength, length));
        if (order != 0) {
            return order > 0 ? 0 : count;
        }
        int slots = block + slotsAt(count);
        int restAt = offset + prefixLength;
        int rest = length - prefixLength;
        long wanted = Keys.prefix(key, restAt, offset + length);
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = low + high >>> 1;
            // Eight bytes of the key decide, nearly always: no more of an entry is taken apart.
            int at = entryAt(region, block, slots, flags, middle);
            int suffixLength = region.getByte(at++);
            if (suffixLength < 0) {
                suffixLength = suffixLength & 0x7f | region.getByte(at++) << 7;
            }
            long own = Keys.prefix(region, at, suffixLength);
            int o = Long.compareUnsigned(own, wanted);
            if (o == 0) {
                o = region.compare(at, suffixLength, key, restAt, rest);
            }
            if (o == 0) {
                scratch.read(region, block, slots, flags, onlyTablet(region, block), middle);
                o =
                        EntryImage.comparePlaces(
                                scratch.tablet(), scratch.trailer(), tablet, trailer);
            }
            if (o < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
