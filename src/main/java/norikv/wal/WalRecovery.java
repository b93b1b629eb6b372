package norikv.wal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import norikv.bytes.ByteReader;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.disk.DiskReads;
import norikv.domain.NoriException;
import norikv.observe.Event;

/// Reads a log back: first looks at everything and changes nothing, then closes the torn tail.
///
/// Every file is forced before it is believed, because what a killed process wrote may be seen and
/// yet not be on the disk. Only the last segment may end without an end frame. What follows its
/// last valid frame is a torn write, unless a later valid frame says that it was durable before:
/// then it is damage, like every other frame that does not validate.
///
/// After a failed force the kernel shows pages that it will never write again, so even forcing
/// them anew proves nothing. That may have happened to the last frame alone, because each was
/// durable before the next was written: the last one is written again.
///
/// **Errors.** [NoriException.Corruption] naming file and offset; nothing was changed then.
/// **Source.** `wire/files.md`, log segment, opening.
final class WalRecovery {
    /// What was found. The last segment is sealed; nobody writes to these files any more.
    ///
    /// @param lastNumber of the last segment; 0 without segments
    /// @param finalCrc of the last segment's end frame; 0 without segments
    record Recovered(List<Segment> segments, long salt, long lastNumber, int finalCrc) {}

    /// How one segment ends.
    ///
    /// @param place of the end frame: of the one that is there, or of the one that is missing
    /// @param last where the last valid frame is, an end frame included; the place if there is none
    private record Tail(FramePlace place, long last, int endCrc, boolean sealed, boolean torn) {
        boolean unused() {
            return place.sequence() == 0 && !sealed;
        }
    }

    private final Disk disk;
    private final String directory;
    private final Event.Sink events;
    private final Replay replay;
    private final List<Segment> segments = new ArrayList<>();

    /// Paths of segments that were recycled: a directory that was not forced brings them back.
    private final List<String> ghosts = new ArrayList<>();

    private long salt;
    private int previousCrc;
    private SegmentHeader header;
    private Tail tail;

    WalRecovery(Disk disk, String directory, Event.Sink events, Replay replay) {
        this.disk = disk;
        this.directory = directory;
        this.events = events;
        this.replay = replay;
    }

    Recovered run(WalOptions options) {
        salt = options.salt();
        boolean whole = false;
        try {
            disk.createDirectories(directory);
            disk.forceDirectory(directory);
            TreeMap<Long, String> names = SegmentName.segments(disk.list(directory));
            removeGhosts(names);
            requireNoGap(names);
            for (var named : names.entrySet()) {
                boolean last = named.getKey().equals(names.lastKey());
                classify(named.getKey(), path(named.getValue()), last);
            }
            requireHead(names);
            replay.end();
            ghosts.forEach(disk::delete);
            long lastNumber = names.isEmpty() ? 0 : names.lastKey();
            if (!segments.isEmpty() && tail.unused()) {
                dropLast();
                lastNumber--;
            } else if (!segments.isEmpty()) {
                closeLast(segments.getLast());
            }
            whole = true;
            return new Recovered(segments, salt, lastNumber, previousCrc);
        } finally {
            if (!whole) {
                segments.forEach(s -> s.file().close());
            }
        }
    }

    private String path(String name) {
        return directory + "/" + name;
    }

    private void removeGhosts(TreeMap<Long, String> names) {
        if (names.isEmpty()) {
            return;
        }
        String path = path(names.lastEntry().getValue());
        try (DiskFile file = disk.openToWrite(path)) {
            file.force();
            long first = new SegmentReader(path, file).readHeader().firstSegment();
            var older = names.headMap(first);
            older.values().forEach(name -> ghosts.add(path(name)));
            older.clear();
        }
    }

    private void requireNoGap(TreeMap<Long, String> names) {
        long expected = names.isEmpty() ? 0 : names.firstKey();
        for (long number : names.keySet()) {
            if (number != expected) {
                throw new NoriException.Corruption(
                        "%s: segment %d is missing, found %s"
                                .formatted(directory, expected, names.values()));
            }
            expected++;
        }
    }

    private void classify(long number, String path, boolean last) {
        DiskFile file = disk.openToWrite(path);
        segments.add(new Segment(number, path, file, file.size()));
        file.force();
        var reader = new SegmentReader(path, file);
        header = reader.readHeader();
        boolean first = segments.size() == 1;
        if (first) {
            salt = header.salt();
        }
        var expected =
                new SegmentHeader(
                        salt,
                        number,
                        reader.size(),
                        first ? header.previousCrc() : previousCrc,
                        header.firstSegment());
        if (!header.equals(expected)) {
            throw new NoriException.Corruption(
                    "%s@0: %s, got %s".formatted(path, expected, header));
        }
        tail = readFrames(path, reader, FramePlace.first(header.previousCrc()), last);
        previousCrc = tail.endCrc;
    }

