package norikv.wal;

import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import norikv.bytes.ByteReader;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.disk.FileFault;
import norikv.domain.NoriException;

/// Reads the files of a log that nobody writes to, changes nothing, and tells all that is wrong.
///
/// What counts as wrong is what opening refuses: a frame that does not check out anywhere but at
/// the torn end of the last segment, a chain that breaks, a segment that is missing. Where a
/// segment is damaged the search goes on with the next one. **Limits.** Memory: one frame.
/// **Threads.** Confined to one. **Source.** `wire/files.md`, log segment.
public final class WalVerifier {
    private final Disk disk;
    private final String directory;
    private final Consumer<FileFault> faults;
    private final TreeMap<Long, String> names;
    private long bytesTotal;
    private long bytesRead;
    private int segments;

    /// Of the segment before; valid where [#chained].
    private SegmentHeader before;

    private int beforeCrc;
    private boolean chained;

    /// A verifier of the log in `directory` that tells `faults` what it finds.
    public WalVerifier(Disk disk, String directory, Consumer<FileFault> faults) {
        this.disk = disk;
        this.directory = directory;
        this.faults = faults;
        this.names = SegmentName.segments(disk.list(directory));
        for (String name : names.values()) {
            try (DiskFile file = disk.openToRead(path(name))) {
                bytesTotal += file.size();
            }
        }
    }

    /// {@return how many bytes of segments there are}
    public long bytesTotal() {
        return bytesTotal;
    }

    /// {@return how many bytes of segments were gone through}
    public long bytesRead() {
        return bytesRead;
    }

    /// {@return how many segments were gone through}
    public int segments() {
        return segments;
    }

    /// Goes through the next segment and gives its records to `replay`, in order; what that throws
    /// as damage is a fault too.
    ///
    /// @return whether there are more
    public boolean step(Replay replay) {
        if (names.isEmpty()) {
            return false;
        }
        if (segments == 0) {
            dropGhosts();
        }
        var next = names.pollFirstEntry();
        String path = path(next.getValue());
        try (DiskFile file = disk.openToRead(path)) {
            bytesRead += file.size();
            segments++;
            verify(next.getKey(), path, file, replay);
        } catch (NoriException.Corruption | NoriException.Refused | NoriException.DiskFailure e) {
            chained = false;
            faults.accept(FileFault.of(path, e));
        }
        return !names.isEmpty();
    }

    /// Segments that were recycled, and that a folder which was not forced brings back.
    private void dropGhosts() {
        String path = path(names.lastEntry().getValue());
        try (DiskFile file = disk.openToRead(path)) {
            long first = new SegmentReader(path, file).readHeader().firstSegment();
            names.headMap(first).clear();
        } catch (NoriException.Corruption | NoriException.Refused _) {
            // told when it is its turn
        }
    }

    private void verify(long number, String path, DiskFile file, Replay replay) {
        var reader = new SegmentReader(path, file);
        SegmentHeader header = reader.readHeader();
        requireFollows(number, path, header, reader.size());
        boolean last = names.isEmpty();
        FramePlace place = FramePlace.first(header.previousCrc());
        before = header;
        chained = false;
        while (true) {
            int bytes = reader.frameAt(place.offset());
            if (bytes == 0) {
                WalRecovery.requireTorn(path, reader, place.offset(), last);
                return;
            }
            WalRecovery.requireChain(path, reader, place);
            if (reader.isEnd()) {
                beforeCrc = reader.crc();
                chained = true;
                return;
            }
            replay(path, reader, place.offset(), replay);
            place = place.after(bytes, reader.crc());
        }
    }

    /// A record that means nothing is a fault, and no reason to stop.
    private void replay(String path, SegmentReader reader, long offset, Replay replay) {
        try {
            reader.replay(
                    offset,
                    (position, record) -> {
                        try {
                            replay.record(position, record);
                        } catch (NoriException.Corruption e) {
                            faults.accept(FileFault.of(path, e));
                        }
                    });
        } catch (NoriException.Corruption e) {
            faults.accept(FileFault.of(path, e));
        }
    }

    private void requireFollows(long number, String path, SegmentHeader header, long size) {
        if (header.segment() != number || header.segmentBytes() != size) {
            throw new NoriException.Corruption(
                    "%s@0: the header of segment %d of %d bytes, got %s"
                            .formatted(path, number, size, header));
        }
        if (before == null) {
            return;
        }
        if (number != before.segment() + 1) {
            faults.accept(
                    FileFault.at(
                            directory,
                            0,
                            "segment %d, got %d as the next one"
                                    .formatted(before.segment() + 1, number)));
        } else if (header.salt() != before.salt()
                || chained && header.previousCrc() != beforeCrc) {
            faults.accept(
                    FileFault.at(
                            path,
                            0,
                            "a header after %s with crc %08x, got %s"
                                    .formatted(before, beforeCrc, header)));
        }
    }

    private String path(String name) {
        return directory + "/" + name;
    }

    /// What [#inspect] tells of a segment.
    public interface Listener {
        /// Its header.
        void header(long segment, long segmentBytes, long firstSegment, int previousCrc);

        /// A frame that checks out.
        ///
        /// @param frame where, how long, and what it says
        void frame(FrameFacts frame);
    }

    /// A frame of a segment.
    ///
    /// @param end whether it is the last of a segment that was closed
    /// @param synced all before was durable when this was written
    public record FrameFacts(
            long offset, int bytes, int sequence, int records, long synced, boolean end) {}

    /// Tells what is in the one file at `path`, up to its end frame or the first place where
    /// nothing checks out.
    ///
    /// **Errors.** [NoriException.Corruption] when the header does not check out.
    ///
    /// @return where that is; the size of the file if it ends with its end frame
    public static long inspect(Disk disk, String path, Listener listener) {
        try (DiskFile file = disk.openToRead(path)) {
            var reader = new SegmentReader(path, file);
            SegmentHeader header = reader.readHeader();
            listener.header(
                    header.segment(),
                    header.segmentBytes(),
                    header.firstSegment(),
                    header.previousCrc());
            FramePlace place = FramePlace.first(header.previousCrc());
            while (true) {
                int bytes = reader.frameAt(place.offset());
                boolean follows =
                        bytes > 0
                                && reader.sequence() == place.sequence()
                                && reader.previousCrc() == place.previousCrc();
                if (!follows) {
                    return place.offset();
                }
                int[] records = new int[1];
                reader.replay(place.offset(), (long _, ByteReader _) -> records[0]++);
                listener.frame(
                        new FrameFacts(
                                place.offset(),
                                bytes,
                                place.sequence(),
                                records[0],
                                reader.synced(),
                                reader.isEnd()));
                if (reader.isEnd()) {
                    return file.size();
                }
                place = place.after(bytes, reader.crc());
            }
        }
    }

    /// {@return the damage at `offset` of the file at `path`, where nothing checks out; empty if it
    /// may be where writing stopped}
    public static Optional<FileFault> damageAt(Disk disk, String path, long offset) {
        try (DiskFile file = disk.openToRead(path)) {
            var reader = new SegmentReader(path, file);
            reader.readHeader();
            if (reader.frameAt(offset) > 0) {
                return Optional.of(
                        FileFault.at(path, offset, "a frame that follows the one before"));
            }
            WalRecovery.requireTorn(path, reader, offset, true);
            return Optional.empty();
        } catch (NoriException.Corruption e) {
            return Optional.of(FileFault.of(path, e));
        }
    }
}
