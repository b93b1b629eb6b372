package norikv.sstable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import norikv.bytes.Region;

/// What is asked of bytes in arrays: numbers, first eight bytes, what two keys have in common.
final class Keys {
    private static final VarHandle I64_BE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle I64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I16 =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private Keys() {}

    static int u16(byte[] array, int at) {
        return (short) I16.get(array, at) & 0xffff;
    }

    static int i32(byte[] array, int at) {
        return (int) I32.get(array, at);
    }

    static long i64(byte[] array, int at) {
        return (long) I64.get(array, at);
    }

    static void putI64(byte[] array, int at, long value) {
        I64.set(array, at, value);
    }

    /// {@return the eight bytes from `at`, those from `end` on taken for zero, as a big-endian
    /// number: in unsigned order it sorts as the bytes do, up to ties}
    static long prefix(byte[] array, int at, int end) {
        if (end - at >= Long.BYTES) {
            return (long) I64_BE.get(array, at);
        }
        long prefix = 0;
        for (int i = at; i < end; i++) {
            prefix |= (array[i] & 0xffL) << 56 - 8 * (i - at);
        }
        return prefix;
    }

    /// {@return the first eight of `length` bytes at `at`, likewise; eight can be read there}
    static long prefix(Region region, int at, int length) {
        long first = region.getLongBigEndian(at);
        return length >= Long.BYTES ? first : length == 0 ? 0 : first & -1L << 64 - 8 * length;
    }

    /// {@return whether `length` bytes at `at` are those of `key` from `keyAt` on; eight can be
    /// read at `at`}
    static boolean areEqual(Region region, int at, byte[] key, int keyAt, int length) {
        if (length > Long.BYTES || keyAt > key.length - Long.BYTES) {
            return region.compare(at, length, key, keyAt, length) == 0;
        }
        long differing = region.getLong(at) ^ (long) I64.get(key, keyAt);
        return length == 0 || differing << 64 - 8 * length == 0;
    }

    /// Copies `length` bytes at `at` to `target` from `to` on, and perhaps a few that follow them,
    /// where `target` has room; eight can be read at `at`.
    static void copy(Region region, int at, byte[] target, int to, int length) {
        if (length > 2 * Long.BYTES || to > target.length - 2 * Long.BYTES) {
            region.copyTo(at, target, to, length);
            return;
        }
        I64.set(target, to, region.getLong(at));
        if (length > Long.BYTES) {
            int behind = length - Long.BYTES;
            I64.set(target, to + behind, region.getLong(at + behind));
        }
    }

    /// {@return how many bytes two ranges have in common at their beginning}
    static int common(byte[] a, int aAt, int aLength, byte[] b, int bAt, int bLength) {
        int max = Math.min(aLength, bLength);
        int i = 0;
        for (; i <= max - 8; i += 8) {
            long differing = (long) I64.get(a, aAt + i) ^ (long) I64.get(b, bAt + i);
            if (differing != 0) {
                return i + (Long.numberOfTrailingZeros(differing) >>> 3);
            }
        }
        while (i < max && a[aAt + i] == b[bAt + i]) {
            i++;
        }
        return i;
    }
}
