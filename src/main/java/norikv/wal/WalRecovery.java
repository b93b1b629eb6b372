package norikv.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.domain.NoriException;
import norikv.observe.Event;

/// Reads a log back: first looks at everything and changes nothing, then closes the torn tail.
///
/// Every file is forced before it is believed, because what a killed process wrote may be seen and
/// yet not be on the disk. Only the last segment may end without an end frame. What follows its
/// last valid frame is a torn write, unless a later valid frame says that it was durable before:
/// then it is damage, like every other frame that does not validate.
///
/// **Errors.** [NoriException.Corruption] naming file and offset; nothing was changed then.
/// **Source.** `wire/files.md`, log segment, opening.
final class WalRecovery {
    /// What was found. The last segment is sealed; nobody writes to these files any more.
    ///
    /// @param finalCrc of the last segment's end frame; 0 without segments
    record Recovered(List<Segment> segments, long salt, int finalCrc) {
        long lastNumber() {
            return segments.isEmpty() ? 0 : segments.getLast().number();
        }
    }

    /// How one segment ends.
    ///
    /// @param place of the end frame: of the one that is there, or of the one that is missing
    private record Tail(FramePlace place, int endCrc, boolean sealed, boolean torn) {}

    private final Disk disk;
    private final String directory;
    private final Event.Sink events;
    private final Replay replay;
    private final List<Segment> segments = new ArrayList<>();
    private long salt;
    private int previousCrc;
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
            requireNoGap(names);
            for (var named : names.entrySet()) {
                boolean last = named.getKey().equals(names.lastKey());
                classify(named.getKey(), directory + "/" + named.getValue(), last);
            }
            replay.end();
            sealLast();
            whole = true;
        } finally {
            if (!whole) {
                segments.forEach(s -> s.file().close());
            }
        }
        return new Recovered(segments, salt, previousCrc);
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
        SegmentHeader header = reader.readHeader();
        boolean first = segments.size() == 1;
        if (first) {
            salt = header.salt();
        }
        var expected =
                new SegmentHeader(
                        salt, number, reader.size(), first ? header.previousCrc() : previousCrc);
        if (!header.equals(expected)) {
            throw new NoriException.Corruption(
                    "%s@0: %s, got %s".formatted(path, expected, header));
        }
        tail = readFrames(path, reader, FramePlace.first(header.previousCrc()), last);
        previousCrc = tail.endCrc;
    }

    private Tail readFrames(String path, SegmentReader reader, FramePlace start, boolean last) {
        FramePlace place = start;
        while (true) {
            int bytes = reader.frameAt(place.offset());
            if (bytes == 0) {
                return requireTorn(path, reader, place, last);
            }
            requireChain(path, reader, place);
            if (reader.isEnd()) {
                return new Tail(place, reader.crc(), true, false);
            }
            reader.replay(place.offset(), replay);
            place = place.after(bytes, reader.crc());
        }
    }

    private static void requireChain(String path, SegmentReader reader, FramePlace place) {
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

    /// Nothing valid is at `place`: decides whether that is where writing stopped.
    private static Tail requireTorn(
            String path, SegmentReader reader, FramePlace place, boolean last) {
        long hole = place.offset();
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
        return new Tail(place, 0, false, reader.hasBegun(hole));
    }

    /// Without this, the tail that is allowed to be torn today would be in the middle of the log
    /// tomorrow, where it is damage.
    private void sealLast() {
        if (segments.isEmpty() || tail.sealed) {
            return;
        }
        Segment last = segments.getLast();
        long offset = tail.place.offset();
        long zerosTo = Math.min(offset + Frame.BYTES_MAX, last.bytes());
        previousCrc = last.seal(new FrameBuffer(), salt, tail.place, zerosTo);
        if (tail.torn) {
            events.publish(
                    new Event.Wal.CorruptionTruncated(
                            last.number(), offset, zerosTo - offset));
        }
    }
}
