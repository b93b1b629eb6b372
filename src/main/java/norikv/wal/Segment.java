package norikv.wal;

import java.nio.ByteBuffer;
import norikv.disk.DiskFile;

/// An open file of the log. Readers hold it while they read, so that it is not recycled under them.
///
/// **Threads.** Any; the two counters are guarded by this.
final class Segment {
    private final long number;
    private final DiskFile file;
    private final String path;
    private final long bytes;
    private int readers;
    private boolean retired;

    Segment(long number, String path, DiskFile file, long bytes) {
        this.number = number;
        this.path = path;
        this.file = file;
        this.bytes = bytes;
    }

    long number() {
        return number;
    }

    /// {@return the name it has as a segment, for messages and renames}
    String path() {
        return path;
    }

    DiskFile file() {
        return file;
    }

    long bytes() {
        return bytes;
    }

    /// {@return whether the caller may read until it calls [#release()]}
    synchronized boolean acquire() {
        if (retired) {
            return false;
        }
        readers++;
        return true;
    }

    /// {@return whether the last reader of a retired segment left}
    synchronized boolean release() {
        readers--;
        return retired && readers == 0;
    }

    /// Lets no new reader in.
    ///
    /// @return whether no reader is left
    synchronized boolean retire() {
        retired = true;
        return readers == 0;
    }

    /// Writes and forces an end frame at `offset`.
    ///
    /// @param zerosTo the file is zeroed from the end frame up to here
    /// @return the checksum of the end frame
    int seal(FrameBuffer frame, long salt, FramePlace place, long zerosTo) {
        frame.clear();
        long offset = place.offset();
        ByteBuffer end =
                frame.finish(
                        Frame.END_MAGIC,
                        Frame.seed(salt, number),
                        number,
                        place.sequence(),
                        place.previousCrc(),
                        offset);
        file.write(offset, end);
        long at = offset + Frame.ALIGN;
        if (at < zerosTo) {
            ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(1 << 20, zerosTo - at));
            for (; at < zerosTo; at += zeros.limit()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), zerosTo - at));
                file.write(at, zeros);
            }
        }
        file.force();
        return frame.crc();
    }
}
