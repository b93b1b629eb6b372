package norikv.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import norikv.bytes.Region;
import norikv.domain.NoriException;

/// A file of the operating system.
///
/// **Threads.** Any. Forces go one by one, because the kernel tells of a lost page once: a second
/// force that ran beside the failing one would report success. Gathering writes go one by one,
/// because they move the channel's own position, which nothing else uses.
final class ChannelFile implements DiskFile {
    private final String path;
    private final Path file;
    private final FileChannel channel;
    private final Object forcing = new Object();
    private final Object gathering = new Object();
    private volatile boolean poisoned;

    ChannelFile(String path, Path file, FileChannel channel) {
        this.path = path;
        this.file = file;
        this.channel = channel;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public long size() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw DiskFaults.failure(file, "size", e);
        }
    }

    @Override
    public int read(long position, ByteBuffer target) {
        int start = target.position();
        try {
            int count = 0;
            while (target.hasRemaining() && count >= 0) {
                count = channel.read(target, position + target.position() - start);
            }
        } catch (IOException e) {
            throw DiskFaults.failure(file, at("read", target.limit() - start, position), e);
        }
        return target.position() - start;
    }

    @Override
    public void write(long position, ByteBuffer source) {
        int start = source.position();
        long length = source.remaining();
        checkNotPoisoned("write");
        try {
            while (source.hasRemaining()) {
                int count = channel.write(source, position + source.position() - start);
                if (count <= 0) {
                    throw noProgress(at("write", length, position));
                }
            }
        } catch (IOException e) {
            throw DiskFaults.writing(file, at("write", length, position), e);
        }
    }

    @Override
    public void write(long position, ByteBuffer[] sources) {
        long left = 0;
        for (ByteBuffer source : sources) {
            left += source.remaining();
        }
        long length = left;
        checkNotPoisoned("write");
        synchronized (gathering) {
            try {
                channel.position(position);
                while (left > 0) {
                    long count = channel.write(sources);
                    if (count <= 0) {
                        throw noProgress(at("write", length, position));
                    }
                    left -= count;
                }
            } catch (IOException e) {
                throw DiskFaults.writing(file, at("write", length, position), e);
            }
        }
    }

    @Override
    public void force() {
        synchronized (forcing) {
            checkNotPoisoned("force");
            try {
                channel.force(false);
            } catch (ClosedChannelException e) {
                // Nothing can be written or forced any more, which is as good as poison.
                throw DiskFaults.broken(file, "force", e);
            } catch (IOException e) {
                poisoned = true;
                throw DiskFaults.broken(file, "force", e);
            }
        }
    }

    @Override
    public void truncate(long size) {
        checkNotPoisoned("truncate");
        try {
            channel.truncate(size);
        } catch (IOException e) {
            throw DiskFaults.failure(file, "truncate to " + size, e);
        }
    }

    @Override
    public Mapping map(long position, long length) {
        long size = size();
        if (position < 0 || length < 0 || position > size - length) {
            throw DiskFaults.broken(
                    file,
                    at("map", length, position),
                    "range inside of the file, which has %d bytes".formatted(size));
        }
        Arena arena = Arena.ofShared();
        try {
            var memory = channel.map(MapMode.READ_ONLY, position, length, arena);
            return new ArenaMapping(arena, Region.of(memory));
        } catch (IOException e) {
            arena.close();
            throw DiskFaults.failure(file, at("map", length, position), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw DiskFaults.writing(file, "close", e);
        }
    }

    private void checkNotPoisoned(String operation) {
        if (poisoned) {
            throw DiskFaults.poisoned(file, operation);
        }
    }

    private NoriException noProgress(String operation) {
        return DiskFaults.broken(file, operation, "the system wrote nothing and gave no reason");
    }

    private static String at(String operation, long length, long position) {
        return "%s %d bytes at %d".formatted(operation, length, position);
    }

    /// A mapped stretch with an arena of its own.
    private static final class ArenaMapping implements Mapping {
        private final Arena arena;
        private final Region region;
        private final AtomicBoolean closed = new AtomicBoolean();

        ArenaMapping(Arena arena, Region region) {
            this.arena = arena;
            this.region = region;
        }

        @Override
        public Region region() {
            return region;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                arena.close();
            }
        }
    }
}
