package norikv.lsm;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.disk.DiskReads;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.NoriException.DiskFailure.Reason;

/// One file of the manifest: a head, two marks, and frames of edits.
///
/// ```
///    0  head   "NKMF" | u32 format version | u64 manifest number | u32 crc of the 16 bytes before
///  512  mark A u64 end of the acknowledged frames | u32 crc of the 8 bytes before
/// 1024  mark B likewise
/// 4096  frames, one after the other:
///       u32 crc of what follows | u32 length of the payload | u64 number of the frame, from 1
///       | u32 crc of the frame before, 0 before the first | payload: edits, see EditCodec
/// ```
///
/// Each crc has the manifest number as its seed. A frame is acknowledged once it is forced **and**
/// a mark that covers it is forced; the marks take turns, so one of them always holds. Therefore
/// whatever is damaged or missing below the greater mark is damage, and what does not check out
/// above it was never acknowledged: the torn tail of the last append. **Source.** `wire/files.md`,
/// Manifest.
///
/// **Threads.** Confined to one. **Errors.** [NoriException.DiskFailure], after which the file
/// takes nothing more.
final class ManifestFile implements AutoCloseable {
    static final int FORMAT_VERSION = 1;
    static final int FRAMES_AT = 4096;

    /// The longest payload: far more than the snapshot of 65 536 shards and as many tables.
    static final int PAYLOAD_BYTES_MAX = 64 << 20;

    private static final int MAGIC = 'N' | 'K' << 8 | 'M' << 16 | 'F' << 24;
    private static final int HEAD_BYTES = 20;
    private static final int[] MARKS_AT = {512, 1024};
    private static final int MARK_BYTES = 12;
    private static final int FRAME_HEAD_BYTES = 20;

    private final DiskFile file;
    private final long number;
    private long end = FRAMES_AT;
    private long frames;
    private int lastCrc;

    private ManifestFile(DiskFile file, long number) {
        this.file = file;
        this.number = number;
    }

    /// Creates the file with one frame; durable, but for its name, when this returns.
    static ManifestFile create(Disk disk, String path, long number, List<Edit> snapshot) {
        var manifest = new ManifestFile(disk.create(path), number);
        boolean created = false;
        try {
            manifest.writeHead();
            manifest.addFrame(snapshot);
            manifest.acknowledge();
            created = true;
            return manifest;
        } finally {
            if (!created) {
                manifest.close();
            }
        }
    }

    /// A frame that checks out.
    record FrameAt(int offset, int end, List<Edit> edits) {}

    /// What a file holds.
    ///
    /// @param acknowledged up to where its frames were acknowledged
    record Image(long number, long acknowledged, List<FrameAt> frames) {}

    /// {@return the edits of each frame of the file at `path`, which must be the manifest of this
    /// number} Those of the last frame may not be durable yet.
    static List<List<Edit>> read(Disk disk, String path, long number) {
        Image image = image(readAll(disk, path), path, number);
        int end = image.frames.isEmpty() ? FRAMES_AT : image.frames.getLast().end;
        if (end < image.acknowledged) {
            throw new NoriException.Corruption(
                    "%s@%d: a frame that checks out, as far as %d, got none"
                            .formatted(path, end, image.acknowledged));
        }
        return image.frames.stream().map(FrameAt::edits).toList();
    }

    /// {@return what the file at `path` holds, whatever its number, as far as it checks out}
    static Image image(Disk disk, String path) {
        byte[] bytes = readAll(disk, path);
        long number = bytes.length < FRAMES_AT ? 0 : new ByteReader(bytes, 8, 8).i64();
        return image(bytes, path, number);
    }

    private static Image image(byte[] bytes, String path, long number) {
        checkHead(bytes, path, number);
        long acknowledged = acknowledgedEnd(bytes, path, number);
        List<FrameAt> frames = new ArrayList<>();
        int at = FRAMES_AT;
        int previousCrc = 0;
        while (at < bytes.length) {
            int length = frameLength(bytes, at, number, frames.size() + 1L, previousCrc);
            if (length < 0) {
                break;
            }
            String place = "%s@%d".formatted(path, at);
            var payload =
                    new ByteReader(bytes, at + FRAME_HEAD_BYTES, length - FRAME_HEAD_BYTES);
            frames.add(new FrameAt(at, at + length, EditCodec.readAll(payload, place)));
            previousCrc = new ByteReader(bytes, at, 4).i32();
            at += length;
        }
        return new Image(number, acknowledged, frames);
    }

    /// {@return whether the first manifest got further than its first frame, after which it was in
    /// force}
    static boolean wasInForce(Disk disk, String path) {
        try {
            return read(disk, path, 1).size() > 1;
        } catch (NoriException.Corruption _) {
            return false; // torn while it was created
        }
    }

    /// {@return the length of the file}
    long bytes() {
        return end;
    }

