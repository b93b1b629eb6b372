package norikv.bytes;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// CRC-32C (Castagnoli) of array ranges, the checksum of every frame, record and block.
///
/// Never computed over a mapping: a fault inside the intrinsic would kill the process. Mapped data
/// is verified through a positional read first.
public final class Crc32c {
    private Crc32c() {}

    /// {@return the checksum of `length` bytes of `array` from `offset`}
    public static int of(byte[] array, int offset, int length) {
        var crc = new CRC32C();
        crc.update(array, offset, length);
        return (int) crc.getValue();
    }

    /// {@return the checksum of the eight little-endian bytes of `seed`, then of the range} A seed
    /// binds data to its place: bytes that are right elsewhere do not validate here.
    public static int seeded(long seed, byte[] array, int offset, int length) {
        var crc = new CRC32C();
        for (int shift = 0; shift < 64; shift += 8) {
            crc.update((int) (seed >>> shift));
        }
        crc.update(array, offset, length);
        return (int) crc.getValue();
    }

    /// {@return the checksum of the eight little-endian bytes of `seed`, then of what remains of
    /// `range`, which is consumed} Direct buffers are read in place.
    public static int seeded(long seed, ByteBuffer range) {
        var crc = new CRC32C();
        for (int shift = 0; shift < 64; shift += 8) {
            crc.update((int) (seed >>> shift));
        }
        crc.update(range);
        return (int) crc.getValue();
    }
}
