package norikv.wal;

import java.nio.ByteBuffer;
import java.util.Optional;
import norikv.disk.Disk;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.work.Clock;
import norikv.work.FaultHandler;
import norikv.work.Signal;
import norikv.work.Step;

/// The one writer of a log: gathers what is there into a frame, writes it, forces it, tells
/// everyone. What arrives meanwhile makes the next frame, so a batch is as large as the disk is
/// slow, and no timer is needed.
///
/// **Threads.** Its own loop runs [#runOnce]; what others read is volatile. **Errors.** After the
/// first failure of the disk nothing is written and nobody is told anything any more.
final class WalWriter implements Step {
    private final Disk disk;
    private final String directory;
    private final WalOptions options;
    private final Clock clock;
    private final Event.Sink events;
    private final FaultHandler faults;
    private final WalMeters meters;
    private final SegmentHead head;
    private final Inbox inbox;
    private final Segments segments;
    private final TailCache cache;
    private final Signal closed;
    private final Runnable spareTaken;
    private final long salt;
    private final FrameBuffer frame = new FrameBuffer();

    /// Accepted and not written, the oldest first, linked; null when there are none.
    private WalRecord backlog;

    private WalRecord backlogLast;

    /// Where frames go; null until the first spare is there.
    private Segment current;

    private FramePlace place;
    private long lastNumber;
    private int finalCrc;

    /// Nothing is written and nobody is told any more: closed or failed.
    private volatile boolean done;

    /// The newest segment whose head is durable.
    private volatile long headed;

    /// What can still be written to the current segment.
    private volatile long room;

    private volatile boolean closing;

    WalWriter(
            Wal.Parts parts,
            WalRecovery.Recovered recovered,
            SegmentHead head,
            Inbox inbox,
            Segments segments,
            TailCache cache,
            Runnable spareTaken) {
        this.disk = parts.disk();
        this.directory = parts.directory();
        this.options = parts.options();
        this.clock = parts.loops().clock();
        this.events = parts.events();
        this.faults = parts.faults();
        this.meters = new WalMeters(parts.meter());
        this.closed = parts.loops().signal();
        this.head = head;
        this.inbox = inbox;
        this.segments = segments;
        this.cache = cache;
        this.spareTaken = spareTaken;
        this.salt = recovered.salt();
        this.lastNumber = recovered.lastNumber();
        this.finalCrc = recovered.finalCrc();
        this.headed = segments.first();
    }

    long headed() {
        return headed;
    }

    long room() {
        return room;
    }

    /// Lets the loop write what was accepted, seal the segment and end.
    void beginClose() {
        closing = true;
    }

    /// {@return raised when nothing will be written any more}
    Signal closed() {
        return closed;
    }

    @Override
    public long runOnce(long nowNanos) {
        if (done) {
            return UNTIL_WOKEN;
        }
        boolean ended = true;
        try {
            long next = step(nowNanos);
            ended = false;
            return next;
        } catch (NoriException e) {
            faults.fatal("wal: " + (current == null ? directory : current.path()), e);
            return UNTIL_WOKEN;
        } finally {
            if (ended) {
                fail(); // also for what the loop's driver hears of
            }
        }
    }

    /// Ends everything: called when this or another part of the log has failed.
    void fail() {
        done = true;
        inbox.close();
        closed.raise();
    }

    private long step(long nowNanos) {
        drain();
        if (backlog == null && closing && inbox.closeIfEmpty()) {
            finish();
            return UNTIL_WOKEN;
        }
        if (current == null || backlog != null && !fitsInSegment(backlog.length)) {
            Optional<Segments.Spare> spare = segments.takeSpare();
            if (spare.isEmpty()) {
                return awaitSpare();
            }
            spareTaken.run();
            roll(spare.get());
        }
        if (backlog != null) {
            writeBacklog();
        }
        return backlog != null || closing || !inbox.isEmpty() ? nowNanos : UNTIL_WOKEN;
    }

    private long awaitSpare() {
        if (closing && segments.starved()) {
            inbox.close();
            finish();
        }
        return UNTIL_WOKEN;
    }

    private void drain() {
        WalRecord drained = inbox.drain();
        if (drained == null) {
            return;
        }
        if (backlog == null) {
            backlog = drained;
        } else {
            backlogLast.next = drained;
        }
        WalRecord last = drained;
        while (last.next != null) {
            last = last.next;
        }
        backlogLast = last;
    }

    private boolean fitsInSegment(int length) {
        return Frame.RECORD_HEAD_BYTES + length
                <= Frame.payloadRoom(place.offset(), current.bytes());
    }

