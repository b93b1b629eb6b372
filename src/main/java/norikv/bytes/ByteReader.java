package norikv.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// A bounds-checked little-endian cursor over a range of an array.
///
/// Reading past the end does not throw: it latches [#overrun()] and yields zeros, so that a decoder
/// reads a whole structure and asks once. The decoder above says what was malformed and where.
///
/// **Threads.** Confined to one.
public final class ByteReader {
    private static final VarHandle I16 =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] array;
    private final int start;
    private final int end;
    private int at;
    private boolean overrun;

    /// A cursor over `length` bytes of `array` from `offset`.
    public ByteReader(byte[] array, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, array.length);
        this.array = array;
        this.start = offset;
        this.end = offset + length;
        this.at = offset;
    }

    /// {@return a cursor over all of `bytes`}
    public static ByteReader of(Bytes bytes) {
        return new ByteReader(bytes.array(), bytes.offset(), bytes.length());
    }

    /// {@return how many bytes were consumed so far}
    public int position() {
        return at - start;
    }

    public int remaining() {
        return end - at;
    }

    /// {@return whether some read went past the end, or met a varint that is no number; once set it
    /// stays, and every later read yields zero}
    public boolean overrun() {
        return overrun;
    }

    public int u8() {
        return take(1) ? array[at - 1] & 0xff : 0;
    }

    public int u16() {
        return take(2) ? (short) I16.get(array, at - 2) & 0xffff : 0;
    }

    public int i32() {
        return take(4) ? (int) I32.get(array, at - 4) : 0;
    }

    public long u32() {
        return i32() & 0xffff_ffffL;
    }

    public long i64() {
        return take(8) ? (long) I64.get(array, at - 8) : 0;
    }

    /// {@return an unsigned LEB128 number of at most 64 bits} Ten bytes are the most; a longer one,
    /// or one whose bits do not fit, counts as an overrun.
    public long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int b = u8();
            if (shift == 63 && b > 1) {
                overrun = true;
            }
            if (overrun) {
                return 0;
            }
            value |= (b & 0x7fL) << shift;
            if ((b & 0x80) == 0) {
                return value;
            }
        }
        overrun = true;
        return 0;
    }

    /// {@return a varint that must lie in 0 … `max`; a greater one counts as an overrun}
    public int varintUpTo(int max) {
        long value = varint();
        if (value < 0 || value > max) {
            overrun = true;
            return 0;
        }
        return (int) value;
    }

    /// {@return the next `length` bytes, sharing the array; [Bytes#EMPTY] on an overrun}
    public Bytes bytes(int length) {
        return take(length) ? Bytes.wrap(array, at - length, length) : Bytes.EMPTY;
    }

    /// {@return a byte string that its varint length precedes, sharing the array}
    public Bytes lengthAndBytes() {
        return bytes(varintUpTo(Integer.MAX_VALUE));
    }

    /// Passes over `length` bytes.
    public void skip(int length) {
        take(length);
    }

    private boolean take(int length) {
        if (overrun || length < 0 || length > end - at) {
            overrun = true;
            return false;
        }
        at += length;
        return true;
    }
}