    /// Adds a frame; it is acknowledged when this returns.
    ///
    /// **Errors.** [NoriException.DiskFailure] for [Reason#FULL]: the frame is not there, whatever
    /// part of it was written, and the next one takes its place.
    ///
    /// @param makeRoom makes room on the disk, if it can
    void append(List<Edit> edits, BooleanSupplier makeRoom) {
        addFrame(edits);
        // From here on a reader may count the frame, so having no room is no way back.
        boolean acknowledged = false;
        while (!acknowledged) {
            try {
                acknowledge();
                acknowledged = true;
            } catch (NoriException.DiskFailure e) {
                if (e.reason() != Reason.FULL || !makeRoom.getAsBoolean()) {
                    throw new NoriException.DiskFailure(Reason.BROKEN, e.getMessage(), e);
                }
            }
        }
    }

    private void addFrame(List<Edit> edits) {
        var frame = new ByteWriter(256);
        frame.zeros(8).i64(frames + 1).i32(lastCrc);
        edits.forEach(edit -> EditCodec.write(edit, frame));
        int payload = frame.length() - FRAME_HEAD_BYTES;
        assert payload <= PAYLOAD_BYTES_MAX : payload;
        frame.patchI32(4, payload);
        int crc = Crc32c.seeded(number, frame.array(), 4, frame.length() - 4);
        frame.patchI32(0, crc);

        file.write(end, ByteBuffer.wrap(frame.array(), 0, frame.length()));
        file.force();
        end += frame.length();
        frames++;
        lastCrc = crc;
    }

    private void acknowledge() {
        writeMark();
        file.force();
    }

    @Override
    public void close() {
        file.close();
    }

    private void writeHead() {
        var head = new ByteWriter(FRAMES_AT);
        head.i32(MAGIC).i32(FORMAT_VERSION).i64(number);
        head.i32(Crc32c.seeded(number, head.array(), 0, head.length()));
        head.zeros(FRAMES_AT - head.length());
        file.write(0, ByteBuffer.wrap(head.array(), 0, head.length()));
    }

    private void writeMark() {
        var mark = new ByteWriter(MARK_BYTES);
        mark.i64(end);
        mark.i32(Crc32c.seeded(number, mark.array(), 0, 8));
        int slot = MARKS_AT[(int) (frames % MARKS_AT.length)];
        file.write(slot, ByteBuffer.wrap(mark.array(), 0, mark.length()));
    }

    private static byte[] readAll(Disk disk, String path) {
        try (DiskFile file = disk.openToRead(path)) {
            long size = file.size();
            if (size > Integer.MAX_VALUE - 16) {
                throw new NoriException.Corruption(
                        "%s: a manifest below 2 GiB, got %d bytes".formatted(path, size));
            }
            var buffer = ByteBuffer.allocate((int) size);
            int read = DiskReads.read(file, 0, buffer);
            if (read < size) {
                throw new NoriException.Corruption(
                        "%s: %d bytes, got %d".formatted(path, size, read));
            }
            return buffer.array();
        }
    }

    private static void checkHead(byte[] bytes, String path, long number) {
        if (bytes.length < FRAMES_AT) {
            throw new NoriException.Corruption(
                    "%s: at least %d bytes, got %d".formatted(path, FRAMES_AT, bytes.length));
        }
        var head = new ByteReader(bytes, 0, HEAD_BYTES);
        int magic = head.i32();
        int version = head.i32();
        long found = head.i64();
        boolean sound = head.i32() == Crc32c.seeded(number, bytes, 0, 16);
        if (magic != MAGIC || found != number || !sound) {
            throw new NoriException.Corruption(
                    "%s@0: the head of manifest %d, got something else".formatted(path, number));
        }
        if (version != FORMAT_VERSION) {
            throw new NoriException.Refused(
                    ErrorCode.VERSION_UNSUPPORTED,
                    "%s: format version %d, got %d".formatted(path, FORMAT_VERSION, version));
        }
    }

    private static long acknowledgedEnd(byte[] bytes, String path, long number) {
        long greatest = -1;
        for (int at : MARKS_AT) {
            var mark = new ByteReader(bytes, at, MARK_BYTES);
            long end = mark.i64();
            if (mark.i32() == Crc32c.seeded(number, bytes, at, 8)) {
                greatest = Math.max(greatest, end);
            }
        }
        if (greatest < FRAMES_AT) {
            throw new NoriException.Corruption(
                    "%s@%d: a mark that checks out, got none".formatted(path, MARKS_AT[0]));
        }
        return greatest;
    }

    /// {@return the length of the frame at `at`, or −1 if there is none that checks out}
    private static int frameLength(
            byte[] bytes, int at, long number, long frame, int previousCrc) {
        var head = new ByteReader(bytes, at, Math.min(FRAME_HEAD_BYTES, bytes.length - at));
        int crc = head.i32();
        long payload = head.u32();
        boolean follows = head.i64() == frame && head.i32() == previousCrc;
        if (head.overrun()
                || payload > PAYLOAD_BYTES_MAX
                || payload > bytes.length - at - FRAME_HEAD_BYTES) {
            return -1;
        }
        int length = FRAME_HEAD_BYTES + (int) payload;
        boolean sound = crc == Crc32c.seeded(number, bytes, at + 4, length - 4);
        return sound && follows ? length : -1;
    }
}