    /// Ends the current segment and begins the next one.
    ///
    /// The old one is sealed and durable before the new name can exist, or a crash would leave a
    /// torn tail in the middle of the log; the new name is durable before anything is written that
    /// somebody could rely on.
    private void roll(Segments.Spare spare) {
        if (current != null) {
            finalCrc = current.seal(frame, salt, place, 0);
            meters.forces.increment();
            events.publish(new Event.Wal.SegmentRoll(current.number(), place.offset()));
        }
        long number = lastNumber + 1;
        String path = directory + "/" + SegmentName.segment(number);
        long first = segments.liveCount() == 0 ? number : segments.first();
        var header = new SegmentHeader(salt, number, spare.bytes(), finalCrc, first);
        spare.file().write(0, header.encode());
        spare.file().force();
        disk.rename(spare.path(), path);
        disk.forceDirectory(directory);
        current = new Segment(number, path, spare.file(), spare.bytes());
        lastNumber = number;
        place = FramePlace.first(finalCrc);
        segments.add(current);
        writeHead();
        headed = number;
        head.durable();
    }

    private void writeHead() {
        frame.clear();
        head.write(
                (array, offset, length) -> {
                    if (!frame.fits(length, Frame.payloadRoom(place.offset(), current.bytes()))) {
                        writeFrame();
                        frame.clear();
                        requireRoom(length);
                    }
                    frame.add(array, offset, length);
                    return nextPosition(length);
                });
        // Also without any record: a segment that has a frame has a durable name.
        writeFrame();
        if (backlog != null) {
            requireRoom(backlog.length);
        }
    }

    private void requireRoom(int length) {
        if (!fitsInSegment(length)) {
            throw new NoriException.Broken(
                    ErrorCode.INTERNAL,
                    "%s@%d: room for %d bytes behind the head, got a segment of %d"
                            .formatted(current.path(), place.offset(), length, current.bytes()));
        }
    }

    /// {@return where the record of `length` bytes begins that was added last}
    private long nextPosition(int length) {
        long offset = place.offset() + Frame.HEAD_BYTES + frame.payloadLength() - length;
        return Wal.position(current.number(), offset);
    }

    /// Writes one frame of what waits, forces it, and tells who waited.
    private void writeBacklog() {
        long payloadMax = Frame.payloadRoom(place.offset(), current.bytes());
        frame.clear();
        WalRecord first = backlog;
        WalRecord record = first;
        while (record != null && frame.fits(record.length, payloadMax)) {
            frame.add(record);
            record = record.next;
        }
        assert record != first : "no record fits in " + payloadMax;
        backlog = record;
        int records = frame.recordCount();
        int payload = frame.payloadLength();
        long position =
                Wal.position(current.number(), place.offset() + Frame.HEAD_BYTES);
        writeFrame();
        inbox.release(records, payload);
        if (!done) {
            tell(first, records, position);
        }
    }

    /// Tells every record of a frame that it is durable. It may be offered again from inside the
    /// call, so its link and length are read before.
    private static void tell(WalRecord first, int records, long framePosition) {
        long position = framePosition;
        WalRecord record = first;
        for (int i = 0; i < records; i++) {
            WalRecord next = record.next;
            position += Frame.RECORD_HEAD_BYTES;
            long end = position + record.length;
            record.durable(position);
            position = end;
            record = next;
        }
    }

    private void writeFrame() {
        int records = frame.recordCount();
        ByteBuffer bytes =
                frame.finish(
                        Frame.MAGIC,
                        Frame.seed(salt, current.number()),
                        current.number(),
                        place.sequence(),
                        place.previousCrc(),
                        place.offset());
        int length = bytes.remaining();
        current.file().write(place.offset(), bytes);
        long before = clock.nanoTime();
        current.file().force();
        long nanos = clock.nanoTime() - before;
        cache.put(current.number(), place.offset(), bytes.position(0));
        place = place.after(length, frame.crc());
        room = Math.max(0, Frame.payloadRoom(place.offset(), current.bytes()));
        meters.forceNanos.record(nanos);
        meters.forces.increment();
        meters.bytes.add(length);
        meters.frameBytes.record(length);
        meters.frameRecords.record(records);
        if (nanos >= options.slowForceNanos()) {
            events.publish(new Event.Wal.SlowFsync(current.number(), nanos));
        }
    }

    private void finish() {
        if (current != null) {
            current.seal(frame, salt, place, 0);
        }
        done = true;
        closed.raise();
    }
}
