package norikv.disk;

import java.util.List;
import norikv.domain.NoriException;

/// A folder of data files, named by relative paths with `/`, such as `wal/000012.log`.
///
/// **Durability.** A file's bytes are durable after [DiskFile#force()]; its name is durable after
/// [#forceDirectory(String)] of the folder that holds it. Neither implies the other, and a rename
/// is an entry of a directory like any other.
/// **Errors.** Every fault is a [NoriException.DiskFailure] that names path and operation; nothing
/// else is thrown for what the disk does. **Threads.** Any; none of them may be interrupted.
public interface Disk {
    boolean exists(String path);

    /// {@return the names (not paths) in `directory`, sorted; empty if there is no such directory}
    List<String> list(String directory);

    /// Creates `directory` and the ones above it, and makes their entries durable.
    void createDirectories(String directory);

    /// Creates an empty file for reading and writing; refuses an existing one.
    DiskFile create(String path);

    /// Opens an existing file for reading and writing.
    DiskFile openToWrite(String path);

    /// Opens an existing file for reading.
    DiskFile openToRead(String path);

    /// Gives the file `from` the name `to`, replacing what had it, or a folder a name that is free;
    /// durable after [#forceDirectory(String)] of both folders.
    void rename(String from, String to);

    /// Gives the file `existing` a second name.
    void link(String existing, String path);

    /// Removes a file's name; those who have it open or mapped go on.
    void delete(String path);

    /// Makes the entries of `directory` durable: creations, renames, deletions.
    void forceDirectory(String directory);

    /// Takes the exclusive lock of this folder, held until closed; the file stays.
    ///
    /// **Errors.** [NoriException.Refused] with `CANNOT_START` when another process or another
    /// owner in this process holds it.
    DiskLock lock(String path);

    /// {@return bytes that a user may still write on the file system}
    long freeBytes();

    /// {@return all bytes of the file system}
    long totalBytes();

    /// Holds the folder for one owner.
    interface DiskLock extends AutoCloseable {
        @Override
        void close();
    }
}
