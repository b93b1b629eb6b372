package norikv.bytes;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A growing little-endian buffer, the counterpart of [ByteReader]. It is reused: [#clear()] keeps
/// the array.
///
/// **Threads.** Confined to one. **Limits.** Grows up to the bound given at construction, beyond
/// which writing throws [IndexOutOfBoundsException]: the caller has checked its input before.
public final class ByteWriter {
    private static final VarHandle I16 =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int lengthMax;
    private byte[] array;
    private int length;

    /// A buffer of `initial` bytes that grows to `lengthMax` bytes at most.
    public ByteWriter(int initial, int lengthMax) {
        this.array = new byte[Math.min(initial, lengthMax)];
        this.lengthMax = lengthMax;
    }

    /// A buffer of `initial` bytes that grows as far as an array can.
    public ByteWriter(int initial) {
        this(initial, Integer.MAX_VALUE - 16);
    }

    public int length() {
        return length;
    }

    /// {@return the array behind, valid until the next write}
    public byte[] array() {
        return array;
    }

    /// Forgets what was written and keeps the memory.
    public void clear() {
        length = 0;
    }

    /// Forgets what was written from `newLength` on.
    public void cutTo(int newLength) {
        java.util.Objects.checkIndex(newLength, length + 1);
        length = newLength;
    }

    /// {@return a copy of what was written}
    public Bytes toBytes() {
        return Bytes.copyOf(array, 0, length);
    }

    public ByteWriter u8(int value) {
        int at = grow(1);
        array[at] = (byte) value;
        return this;
    }

    public ByteWriter u16(int value) {
        int at = grow(2);
        I16.set(array, at, (short) value);
        return this;
    }

    public ByteWriter i32(int value) {
        int at = grow(4);
        I32.set(array, at, value);
        return this;
    }

    public ByteWriter i64(long value) {
        int at = grow(8);
        I64.set(array, at, value);
        return this;
    }

    /// Writes an unsigned LEB128 number: 7 bits a byte, 1 to 10 bytes.
    public ByteWriter varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            u8((int) rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        return u8((int) rest);
    }

    public ByteWriter bytes(Bytes source) {
        int at = grow(source.length());
        source.copyTo(array, at);
        return this;
    }

    public ByteWriter bytes(byte[] source, int offset, int count) {
        int at = grow(count);
        System.arraycopy(source, offset, array, at, count);
        return this;
    }

    /// Writes `count` bytes of `source` from `at` on.
    public ByteWriter bytes(Region source, int at, int count) {
        int to = grow(count);
        source.copyTo(at, array, to, count);
        return this;
    }

    /// Writes the length of `source` as a varint, then its bytes.
    public ByteWriter lengthAndBytes(Bytes source) {
        return varint(source.length()).bytes(source);
    }

    /// Writes `count` zero bytes.
    public ByteWriter zeros(int count) {
        int at = grow(count);
        Arrays.fill(array, at, at + count, (byte) 0);
        return this;
    }

    /// Overwrites the four bytes at `at`, which were written before.
    public void patchI32(int at, int value) {
        java.util.Objects.checkFromIndexSize(at, 4, length);
        I32.set(array, at, value);
    }

    /// Overwrites the eight bytes at `at`, which were written before.
    public void patchI64(int at, long value) {
        java.util.Objects.checkFromIndexSize(at, 8, length);
        I64.set(array, at, value);
    }

    /// {@return how many bytes [#varint(long)] takes for `value`}
    public static int varintLength(long value) {
        return Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
    }

    /// Makes room and may replace the array: who writes into it calls this first, as a statement of
    /// its own, because Java evaluates `array` in `array[grow(1)]` before the call.
    private int grow(int count) {
        int at = length;
        long needed = (long) length + count;
        if (needed > array.length || count < 0) {
            if (needed > lengthMax || count < 0) {
                throw new IndexOutOfBoundsException(
                        "buffer of at most %d bytes, got %d and %d more"
                                .formatted(lengthMax, length, count));
            }
            array =
                    Arrays.copyOf(
                            array, (int) Math.min(lengthMax, Math.max(needed, 2L * array.length)));
        }
        length = (int) needed;
        return at;
    }
}
