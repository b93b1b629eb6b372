package norikv.sstable;

import java.util.zip.CRC32C;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;

/// The last eight bytes of every block: what it is, and a checksum that holds only in its place.
///
/// ```
/// 0  u8  type          DATA 1, INDEX 2, FILTER 3, PROPERTIES 4
/// 1  u8  compression   0 none   1 LZ4: the block is u32 length | the packed bytes
/// 2  u16 0
/// 4  u32 crc32c of the block up to here, xor mix(file number, offset of the block in the file)
/// ```
///
/// A block that was read from a wrong place, or that another file left there, is whole in itself:
/// only the mix tells. **Source.** `wire/files.md`, tables.
final class BlockTrailer {
    static final int BYTES = 8;

    static final int DATA = 1;
    static final int INDEX = 2;
    static final int FILTER = 3;
    static final int PROPERTIES = 4;

    /// Before the bytes of a packed block, how many they are unpacked.
    static final int PACKED_HEAD_BYTES = 4;

    private static final int UNCOMPRESSED = 0;
    private static final int LZ4 = 1;
    private static final int CRC_BYTES = 4;

    private BlockTrailer() {}

    /// Ends the block that `block` holds from `start` on, to be written at `offset` of the file.
    static void seal(ByteWriter block, int start, int type, long fileNumber, long offset) {
        seal(block, start, type, UNCOMPRESSED, fileNumber, offset);
    }

    /// Ends the data block that is all of `block`, packed, to be written at `offset` of the file.
    static void sealPacked(ByteWriter block, long fileNumber, long offset) {
        seal(block, 0, DATA, LZ4, fileNumber, offset);
    }

    private static void seal(
            ByteWriter block,
            int start,
            int type,
            int compression,
            long fileNumber,
            long offset) {
        block.u8(type).u8(compression).u16(0);
        int crc = Crc32c.of(block.array(), start, block.length() - start);
        block.i32(crc ^ mix(fileNumber, offset));
    }

    /// {@return what is wrong with the block of `length` bytes at the start of `block`, read from
    /// `offset`; empty if nothing is}
    static String fault(byte[] block, int length, int type, long fileNumber, long offset) {
        if (length < BYTES) {
            return "block of at least %d bytes, got %d".formatted(BYTES, length);
        }
        int crc = Crc32c.of(block, 0, length - CRC_BYTES);
        return fault(block, length, crc, type, fileNumber, offset);
    }

    /// {@return whether the block of `length` bytes says that it is packed}
    static boolean isPacked(byte[] block, int length) {
        return length >= BYTES + PACKED_HEAD_BYTES
                && Keys.i32(block, length - BYTES) == (DATA | LZ4 << 8);
    }

    /// {@return what is wrong with a block of a table with compressed ones, as above}
    static String faultOfPacked(byte[] block, int length, long fileNumber, long offset) {
        if (!isPacked(block, length)) {
            return fault(block, length, DATA, fileNumber, offset);
        }
        int stored = Keys.i32(block, length - CRC_BYTES);
        int expected = Crc32c.of(block, 0, length - CRC_BYTES) ^ mix(fileNumber, offset);
        return stored == expected ? "" : wrongSum(fileNumber, expected, stored);
    }

    private static String wrongSum(long fileNumber, int expected, int stored) {
        return "crc of file %d at this place %08x, got %08x"
                .formatted(fileNumber, expected, stored);
    }

    /// {@return what is wrong, as above, for a block that was summed piece by piece: `crc` over all
    /// but the last four bytes, `tail` ending with the trailer}
    static String fault(
            byte[] tail, int tailLength, CRC32C crc, int type, long fileNumber, long offset) {
        return fault(tail, tailLength, (int) crc.getValue(), type, fileNumber, offset);
    }

    private static String fault(
            byte[] tail, int tailLength, int crc, int type, long fileNumber, long offset) {
        int at = tailLength - BYTES;
        int stored = Keys.i32(tail, at + 4);
        int expected = crc ^ mix(fileNumber, offset);
        if (stored != expected) {
            return wrongSum(fileNumber, expected, stored);
        }
        if (tail[at] != type || Keys.i32(tail, at) != type) {
            return "uncompressed block of type %d, got %08x".formatted(type, Keys.i32(tail, at));
        }
        return "";
    }

    /// {@return 32 bits in which every bit of both numbers has a say}
    static int mix(long fileNumber, long offset) {
        long x = fileNumber * 0x9E3779B97F4A7C15L + offset;
        x = (x ^ x >>> 32) * 0xD6E8FEB86659FD93L;
        x = (x ^ x >>> 32) * 0xD6E8FEB86659FD93L;
        return (int) (x >>> 32);
    }
}
