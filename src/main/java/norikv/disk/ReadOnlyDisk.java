package norikv.disk;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// A folder of the operating system that is only looked at: whatever would change it is refused.
///
/// Its lock keeps owners away and is not held against others who only look. **Threads.** Any.
public final class ReadOnlyDisk implements Disk {
    private final Path root;
    private final FileDisk files;

    private ReadOnlyDisk(Path root) {
        this.root = root;
        this.files = FileDisk.of(root);
    }

    /// {@return the folder `root`}
    ///
    /// **Errors.** [NoriException.Refused] with `CANNOT_START` when there is no such folder, or it
    /// may not be read.
    public static ReadOnlyDisk open(Path root) {
        Path absolute = root.toAbsolutePath().normalize();
        if (!Files.isDirectory(absolute) || !Files.isReadable(absolute)) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START, absolute + ": a folder that can be read, got none");
        }
        return new ReadOnlyDisk(absolute);
    }

    @Override
    public boolean exists(String path) {
        return files.exists(path);
    }

    @Override
    public List<String> list(String directory) {
        return files.list(directory);
    }

    @Override
    public DiskFile openToRead(String path) {
        return files.openToRead(path);
    }

    /// Keeps owners away where there may be one: a folder without lock files has none.
    @Override
    public DiskLock lock(String path) {
        return FolderLock.takeToRead(root.resolve(DiskPath.checked(path)));
    }

    @Override
    public long freeBytes() {
        return files.freeBytes();
    }

    @Override
    public long totalBytes() {
        return files.totalBytes();
    }

    @Override
    public void createDirectories(String directory) {
        throw refused(directory);
    }

    @Override
    public DiskFile create(String path) {
        throw refused(path);
    }

    @Override
    public DiskFile openToWrite(String path) {
        throw refused(path);
    }

    @Override
    public void rename(String from, String to) {
        throw refused(from);
    }

    @Override
    public void link(String existing, String path) {
        throw refused(path);
    }

    @Override
    public void delete(String path) {
        throw refused(path);
    }

    @Override
    public void forceDirectory(String directory) {
        throw refused(directory);
    }

    private IllegalStateException refused(String path) {
        return new IllegalStateException(root.resolve(path) + ": is only looked at");
    }
}
