package norikv.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The 64-bit xxHash of array ranges: key to shard with seed 0, filters with seeds of their own.
///
/// **Source.** The xxHash fast digest algorithm description, XXH64, version 0.1.1.
public final class Xxh64 {
    private static final VarHandle I32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long P1 = 0x9E3779B185EBCA87L;
    private static final long P2 = 0xC2B2AE3D27D4EB4FL;
    private static final long P3 = 0x165667B19E3779F9L;
    private static final long P4 = 0x85EBCA77C2B2AE63L;
    private static final long P5 = 0x27D4EB2F165667C5L;

    private Xxh64() {}

    /// {@return the hash of all of `bytes`}
    public static long hash(Bytes bytes, long seed) {
        return hash(bytes.array(), bytes.offset(), bytes.length(), seed);
    }

    /// {@return the hash of `length` bytes of `array` from `offset`}
    public static long hash(byte[] array, int offset, int length, long seed) {
        int end = offset + length;
        int at = offset;
        long acc;
        if (length >= 32) {
            acc = stripes(array, offset, end, seed);
            at += length & ~31;
        } else {
            acc = seed + P5;
        }
        return tail(array, at, end, acc + length);
    }

    private static long stripes(byte[] array, int offset, int end, long seed) {
        long a = seed + P1 + P2;
        long b = seed + P2;
        long c = seed;
        long d = seed - P1;
        for (int at = offset; at <= end - 32; at += 32) {
            a = round(a, (long) I64.get(array, at));
            b = round(b, (long) I64.get(array, at + 8));
            c = round(c, (long) I64.get(array, at + 16));
            d = round(d, (long) I64.get(array, at + 24));
        }
        long acc =
                Long.rotateLeft(a, 1)
                        + Long.rotateLeft(b, 7)
                        + Long.rotateLeft(c, 12)
                        + Long.rotateLeft(d, 18);
        return merge(merge(merge(merge(acc, a), b), c), d);
    }

    private static long tail(byte[] array, int from, int end, long start) {
        long acc = start;
        int at = from;
        for (; at <= end - 8; at += 8) {
            acc = Long.rotateLeft(acc ^ round(0, (long) I64.get(array, at)), 27) * P1 + P4;
        }
        if (at <= end - 4) {
            acc ^= ((int) I32.get(array, at) & 0xffff_ffffL) * P1;
            acc = Long.rotateLeft(acc, 23) * P2 + P3;
            at += 4;
        }
        for (; at < end; at++) {
            acc = Long.rotateLeft(acc ^ (array[at] & 0xff) * P5, 11) * P1;
        }
        acc = (acc ^ acc >>> 33) * P2;
        acc = (acc ^ acc >>> 29) * P3;
        return acc ^ acc >>> 32;
    }

    private static long round(long acc, long lane) {
        return Long.rotateLeft(acc + lane * P2, 31) * P1;
    }

    private static long merge(long acc, long lane) {
        return (acc ^ round(0, lane)) * P1 + P4;
    }
}
