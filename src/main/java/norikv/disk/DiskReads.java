package norikv.disk;

import java.nio.ByteBuffer;
import norikv.domain.NoriException;

/// Reads that are tried again: what a disk refuses once, it often delivers the next time.
///
/// Nothing waits in between: the system has been patient with the device already. **Limits.**
/// [#TRIES_MAX]. **Errors.** [NoriException.DiskFailure] of the last try. **Threads.** Any.
public final class DiskReads {
    /// How often one read is tried before it is given up.
    public static final int TRIES_MAX = 3;

    private DiskReads() {}

    /// Reads as [DiskFile#read] does.
    ///
    /// @return how many bytes were read; fewer than asked for only at the end of the file
    public static int read(DiskFile file, long position, ByteBuffer target) {
        int start = target.position();
        for (int left = TRIES_MAX - 1; left > 0; left--) {
            try {
                return file.read(position, target);
            } catch (NoriException.DiskFailure _) {
                target.position(start); // the last try says why
            }
        }
        return file.read(position, target);
    }
}
