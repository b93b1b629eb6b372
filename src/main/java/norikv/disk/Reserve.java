package norikv.disk;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import norikv.domain.NoriException;

/// Room on the disk that is held by a file of zeros, and given up when all else is taken: work that
/// makes room needs some first.
///
/// **Threads.** Any may [#release]; one loop fills. **Limits.** A step writes 1 MiB. **Errors.** A
/// disk that has no room for the reserve is no failure: what is there is given up, and filling
/// begins again when it is asked for. A file system that compresses zeros holds nothing back.
public final class Reserve implements AutoCloseable {
    /// Holds nothing.
    public static final Reserve NONE = new Reserve();

    private static final Logger LOG = System.getLogger("norikv.disk");
    private static final int STEP_BYTES = 1 << 20;

    /// How much is written between two forces.
    private static final int FORCED_BYTES = 4 << 20;

    /// Null in [#NONE].
    private final Disk disk;

    private final String path;
    private final long bytes;

    // Guarded by this.
    private long heldBytes;

    /// Null but while it is being filled.
    private DiskFile filling;

    private Reserve() {
        this.disk = null;
        this.path = "";
        this.bytes = 0;
    }

    /// A reserve of `bytes` in the file at `path`, with what an earlier run has left of it.
    public Reserve(Disk disk, String path, long bytes) {
        this.disk = disk;
        this.path = path;
        this.bytes = bytes;
        this.heldBytes = sizeOnDisk();
        if (heldBytes > bytes) {
            release();
        }
    }

    private long sizeOnDisk() {
        if (!disk.exists(path)) {
            return 0;
        }
        try (DiskFile file = disk.openToRead(path)) {
            return file.size();
        }
    }

    /// {@return how many bytes there should be}
    public long bytes() {
        return bytes;
    }

    /// {@return how many bytes are held}
    public synchronized long heldBytes() {
        return heldBytes;
    }

    /// {@return what is free for everybody else, of so many free bytes of the disk: less what the
    /// reserve still has to take}
    public synchronized long freeForOthers(long freeBytes) {
        return freeBytes - (bytes - heldBytes);
    }

    /// Gives up what is held.
    ///
    /// @return whether that made room
    public synchronized boolean release() {
        if (heldBytes == 0) {
            return false;
        }
        LOG.log(
                Level.WARNING,
                () -> "Gave up the reserve: the disk is full. bytes=" + heldBytes);
        closeFile();
        try {
            disk.delete(path);
        } catch (NoriException.DiskFailure e) {
            LOG.log(Level.WARNING, () -> "The reserve cannot be removed. path=" + path, e);
            return false;
        }
        heldBytes = 0;
        return true;
    }

    /// Writes the next piece of what is missing.
    ///
    /// @return whether more is missing and there is room for it
    public synchronized boolean fill() {
        if (heldBytes == bytes) {
            return false;
        }
        try {
            writePiece();
        } catch (NoriException.DiskFailure e) {
            LOG.log(Level.DEBUG, () -> "No room for the reserve. held_bytes=" + heldBytes, e);
            closeFile();
            heldBytes = Math.max(heldBytes, sizeOnDisk()); // a part of the piece may be there
            return false;
        }
        if (heldBytes == bytes) {
            closeFile();
        }
        return heldBytes < bytes;
    }

    private void writePiece() {
        if (filling == null) {
            filling = disk.exists(path) ? disk.openToWrite(path) : disk.create(path);
        }
        int length = (int) Math.min(STEP_BYTES, bytes - heldBytes);
        filling.write(heldBytes, ByteBuffer.allocate(length));
        heldBytes += length;
        if (heldBytes == bytes || heldBytes % FORCED_BYTES == 0) {
            filling.force();
        }
    }

    private void closeFile() {
        if (filling != null) {
            filling.close();
            filling = null;
        }
    }

    /// Closes the file and keeps what it holds.
    @Override
    public synchronized void close() {
        closeFile();
    }
}
