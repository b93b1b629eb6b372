package norikv.lsm;

import java.util.Arrays;

/// The first and the last key of each table of a sorted level, and where a key stands among them.
///
/// What all of them begin with is compared once, then eight bytes behind it as numbers that lie
/// together; whole keys only where those are equal.
///
/// **Threads.** Immutable.
final class LevelBounds {
    private final byte[][] minKeys;
    private final byte[][] maxKeys;

    /// How many bytes all keys begin with in common.
    private final int common;

    private final long[] minNumbers;
    private final long[] maxNumbers;

    /// @param minKeys ascending
    /// @param maxKeys of the same tables; each before the next table's first key
    LevelBounds(byte[][] minKeys, byte[][] maxKeys) {
        this.minKeys = minKeys;
        this.maxKeys = maxKeys;
        int count = minKeys.length;
        common = count == 0 ? 0 : common(minKeys[0], maxKeys[count - 1]);
        minNumbers = new long[count];
        maxNumbers = new long[count];
        for (int i = 0; i < count; i++) {
            minNumbers[i] = InternalKey.numberAt(minKeys[i], common, minKeys[i].length);
            maxNumbers[i] = InternalKey.numberAt(maxKeys[i], common, maxKeys[i].length);
        }
    }

    /// What the least and the greatest have in common all between them have.
    private static int common(byte[] least, byte[] greatest) {
        int mismatch = Arrays.mismatch(least, greatest);
        return mismatch < 0 ? least.length : mismatch;
    }

    /// {@return where the first table is that ends at `key` or after it; the count if none does}
    int firstEndingFrom(byte[] key, int offset, int length) {
        int low = 0;
        int high = maxKeys.length;
        if (high == 0) {
            return 0;
        }
        int order = compareCommon(key, offset, length);
        if (order != 0) {
            return order > 0 ? high : 0;
        }
        long wanted = number(key, offset, length);
        while (low < high) {
            int middle = low + high >>> 1;
            if (isBefore(maxKeys[middle], maxNumbers[middle], wanted, key, offset, length)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// {@return which table's bounds hold the key that is the first `length` bytes of the array; −1
    /// if none do}
    int holding(byte[] key, int length) {
        int at = firstEndingFrom(key, 0, length);
        if (at == minKeys.length || compareCommon(key, 0, length) != 0) {
            return -1;
        }
        long wanted = number(key, 0, length);
        return minNumbers[at] == wanted
                ? Levels.compare(minKeys[at], key, 0, length) <= 0 ? at : -1
                : Long.compareUnsigned(minNumbers[at], wanted) < 0 ? at : -1;
    }

    /// How the beginning of `key` compares with that of all; a key that is shorter is less.
    private int compareCommon(byte[] key, int offset, int length) {
        return Arrays.compareUnsigned(
                key, offset, offset + Math.min(length, common), minKeys[0], 0, common);
    }

    private long number(byte[] key, int offset, int length) {
        return length <= common
                ? 0
                : InternalKey.prefixOf(key, offset + common, length - common);
    }

    private static boolean isBefore(
            byte[] own, long ownNumber, long wanted, byte[] key, int offset, int length) {
        return ownNumber == wanted
                ? Levels.compare(own, key, offset, length) < 0
                : Long.compareUnsigned(ownNumber, wanted) < 0;
    }
}
