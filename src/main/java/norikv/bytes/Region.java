package norikv.bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A bounds-checked stretch of native memory: a memtable chunk, a mapped file, a block of one.
///
/// Offsets are `int`, because a slice with `int` offsets is what the compiler checks cheapest; a
/// mapping longer than 2 GiB is cut with [#slice(long, int)] first. Plain accesses are unaligned
/// and little-endian. A region is always native, never over a heap array: code that meets both
/// kinds becomes several times slower.
///
/// **Threads.** Any; ordering is what the method names say. **Errors.** An access out of bounds
/// throws [IndexOutOfBoundsException], one after the owner closed it [IllegalStateException].
public final class Region {
    private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort I16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64_BE =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final VarHandle ORDERED_I32 =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle ARRAY_I64_BE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final MemorySegment memory;

    private Region(MemorySegment memory) {
        this.memory = memory;
    }

    /// {@return a region over `memory`, which must be native}
    public static Region of(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("native memory, got a heap segment");
        }
        return new Region(memory);
    }

    /// {@return fresh zeroed memory of `bytes` bytes that the collector frees once nothing refers
    /// to it} For the small scratch of objects that come and go, which no arena could close; made
    /// once and used again, never per request. All else belongs to a [RegionArena].
    public static Region allocate(int bytes) {
        return of(Arena.ofAuto().allocate(bytes, 64));
    }

    /// {@return the length in bytes}
    public long length() {
        return memory.byteSize();
    }

    /// {@return the `length` bytes from `offset`, sharing the memory}
    public Region slice(long offset, int length) {
        return new Region(memory.asSlice(offset, length));
    }

    /// {@return a byte buffer over all of this memory, for I/O; at most 2 GiB}
    public ByteBuffer asByteBuffer() {
        return memory.asByteBuffer();
    }

    public byte getByte(int at) {
        return memory.get(I8, at);
    }

    public int getU8(int at) {
        return memory.get(I8, at) & 0xff;
    }

    public int getU16(int at) {
        return memory.get(I16, at) & 0xffff;
    }

    public int getInt(int at) {
        return memory.get(I32, at);
    }

    public long getLong(int at) {
        return memory.get(I64, at);
    }

    /// {@return the eight bytes at `at` as a big-endian number, whose unsigned order is their own}
    public long getLongBigEndian(int at) {
        return memory.get(I64_BE, at);
    }

    public void putByte(int at, int value) {
        memory.set(I8, at, (byte) value);
    }

    public void putU16(int at, int value) {
        memory.set(I16, at, (short) value);
    }

    public void putInt(int at, int value) {
        memory.set(I32, at, value);
    }

    public void putLong(int at, long value) {
        memory.set(I64, at, value);
    }

    public void putLongBigEndian(int at, long value) {
        memory.set(I64_BE, at, value);
    }

    /// {@return the aligned int at `at`, with acquire order: pairs with [#putIntRelease]}
    public int getIntAcquire(int at) {
        return (int) ORDERED_I32.getAcquire(memory, (long) at);
    }

    /// Writes the aligned int at `at` with release order: what was written before it is seen by
    /// whoever reads it with [#getIntAcquire].
    public void putIntRelease(int at, int value) {
        ORDERED_I32.setRelease(memory, (long) at, value);
    }

    /// Copies `length` bytes at `at` out to `target`.
    public void copyTo(int at, byte[] target, int targetAt, int length) {
        MemorySegment.copy(memory, I8, at, target, targetAt, length);
    }

    /// Copies `length` bytes of `source` in at `at`.
    public void copyFrom(int at, byte[] source, int sourceAt, int length) {
        MemorySegment.copy(source, sourceAt, memory, I8, at, length);
    }

    /// Copies `length` bytes of another region in at `at`.
    public void copyFrom(int at, Region source, int sourceAt, int length) {
        MemorySegment.copy(source.memory, sourceAt, memory, at, length);
    }

    /// Sets `length` bytes from `at` to `value`.
    public void fill(int at, int length, int value) {
        memory.asSlice(at, length).fill((byte) value);
    }

    /// {@return a copy of `length` bytes at `at`}
    public Bytes bytes(int at, int length) {
        byte[] copy = new byte[length];
        copyTo(at, copy, 0, length);
        return Bytes.wrap(copy);
    }

    /// {@return how `length` bytes at `at` compare, as unsigned bytes, with `keyLength` bytes of
    /// `key` from `keyAt`}
    public int compare(int at, int length, byte[] key, int keyAt, int keyLength) {
        int common = Math.min(length, keyLength);
        int i = 0;
        for (; i <= common - 8; i += 8) {
            long left = memory.get(I64_BE, at + i);
            long right = (long) ARRAY_I64_BE.get(key, keyAt + i);
            if (left != right) {
                return Long.compareUnsigned(left, right);
            }
        }
        for (; i < common; i++) {
            int order = (memory.get(I8, at + i) & 0xff) - (key[keyAt + i] & 0xff);
            if (order != 0) {
                return order;
            }
        }
        return length - keyLength;
    }

    /// {@return how `length` bytes at `at` compare, as unsigned bytes, with `otherLength` bytes of
    /// another region}
    public int compare(int at, int length, Region other, int otherAt, int otherLength) {
        int common = Math.min(length, otherLength);
        int i = 0;
        for (; i <= common - 8; i += 8) {
            long left = memory.get(I64_BE, at + i);
            long right = other.memory.get(I64_BE, otherAt + i);
            if (left != right) {
                return Long.compareUnsigned(left, right);
            }
        }
        for (; i < common; i++) {
            int order =
                    (memory.get(I8, at + i) & 0xff) - (other.memory.get(I8, otherAt + i) & 0xff);
            if (order != 0) {
                return order;
            }
        }
        return length - otherLength;
    }
}
