package norikv.disk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import norikv.bytes.Region;
import norikv.disk.SimDisk.Call;
import norikv.disk.SimDisk.Op;
import norikv.domain.NoriException.DiskFailure;

/// An open file of a [SimDisk]. **Threads.** Any, guarded by the disk's lock.
final class SimFile implements DiskFile {
    private final SimDisk disk;
    private final SimCalls calls;
    private final String path;
    private final SimContent content;
    private final boolean writable;
    private boolean poisoned;
    private boolean closed;

    SimFile(SimDisk disk, SimCalls calls, String path, SimContent content, boolean writable) {
        this.disk = disk;
        this.calls = calls;
        this.path = path;
        this.content = content;
        this.writable = writable;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public long size() {
        return calls.run(
                Op.SIZE,
                path,
                (call, _) -> {
                    checkOpen(call);
                    return content.size();
                });
    }

    @Override
    public int read(long position, ByteBuffer target) {
        checkPosition(position);
        return calls.run(
                Op.READ,
                path,
                "",
                position,
                target.remaining(),
                (call, fault) -> {
                    checkOpen(call);
                    byte[] bytes = flipped(content.read(position, target.remaining()), fault);
                    target.put(bytes);
                    return bytes.length;
                });
    }

    @Override
    public void write(long position, ByteBuffer source) {
        write(position, new ByteBuffer[] {source});
    }

    @Override
    public void write(long position, ByteBuffer[] sources) {
        checkPosition(position);
        checkWritable();
        byte[] bytes = drained(sources);
        calls.run(
                Op.WRITE,
                path,
                "",
                position,
                bytes.length,
                (call, fault) -> {
                    checkOpen(call);
                    checkNotPoisoned(call);
                    write(call, bytes, fault);
                    return content;
                });
    }

    @Override
    public void force() {
        calls.run(
                Op.FORCE,
                path,
                (call, fault) -> {
                    checkOpen(call);
                    checkNotPoisoned(call);
                    if (fault.isPresent()) {
                        poisoned = true;
                        content.failForce(calls.random());
                        throw SimCalls.broken(call, "Input/output error");
                    }
                    content.force();
                    return content;
                });
    }

    @Override
    public void truncate(long size) {
        checkPosition(size);
        checkWritable();
        calls.run(
                Op.TRUNCATE,
                path,
                "",
                size,
                0,
                (call, _) -> {
                    checkOpen(call);
                    checkNotPoisoned(call);
                    content.truncate(call.number(), size);
                    return content;
                });
    }

    @Override
    public Mapping map(long position, long length) {
        return calls.run(
                Op.MAP,
                path,
                "",
                position,
                length,
                (call, fault) -> {
                    checkOpen(call);
                    if (position < 0 || length < 0 || position > content.size() - length) {
                        throw SimCalls.broken(
                                call,
                                "range inside of the file, which has %d bytes"
                                        .formatted(content.size()));
                    }
                    byte[] bytes = flipped(content.read(position, length), fault);
                    return disk.keep(new CopiedMapping(disk, bytes));
                });
    }

    @Override
    public void close() {
        synchronized (calls) {
            if (!closed) {
                closed = true;
                disk.fileClosed();
            }
        }
    }

    private void write(Call call, byte[] bytes, Optional<SimFault> fault) {
        long position = call.position();
        int room = (int) Math.min(bytes.length, disk.roomToWrite(content, position, bytes.length));
        switch (fault.orElse(null)) {
            case SimFault.DroppedWrite _ -> {}
            case SimFault.MisdirectedWrite _ ->
                    content.write(call.number(), astray(position), bytes);
            case SimFault.ShortWrite _ -> {
                content.write(call.number(), position, firstPart(bytes, bytes.length));
                throw SimCalls.broken(call, "Input/output error");
            }
            case SimFault.NoSpace _ -> {
                content.write(call.number(), position, firstPart(bytes, bytes.length));
                throw SimCalls.noSpace(call);
            }
            case null, default -> {
                content.write(call.number(), position, Arrays.copyOf(bytes, room));
                if (room < bytes.length) {
                    throw SimCalls.noSpace(call);
                }
            }
        }
        disk.wrote(bytes.length);
    }

    private byte[] firstPart(byte[] bytes, int below) {
        return Arrays.copyOf(bytes, below == 0 ? 0 : calls.random().nextInt(below));
    }

    /// {@return another position inside of the file or just behind it, some sectors away}
    private long astray(long position) {
        long places = Math.max(2, content.size() / SimContent.SECTOR_BYTES + 1);
        long away = 1 + calls.random().nextLong(places - 1);
        return (position + away * SimContent.SECTOR_BYTES) % (places * SimContent.SECTOR_BYTES);
    }

    private byte[] flipped(byte[] bytes, Optional<SimFault> fault) {
        if (fault.isPresent() && bytes.length > 0) {
            bytes[calls.random().nextInt(bytes.length)] ^= (byte) (1 << calls.random().nextInt(8));
        }
        return bytes;
    }

    private static byte[] drained(ByteBuffer[] sources) {
        int length = 0;
        for (ByteBuffer source : sources) {
            length += source.remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        for (ByteBuffer source : sources) {
            all.put(source);
        }
        return all.array();
    }

    private void checkOpen(Call call) {
        if (closed) {
            throw SimCalls.broken(call, "the file is closed");
        }
    }

    private void checkNotPoisoned(Call call) {
        if (poisoned) {
            throw poisoned(call);
        }
    }

    private void checkWritable() {
        if (!writable) {
            throw new IllegalStateException(path + ": opened for reading only");
        }
    }

    private static void checkPosition(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("position: at least 0, got " + position);
        }
    }

    static DiskFailure poisoned(Call call) {
        return SimCalls.broken(call, "an earlier force failed, so what was written may be lost");
    }

    /// A mapping that is a copy.
    static final class CopiedMapping implements Mapping {
        private final SimDisk disk;
        private final Arena arena = Arena.ofShared();
        private final Region region;

        CopiedMapping(SimDisk disk, byte[] bytes) {
            this.disk = disk;
            MemorySegment memory = arena.allocate(Math.max(1, bytes.length), 64);
            MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
            this.region = Region.of(memory.asSlice(0, bytes.length).asReadOnly());
        }

        @Override
        public Region region() {
            return region;
        }

        @Override
        public void close() {
            if (disk.forget(this)) {
                arena.close();
            }
        }
    }
}