    private Tail readFrames(String path, SegmentReader reader, FramePlace start, boolean last) {
        FramePlace place = start;
        long lastFrame = start.offset();
        while (true) {
            int bytes = reader.frameAt(place.offset());
            if (bytes == 0) {
                requireTorn(path, reader, place.offset(), last);
                boolean torn = reader.hasBegun(place.offset());
                return new Tail(place, lastFrame, 0, false, torn);
            }
            requireChain(path, reader, place);
            lastFrame = place.offset();
            if (reader.isEnd()) {
                return new Tail(place, lastFrame, reader.crc(), true, false);
            }
            reader.replay(place.offset(), replay);
            place = place.after(bytes, reader.crc());
        }
    }

    static void requireChain(String path, SegmentReader reader, FramePlace place) {
        if (reader.sequence() != place.sequence()
                || reader.previousCrc() != place.previousCrc()
                || reader.synced() > place.offset()) {
            throw new NoriException.Corruption(
                    "%s@%d: frame %d after crc %08x, got frame %d after crc %08x synced to %d"
                            .formatted(
                                    path,
                                    place.offset(),
                                    place.sequence(),
                                    place.previousCrc(),
                                    reader.sequence(),
                                    reader.previousCrc(),
                                    reader.synced()));
        }
    }

    /// Nothing valid is at `hole`: decides whether that is where writing stopped.
    static void requireTorn(
            String path, SegmentReader reader, long hole, boolean last) {
        if (!last) {
            throw new NoriException.Corruption(
                    "%s@%d: a frame, got none that validates, and this is not the last segment"
                            .formatted(path, hole));
        }
        for (long at = hole + Frame.ALIGN; at < reader.size(); at += Frame.ALIGN) {
            if (reader.frameAt(at) != 0 && reader.synced() > hole) {
                throw new NoriException.Corruption(
                        "%s@%d: a frame that was durable, as the one at %d says, got none"
                                .formatted(path, hole, at));
            }
        }
    }

    /// The segments before the oldest one went because its head was durable.
    private void requireHead(TreeMap<Long, String> names) {
        if (segments.size() == 1 && tail.unused() && names.firstKey() > 1) {
            throw new NoriException.Corruption(
                    "%s@%d: a head, as older segments were recycled, got none that validates"
                            .formatted(segments.getFirst().path(), tail.place.offset()));
        }
    }

    /// Removes a segment in which nothing was ever written: perhaps its name was never durable, and
    /// then a segment after it would be one after a gap.
    private void dropLast() {
        Segment unused = segments.removeLast();
        unused.file().close();
        disk.delete(unused.path());
        previousCrc = header.previousCrc();
    }

    /// What is written again must be what was found valid, or a read that errs once would be made
    /// durable.
    private void requireSame(Segment last, byte[] frame, int length) {
        long seed = Frame.seed(salt, last.number());
        boolean isFrame = length == frame.length && length >= Frame.HEAD_BYTES;
        int stored = isFrame ? new ByteReader(frame, Frame.CRC_AT, 4).i32() : 0;
        if (length > 0 && (!isFrame || Frame.crc(seed, frame, 0, length) != stored)) {
            throw new NoriException.Corruption(
                    "%s@%d: the frame that was valid before, got another"
                            .formatted(last.path(), tail.last));
        }
    }

    /// Makes the last frame durable for sure and ends the segment. Without the end frame the tail
    /// that is allowed to be torn today would be in the middle of the log tomorrow, where it is
    /// damage.
    private void closeLast(Segment last) {
        long end = tail.sealed ? tail.last + Frame.ALIGN : tail.place.offset();
        ByteBuffer frame = ByteBuffer.allocate((int) (end - tail.last));
        int length = DiskReads.read(last.file(), tail.last, frame);
        requireSame(last, frame.array(), length);
        last.file().write(tail.last, frame.flip());
        last.file().force();
        if (tail.sealed) {
            return;
        }
        long zerosTo = Math.min(end + Frame.BYTES_MAX, last.bytes());
        previousCrc = last.seal(new FrameBuffer(), salt, tail.place, zerosTo);
        if (tail.torn) {
            events.publish(
                    new Event.Wal.CorruptionTruncated(last.number(), end, zerosTo - end));
        }
    }
}
