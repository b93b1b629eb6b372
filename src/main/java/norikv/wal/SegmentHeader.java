package norikv.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// The first 4096 bytes of a segment: which log it belongs to and which place it has there.
///
/// ```
///    0  magic "NKWS"
///    4  u32 format = 1
///    8  u64 salt           random, the same in all segments of one log
///   16  u64 segment        number, from 1
///   24  u64 segment bytes  the size of this file
///   32  u32 previous crc   of the end frame of the segment before; 0 if there never was one
///   36  u64 first segment  the oldest of the log when this one was made
///   44  zeros
/// 4092  u32 crc32c of [0, 4092)
/// ```
///
/// **Source.** `wire/files.md`, log segment.
///
/// @param previousCrc chains the segments: one that is missing or foreign is seen
/// @param firstSegment what is older was recycled for good, whatever a failing disk brings back
record SegmentHeader(
        long salt, long segment, long segmentBytes, int previousCrc, long firstSegment) {
    static final int BYTES = 4096;
    static final int FORMAT = 1;

    private static final int MAGIC = Frame.magic('S');
    private static final int CRC_AT = BYTES - 4;

    ByteBuffer encode() {
        var writer = new ByteWriter(BYTES, BYTES);
        writer.i32(MAGIC).i32(FORMAT).i64(salt).i64(segment).i64(segmentBytes);
        writer.i32(previousCrc).i64(firstSegment);
        writer.zeros(CRC_AT - writer.length());
        writer.i32(Crc32c.of(writer.array(), 0, CRC_AT));
        return ByteBuffer.wrap(writer.array(), 0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// {@return the header in the first bytes of `array`}
    ///
    /// **Errors.** [NoriException.Corruption] naming `path`; [NoriException.Refused] for a format
    /// that a newer version wrote.
    static SegmentHeader decode(String path, byte[] array, int length) {
        if (length < BYTES) {
            throw new NoriException.Corruption(
                    "%s@0: header of %d bytes, got %d".formatted(path, BYTES, length));
        }
        var reader = new ByteReader(array, 0, BYTES);
        int magic = reader.i32();
        int format = reader.i32();
        var header =
                new SegmentHeader(
                        reader.i64(), reader.i64(), reader.i64(), reader.i32(), reader.i64());
        reader.skip(CRC_AT - reader.position());
        int crc = reader.i32();
        int expected = Crc32c.of(array, 0, CRC_AT);
        if (magic != MAGIC || crc != expected) {
            throw new NoriException.Corruption(
                    "%s@0: header magic %08x crc %08x, got %08x and %08x"
                            .formatted(path, MAGIC, expected, magic, crc));
        }
        if (format != FORMAT) {
            throw new NoriException.Refused(
                    ErrorCode.VERSION_UNSUPPORTED,
                    "%s@0: log format %d, got %d of another version of this program"
                            .formatted(path, FORMAT, format));
        }
        return header;
    }
}
