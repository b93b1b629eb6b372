package norikv.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// Keeps a folder for one owner, against other processes and against others in this one.
///
/// POSIX drops all locks that a process has on a file as soon as the process closes any descriptor
/// of that file. A second owner in this process, opening the lock file only to be refused, would
/// therefore free the folder for other processes. So there are two files: the guard is locked first
/// and refuses owners in this process (the JDK keeps one table of locks a process); only who has it
/// opens the lock file proper, which nothing in this process can free by accident.
final class FolderLock implements Disk.DiskLock {
    private static final int OWNER_BYTES_MAX = 64;

    private final FileChannel guard;
    private final FileChannel channel;

    private FolderLock(FileChannel guard, FileChannel channel) {
        this.guard = guard;
        this.channel = channel;
    }

    /// {@return the lock of `file`'s folder} Refuses when anybody else has it.
    static FolderLock take(Path file) {
        FileChannel guard = open(guardOf(file));
        try {
            requireLock(guard, guard, file);
            FileChannel channel = open(file);
            try {
                requireLock(channel, guard, file);
                writeOwner(guard);
                return new FolderLock(guard, channel);
            } catch (NoriException e) {
                close(channel);
                throw e;
            }
        } catch (NoriException e) {
            close(guard);
            throw e;
        }
    }

    /// {@return what keeps owners away from `file`'s folder, beside others who only look} Makes no
    /// file: where there is none nobody has the folder. Refuses when somebody has it.
    static Disk.DiskLock takeToRead(Path file) {
        List<FileChannel> held = new ArrayList<>();
        boolean taken = false;
        try {
            for (Path one : List.of(guardOf(file), file)) {
                if (Files.exists(one)) {
                    FileChannel channel = FileChannel.open(one, StandardOpenOption.READ);
                    held.add(channel);
                    requireShared(channel, file);
                }
            }
            taken = true;
            return () -> held.forEach(FolderLock::close);
        } catch (IOException e) {
            throw refused(file, DiskFaults.reason(e), e);
        } finally {
            if (!taken) {
                held.forEach(FolderLock::close);
            }
        }
    }

    private static void requireShared(FileChannel channel, Path file) throws IOException {
        try {
            if (channel.tryLock(0, Long.MAX_VALUE, true) == null) {
                throw inUse(file, "another process", null);
            }
        } catch (OverlappingFileLockException e) {
            throw inUse(file, "this very process", e);
        }
    }

    private static Path guardOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".guard");
    }

    @Override
    public void close() {
        close(channel);
        close(guard);
    }

    private static void requireLock(FileChannel channel, FileChannel guard, Path file) {
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw inUse(file, readOwner(guard), null);
            }
        } catch (OverlappingFileLockException e) {
            throw inUse(file, "this very process", e);
        } catch (IOException e) {
            throw refused(file, DiskFaults.reason(e), e);
        }
    }

    private static FileChannel open(Path file) {
        try {
            return FileChannel.open(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw refused(file, DiskFaults.reason(e), e);
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // The descriptor is gone all the same, and its lock with it; nothing was written.
        }
    }

    private static void writeOwner(FileChannel guard) {
        byte[] owner = ("process " + ProcessHandle.current().pid()).getBytes(UTF_8);
        try {
            guard.truncate(0);
            guard.write(ByteBuffer.wrap(owner), 0);
        } catch (IOException _) {
            // Only the text of somebody else's error is poorer; a full disk must not end here.
        }
    }

    private static String readOwner(FileChannel guard) throws IOException {
        ByteBuffer owner = ByteBuffer.allocate(OWNER_BYTES_MAX);
        guard.read(owner, 0);
        String text = UTF_8.decode(owner.flip()).toString();
        return text.isEmpty() ? "another process" : text;
    }

    private static NoriException inUse(Path file, String owner, RuntimeException cause) {
        return new NoriException.Refused(
                ErrorCode.CANNOT_START,
                "%s: data folder that nobody else uses, got one that %s holds locked"
                                .formatted(file, owner)
                        + ". Stop that node, or name another data folder.",
                cause);
    }

    private static NoriException refused(Path file, String reason, IOException cause) {
        return new NoriException.Refused(
                ErrorCode.CANNOT_START,
                "%s: lock file that this user may write, got: %s".formatted(file, reason)
                        + ". Change the permissions of the data folder, or name another one.",
                cause);
    }
}
