package norikv.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import norikv.bytes.Crc32c;

/// Gathers records into one frame, in native memory that is used again for the next one.
///
/// **Threads.** Confined to the writer's loop. **Limits.** Grows up to [Frame#BYTES_MAX].
final class FrameBuffer {
    private static final int INITIAL_BYTES = 64 << 10;

    private ByteBuffer buffer = allocate(INITIAL_BYTES);
    private int recordCount;
    private int crc;

    /// Begins an empty frame.
    void clear() {
        buffer.clear().position(Frame.HEAD_BYTES);
        recordCount = 0;
    }

    int recordCount() {
        return recordCount;
    }

    int payloadLength() {
        return buffer.position() - Frame.HEAD_BYTES;
    }

    /// {@return the checksum of the frame that was finished last}
    int crc() {
        return crc;
    }

    /// {@return whether a record of `length` bytes fits in a payload of at most `payloadMax`}
    boolean fits(int length, long payloadMax) {
        return payloadLength() + (long) Frame.RECORD_HEAD_BYTES + length
                <= Math.min(payloadMax, Frame.PAYLOAD_BYTES_MAX);
    }

    void add(WalRecord record) {
        int end = begin(record.length);
        record.writeTo(buffer);
        if (buffer.position() != end) {
            throw new IllegalStateException(
                    "record of %d bytes, wrote %d"
                            .formatted(record.length, record.length + buffer.position() - end));
        }
    }

    void add(byte[] array, int offset, int length) {
        begin(length);
        buffer.put(array, offset, length);
    }

    /// Ends the frame: head, padding, checksum.
    ///
    /// @return all of it, to be written and read by position
    ByteBuffer finish(
            int magic, long seed, long segment, int sequence, int previousCrc, long synced) {
        int payload = payloadLength();
        int bytes = Frame.bytes(payload);
        ensure(bytes - buffer.position());
        while (buffer.position() < bytes) {
            buffer.put((byte) 0);
        }
        buffer.putInt(Frame.MAGIC_AT, magic)
                .putLong(Frame.SEGMENT_AT, segment)
                .putInt(Frame.SEQUENCE_AT, sequence)
                .putInt(Frame.PAYLOAD_LENGTH_AT, payload)
                .putInt(Frame.RECORD_COUNT_AT, recordCount)
                .putInt(Frame.PREVIOUS_CRC_AT, previousCrc)
                .putLong(Frame.SYNCED_OFFSET_AT, synced);
        crc = Crc32c.seeded(seed, buffer.flip().position(Frame.SEGMENT_AT));
        buffer.putInt(Frame.CRC_AT, crc);
        return buffer.position(0);
    }

    private int begin(int length) {
        ensure(Frame.RECORD_HEAD_BYTES + length);
        buffer.putInt(length);
        recordCount++;
        return buffer.position() + length;
    }

    private void ensure(int more) {
        int needed = buffer.position() + more;
        if (needed > buffer.capacity()) {
            // The padding of the longest frame fits too: its length is a multiple of 512.
            assert needed <= Frame.BYTES_MAX : needed;
            int bytes = Math.clamp(2L * buffer.capacity(), needed, Frame.BYTES_MAX);
            buffer = allocate(bytes).put(buffer.flip());
        }
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
