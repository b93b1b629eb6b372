package norikv.sstable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

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
