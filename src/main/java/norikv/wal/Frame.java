package norikv.wal;

import norikv.bytes.Crc32c;

/// The layout of a frame: what one write and one force make durable together.
///
/// ```
///  0  magic "NKWF", or "NKWE" for the end frame, the last of its segment
///  4  u32 crc32c    of [8, end of the padding), seeded with salt ^ segment
///  8  u64 segment
/// 16  u32 sequence  of frames in the segment, from 0
/// 20  u32 payload length
/// 24  u32 record count
/// 28  u32 previous crc     of the frame before; of the segment before for the first
/// 32  u64 synced offset    all below was durable in this file before this frame was written
/// 40  payload: record count times { u32 length, bytes }
///     zeros up to a multiple of 512
/// ```
///
/// The seed binds a frame to this life of its file: what an earlier life of a recycled file left
/// behind never validates. **Source.** `wire/files.md`, log segment.
final class Frame {
    static final int ALIGN = 512;
    static final int HEAD_BYTES = 40;
    static final int MAGIC = magic('F');
    static final int END_MAGIC = magic('E');

    static final int MAGIC_AT = 0;
    static final int CRC_AT = 4;
    static final int SEGMENT_AT = 8;
    static final int SEQUENCE_AT = 16;
    static final int PAYLOAD_LENGTH_AT = 20;
    static final int RECORD_COUNT_AT = 24;
    static final int PREVIOUS_CRC_AT = 28;
    static final int SYNCED_OFFSET_AT = 32;

    /// What a record takes besides its bytes.
    static final int RECORD_HEAD_BYTES = 4;

    /// The longest payload of a frame: one record of the longest length.
    static final int PAYLOAD_BYTES_MAX = Wal.RECORD_BYTES_MAX + RECORD_HEAD_BYTES;

    /// The longest frame.
    static final int BYTES_MAX = bytes(PAYLOAD_BYTES_MAX);

    private Frame() {}

    /// {@return the bytes of a frame with that much payload, padding included}
    static int bytes(int payloadLength) {
        return HEAD_BYTES + payloadLength + ALIGN - 1 & -ALIGN;
    }

    /// {@return how much payload fits in front of `end`, with an end frame after it}
    static long payloadRoom(long offset, long end) {
        return (end - ALIGN - offset & -ALIGN) - HEAD_BYTES;
    }

    static long seed(long salt, long segment) {
        return salt ^ segment;
    }

    /// {@return "NKW" and `last` as they stand in the file, read little-endian}
    static int magic(char last) {
        return 'N' | 'K' << 8 | 'W' << 16 | last << 24;
    }

    static int crc(long seed, byte[] array, int frameAt, int frameBytes) {
        return Crc32c.seeded(seed, array, frameAt + SEGMENT_AT, frameBytes - SEGMENT_AT);
    }
}
