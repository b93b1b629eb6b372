package norikv.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// An immutable byte string: keys, values, opaque commands. Ordered as unsigned bytes, so the order
/// of [Bytes] is the order of keys in every file and every scan.
///
/// **Limits.** At most [Integer#MAX_VALUE] bytes. A slice keeps the whole array it came from alive:
/// what is kept for long is copied with [#compact()].
public final class Bytes implements Comparable<Bytes> {
    /// The empty byte string.
    public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

    private final byte[] array;
    private final int offset;
    private final int length;

    private Bytes(byte[] array, int offset, int length) {
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    /// {@return a copy of all of `source`}
    public static Bytes copyOf(byte[] source) {
        return source.length == 0 ? EMPTY : new Bytes(source.clone(), 0, source.length);
    }

    /// {@return a copy of the `length` bytes of `source` from `offset`}
    public static Bytes copyOf(byte[] source, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, source.length);
        return length == 0
                ? EMPTY
                : new Bytes(Arrays.copyOfRange(source, offset, offset + length), 0, length);
    }

    /// {@return a byte string over `source` itself} The caller gives the array away: nobody may
    /// write to it afterwards.
    public static Bytes wrap(byte[] source) {
        return wrap(source, 0, source.length);
    }

    /// {@return a byte string over `length` bytes of `source` itself} The caller gives the range
    /// away: nobody may write to it afterwards.
    public static Bytes wrap(byte[] source, int offset, int length) {
        if ((offset | length | (source.length - offset - length)) < 0) {
            throw new IndexOutOfBoundsException(
                    "range in [0, %d], got offset %d length %d"
                            .formatted(source.length, offset, length));
        }
        return new Bytes(source, offset, length);
    }

    /// {@return the UTF-8 encoding of `text`}
    public static Bytes utf8(String text) {
        return wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// {@return the bytes that the hexadecimal digits of `text` spell}
    public static Bytes hex(String text) {
        return wrap(HexFormat.of().parseHex(text));
    }

    public int length() {
        return length;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    /// {@return the byte at `index`, 0 … length − 1}
    public byte byteAt(int index) {
        return array[offset + java.util.Objects.checkIndex(index, length)];
    }

    /// {@return the `[from, to)` part, sharing this one's array}
    public Bytes slice(int from, int to) {
        java.util.Objects.checkFromToIndex(from, to, length);
        return new Bytes(array, offset + from, to - from);
    }

    /// {@return an equal byte string that holds on to no more memory than it needs}
    public Bytes compact() {
        return length == array.length ? this : copyOf(array, offset, length);
    }

    /// {@return whether this begins with all of `prefix`}
    public boolean startsWith(Bytes prefix) {
        return length >= prefix.length
                && Arrays.equals(
                        array,
                        offset,
                        offset + prefix.length,
                        prefix.array,
                        prefix.offset,
                        prefix.offset + prefix.length);
    }

    /// {@return the smallest byte string greater than all that begin with this one, or [#EMPTY] if
    /// there is none (empty, or only 0xff bytes)}
    public Bytes prefixEnd() {
        int last = length - 1;
        while (last >= 0 && array[offset + last] == (byte) 0xff) {
            last--;
        }
        if (last < 0) {
            return EMPTY;
        }
        byte[] end = Arrays.copyOfRange(array, offset, offset + last + 1);
        end[last]++;
        return wrap(end);
    }

    /// {@return the smallest byte string greater than this one: this, then a zero byte}
    public Bytes successor() {
        return wrap(Arrays.copyOf(toByteArray(), length + 1));
    }

    /// {@return a fresh array with these bytes}
    public byte[] toByteArray() {
        return Arrays.copyOfRange(array, offset, offset + length);
    }

    /// Copies all bytes into `target` from `at` on.
    public void copyTo(byte[] target, int at) {
        System.arraycopy(array, offset, target, at, length);
    }

    /// {@return the array behind this byte string} Only for reading, from [#offset()] on for
    /// [#length()] bytes: hot paths hash, compare and copy without a copy in between.
    public byte[] array() {
        return array;
    }

    /// {@return where these bytes begin in [#array()]}
    public int offset() {
        return offset;
    }

    /// {@return the text these bytes spell in UTF-8, malformed parts replaced}
    public String toUtf8() {
        return new String(array, offset, length, StandardCharsets.UTF_8);
    }

    /// {@return lower-case hexadecimal digits}
    public String toHex() {
        return HexFormat.of().formatHex(array, offset, offset + length);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(
                array,
                offset,
                offset + length,
                other.array,
                other.offset,
                other.offset + other.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes b
                && length == b.length
                && Arrays.equals(
                        array, offset, offset + length, b.array, b.offset, b.offset + b.length);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + array[i];
        }
        return hash;
    }

    /// {@return the length only} Keys and values are the user's and never reach a log.
    @Override
    public String toString() {
        return "Bytes[" + length + "]";
    }
}
