package norikv.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import norikv.bytes.Bytes;
import norikv.bytes.Region;

/// The key an entry is sorted by: `space u8 ‖ band u16, big-endian ‖ user key`.
///
/// A space never mixes with another in a scan, and within a band the order is that of user keys.
/// What follows a key in the order of entries (tablet, then index downwards) is kept beside it.
final class InternalKey {
    /// How many bytes precede the user key.
    static final int HEAD_BYTES = 3;

    /// The longest key there is: tables take no longer one.
    static final int BYTES_MAX = 2048;

    /// The longest key within a space: those of users are shorter.
    static final int USER_KEY_BYTES_MAX = BYTES_MAX - HEAD_BYTES;

    /// The greatest space; above it there must be room for the end of the last band.
    static final int SPACE_MAX = 254;

    /// The most bands: their number is two bytes of every key.
    static final int BANDS_MAX = 1 << 16;

    private static final VarHandle I64_BE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private InternalKey() {}

    /// {@return the number that the first three bytes of a key spell}
    static int head(int space, int band) {
        return space << 16 | band;
    }

    /// {@return the head of the key whose [#prefixOf] is `prefix`}
    static int headOf(long prefix) {
        return (int) (prefix >>> 40);
    }

    /// {@return the head of `key`}
    static int headOf(byte[] key) {
        return (key[0] & 0xff) << 16 | (key[1] & 0xff) << 8 | key[2] & 0xff;
    }

    /// Writes the key into `target`.
    ///
    /// @return how many bytes it has
    static int write(byte[] target, int head, byte[] key, int offset, int length) {
        writeHead(target, head);
        System.arraycopy(key, offset, target, HEAD_BYTES, length);
        return HEAD_BYTES + length;
    }

    static int write(byte[] target, int head, Bytes key) {
        return write(target, head, key.array(), key.offset(), key.length());
    }

    /// Writes the first three bytes of a key: the least of its band.
    static int writeHead(byte[] target, int head) {
        target[0] = (byte) (head >>> 16);
        target[1] = (byte) (head >>> 8);
        target[2] = (byte) head;
        return HEAD_BYTES;
    }

    /// {@return the first eight of `length` bytes as a big-endian number, zero-padded: its unsigned
    /// order is that of the keys, except where it is equal}
    static long prefixOf(byte[] key, int offset, int length) {
        if (length >= 8) {
            return (long) I64_BE.get(key, offset);
        }
        long prefix = 0;
        for (int i = 0; i < length; i++) {
            prefix |= (key[offset + i] & 0xffL) << 56 - 8 * i;
        }
        return prefix;
    }

    /// {@return the eight bytes of a key of `keyLength` bytes from `at` on, likewise}
    static long numberAt(byte[] key, int at, int keyLength) {
        return at >= keyLength ? 0 : prefixOf(key, at, keyLength - at);
    }

    static long prefixOf(Region region, int at, int length) {
        if (length >= 8) {
            return region.getLongBigEndian(at);
        }
        long prefix = 0;
        for (int i = 0; i < length; i++) {
            prefix |= (region.getU8(at + i) & 0xffL) << 56 - 8 * i;
        }
        return prefix;
    }
}
