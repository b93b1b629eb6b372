package norikv.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import norikv.domain.NoriException;

/// A real folder whose next force fails on command: what was written to the file since its last
/// force is gone then, as when the kernel has dropped the dirty pages, and the file takes nothing
/// any more.
///
/// The command is a file outside of the folder. It holds the beginning of a file's path, with a
/// slash in it, or the path of a folder; the first force of such a file or of that folder removes
/// the command and fails.
///
/// **Threads.** Any, a file's writes one at a time. **Limits.** It keeps what was overwritten since
/// the last force of a file.
public final class UnforcedDisk implements Disk {
    private final Disk disk;
    private final Path command;

    public UnforcedDisk(Disk disk, Path command) {
        this.disk = disk;
        this.command = command;
    }

    private boolean mustFailFile(String path) {
        return mustFail(wanted -> wanted.contains("/") && path.startsWith(wanted));
    }

    /// {@return whether a force is to fail} Says so once a command.
    private synchronized boolean mustFail(Predicate<String> isWanted) {
        try {
            return Files.exists(command)
                    && isWanted.test(Files.readString(command))
                    && Files.deleteIfExists(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NoriException.DiskFailure failed(String path) {
        return new NoriException.DiskFailure(
                NoriException.DiskFailure.Reason.BROKEN,
                path + ": force: Input/output error",
                new IOException("Input/output error"));
    }

    @Override
    public void forceDirectory(String directory) {
        if (mustFail(directory::equals)) {
            throw failed(directory);
        }
        disk.forceDirectory(directory);
    }

    @Override
    public DiskFile create(String path) {
        return new Forgetful(disk.create(path));
    }

    @Override
    public DiskFile openToWrite(String path) {
        return new Forgetful(disk.openToWrite(path));
    }

    @Override
    public DiskFile openToRead(String path) {
        return disk.openToRead(path);
    }

    @Override
    public boolean exists(String path) {
        return disk.exists(path);
    }

    @Override
    public List<String> list(String directory) {
        return disk.list(directory);
    }

    @Override
    public void createDirectories(String directory) {
        disk.createDirectories(directory);
    }

    @Override
    public void rename(String from, String to) {
        disk.rename(from, to);
    }

    @Override
    public void link(String existing, String path) {
        disk.link(existing, path);
    }

    @Override
    public void delete(String path) {
        disk.delete(path);
    }

    @Override
    public DiskLock lock(String path) {
        return disk.lock(path);
    }

    @Override
    public long freeBytes() {
        return disk.freeBytes();
    }

    @Override
    public long totalBytes() {
        return disk.totalBytes();
    }

    /// A file that can lose what was not forced.
    private final class Forgetful implements DiskFile {
        private final DiskFile file;
        private final ArrayDeque<Overwritten> unforced = new ArrayDeque<>();
        private boolean poisoned;

        /// What stood where something was written, zeros where nothing did.
        private record Overwritten(long position, ByteBuffer bytes) {}

        private Forgetful(DiskFile file) {
            this.file = file;
        }

        @Override
        public synchronized void write(long position, ByteBuffer source) {
            remember(position, source.remaining());
            file.write(position, source);
        }

        @Override
        public synchronized void write(long position, ByteBuffer[] sources) {
            long length = 0;
            for (ByteBuffer source : sources) {
                length += source.remaining();
            }
            remember(position, Math.toIntExact(length));
            file.write(position, sources);
        }

        private void remember(long position, int length) {
            if (poisoned) {
                throw failed(path());
            }
            ByteBuffer before = ByteBuffer.allocate(length);
            if (position < file.size()) {
                file.read(position, before);
            }
            unforced.push(new Overwritten(position, before.clear()));
        }

        @Override
        public synchronized void force() {
            if (poisoned) {
                throw failed(path());
            }
            if (mustFailFile(path())) {
                for (Overwritten lost : new ArrayList<>(unforced)) {
                    file.write(lost.position, lost.bytes);
                }
                poisoned = true;
                throw failed(path());
            }
            file.force();
            unforced.clear();
        }

        @Override
        public String path() {
            return file.path();
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public int read(long position, ByteBuffer target) {
            return file.read(position, target);
        }

        @Override
        public void truncate(long size) {
            file.truncate(size);
        }

        @Override
        public Mapping map(long position, long length) {
            return file.map(position, length);
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
