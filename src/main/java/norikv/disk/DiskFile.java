package norikv.disk;

import java.nio.ByteBuffer;
import norikv.bytes.Region;

/// An open file, read and written by position.
///
/// **Errors.** [norikv.domain.NoriException.DiskFailure], naming path, position and operation.
/// After one failed force the file is poisoned: every later write and force fails, because the
/// kernel may have dropped the dirty pages and a second force could succeed and lie (Rebello et
/// al., ATC '20).
/// **Threads.** Any, at the same time; one writer at a time a position is the caller's concern.
public interface DiskFile extends AutoCloseable {
    /// {@return the path it was opened with}
    String path();

    long size();

    /// Reads into what remains of `target` from `position` on, up to its limit or the end of file.
    ///
    /// @return how many bytes were read; fewer than asked for only at the end of the file
    int read(long position, ByteBuffer target);

    /// Writes all that remains of `source` at `position`, growing the file as needed. Direct
    /// buffers save a copy.
    void write(long position, ByteBuffer source);

    /// Writes all that remains of all `sources`, one after the other, from `position` on.
    void write(long position, ByteBuffer[] sources);

    /// Makes all written bytes and the size durable (fdatasync).
    void force();

    /// Cuts the file to `size` bytes. Never a file that may be mapped.
    void truncate(long size);

    /// Maps `length` bytes from `position` on for reading. The range must lie inside of the file,
    /// and the file must never shrink afterwards.
    Mapping map(long position, long length);

    /// Closes the file; mappings stay valid. Does not force.
    @Override
    void close();

    /// A read-only view of a file's bytes in memory.
    interface Mapping extends AutoCloseable {
        Region region();

        /// Unmaps. Whoever reads the region afterwards gets [IllegalStateException]. A handshake
        /// with every thread: only a janitor closes mappings, in batches.
        @Override
        void close();
    }
}
