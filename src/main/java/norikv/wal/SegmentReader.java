package norikv.wal;

import java.nio.ByteBuffer;
import norikv.bytes.ByteReader;
import norikv.disk.DiskFile;
import norikv.disk.DiskReads;
import norikv.domain.NoriException;

/// Reads the frames of one segment through a bounded window, and says which validate.
///
/// **Threads.** Confined to one. **Limits.** The window grows up to [Frame#BYTES_MAX].
final class SegmentReader {
    private static final int WINDOW_BYTES = 256 << 10;

    private final String path;
    private final DiskFile file;
    private final long size;
    private byte[] window;
    private long windowAt;
    private int windowBytes;

    // The frame that validated last.
    private SegmentHeader header;
    private int frameAt;
    private int magic;
    private int crc;
    private long segment;
    private int sequence;
    private int payloadLength;
    private int recordCount;
    private int previousCrc;
    private long synced;

    SegmentReader(String path, DiskFile file) {
        this.path = path;
        this.file = file;
        this.size = file.size();
        this.window = new byte[Math.clamp(size, SegmentHeader.BYTES, WINDOW_BYTES)];
    }

    long size() {
        return size;
    }

    SegmentHeader readHeader() {
        load(0, SegmentHeader.BYTES);
        header = SegmentHeader.decode(path, window, windowBytes);
        return header;
    }

    /// Looks for a frame at `offset`.
    ///
    /// @return its bytes, padding included; 0 if what is there is no frame of this life of the file
    int frameAt(long offset) {
        if (!load(offset, Frame.ALIGN)) {
            return 0;
        }
        var head = new ByteReader(window, frameAt, Frame.HEAD_BYTES);
        magic = head.i32();
        crc = head.i32();
        segment = head.i64();
        sequence = head.i32();
        payloadLength = head.i32();
        recordCount = head.i32();
        previousCrc = head.i32();
        synced = head.i64();
        if (magic != Frame.MAGIC && magic != Frame.END_MAGIC
                || payloadLength < 0
                || payloadLength > Frame.PAYLOAD_BYTES_MAX) {
            return 0;
        }
        // The seed says the same as the number, which spares reading on for most stale frames.
        if (segment != header.segment()) {
            return 0;
        }
        int bytes = Frame.bytes(payloadLength);
        int reserved = isEnd() ? 0 : Frame.ALIGN;
        if (offset + bytes + reserved > size || !load(offset, bytes)) {
            return 0;
        }
        long seed = Frame.seed(header.salt(), header.segment());
        return Frame.crc(seed, window, frameAt, bytes) == crc ? bytes : 0;
    }

    /// {@return whether a frame of this life of the file began at `offset`, valid or not}
    boolean hasBegun(long offset) {
        frameAt(offset);
        boolean anyMagic = magic == Frame.MAGIC || magic == Frame.END_MAGIC;
        return anyMagic && segment == header.segment();
    }

    boolean isEnd() {
        return magic == Frame.END_MAGIC;
    }

    int crc() {
        return crc;
    }

    int sequence() {
        return sequence;
    }

    int previousCrc() {
        return previousCrc;
    }

    long synced() {
        return synced;
    }

    /// Gives the records of the frame at `offset`, which validated last, to `replay`.
    void replay(long offset, Replay replay) {
        var payload = new ByteReader(window, frameAt + Frame.HEAD_BYTES, payloadLength);
        for (int i = 0; i < recordCount; i++) {
            int length = payload.i32();
            int at = frameAt + Frame.HEAD_BYTES + payload.position();
            payload.skip(length);
            if (payload.overrun()) {
                throw malformed(offset);
            }
            long position = Wal.position(header.segment(), offset + at - frameAt);
            replay.record(position, new ByteReader(window, at, length));
        }
        if (payload.remaining() != 0) {
            throw malformed(offset);
        }
    }

    private NoriException malformed(long offset) {
        return new NoriException.Corruption(
                "%s@%d: frame of %d records in %d bytes, got others"
                        .formatted(path, offset, recordCount, payloadLength));
    }

    /// Brings `length` bytes from `offset` into the window, at [#frameAt].
    ///
    /// @return false when the file ends before
    private boolean load(long offset, int length) {
        if (offset < windowAt || offset + length > windowAt + windowBytes) {
            if (length > window.length) {
                window = new byte[length];
            }
            windowAt = offset;
            windowBytes = DiskReads.read(file, offset, ByteBuffer.wrap(window));
        }
        frameAt = (int) (offset - windowAt);
        return windowBytes - frameAt >= length;
    }
}
