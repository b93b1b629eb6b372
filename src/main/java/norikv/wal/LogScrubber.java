package norikv.wal;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import norikv.domain.NoriException;
import norikv.observe.Counter;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.Step;

/// Reads the closed segments of a log from the disk again, slowly, pass after pass, so that damage
/// is found while what is in them is still elsewhere: in memory, and in other nodes' logs.
///
/// What does not check out is read a second time. Where that helps nothing it is told, and the pass
/// goes on with the next segment: behind a broken frame nothing can be checked.
///
/// **Threads.** Run by the loop of [Segments], which recycles; other readers do not mind.
/// **Limits.** [WalOptions#scrubBytesPerSecond()] on average; a step reads [#STEP_BYTES], or one
/// frame that is longer. A pass begins [#INTERVAL_NANOS] after the one before, the first so long
/// after the opening, which has read all.
final class LogScrubber {
    static final long INTERVAL_NANOS = TimeUnit.HOURS.toNanos(1);
    static final int STEP_BYTES = 256 << 10;

    private final Segments segments;
    private final long bytesPerSecond;
    private final Event.Sink events;
    private final Counter bytes;
    private final Counter faults;

    /// When to go on; 0: this was never asked.
    private long dueNanos;

    /// The segment that is read or comes next; 0 between two passes.
    private long next;

    /// Of the segment that is read; null before its header.
    private SegmentReader reader;

    private FramePlace place;

    LogScrubber(Segments segments, WalOptions options, Event.Sink events, Meter meter) {
        this.segments = segments;
        this.bytesPerSecond = options.scrubBytesPerSecond();
        this.events = events;
        this.bytes =
                meter.counter(
                        "norikv_wal_scrub_bytes_total", "Bytes of the log that were read again.");
        this.faults =
                meter.counter(
                        "norikv_wal_scrub_faults_total",
                        "Files of the log that were damaged or unreadable when read again.");
    }

    /// {@return when to go on}
    long runOnce(long nowNanos) {
        if (bytesPerSecond == 0) {
            return Step.UNTIL_WOKEN;
        }
        if (dueNanos == 0) {
            dueNanos = nowNanos + INTERVAL_NANOS;
        }
        if (nowNanos >= dueNanos) {
            step(nowNanos);
        }
        return dueNanos;
    }

    private void step(long nowNanos) {
        if (next < segments.first()) {
            endSegment(); // recycled meanwhile, or this is the first
            next = segments.first();
        }
        if (next >= segments.newest()) {
            endSegment();
            next = 0;
            dueNanos = nowNanos + INTERVAL_NANOS;
            return;
        }
        Optional<Segment> held = segments.acquire(next);
        Segment segment = held.orElseThrow(); // only this loop recycles
        long begin = reader == null ? 0 : place.offset();
        try {
            read(segment);
        } finally {
            segment.release(); // whoever retires it is this loop, which is here
        }
        long read = reader == null ? STEP_BYTES : place.offset() - begin;
        bytes.add(read);
        dueNanos = nowNanos + TimeUnit.SECONDS.toNanos(read) / bytesPerSecond;
    }

    private void read(Segment segment) {
        long offset = reader == null ? 0 : place.offset();
        try {
            if (reader == null) {
                begin(segment);
            }
            for (long end = place.offset() + STEP_BYTES; place.offset() < end; ) {
                offset = place.offset();
                int length = frame(segment);
                if (length == 0 || reader.isEnd()) {
                    if (length == 0) {
                        tell(segment, offset);
                    }
                    endSegment();
                    return;
                }
                place = place.after(length, reader.crc());
            }
        } catch (NoriException.Corruption | NoriException.Refused | NoriException.DiskFailure _) {
            tell(segment, offset);
            endSegment();
        }
    }

    private void begin(Segment segment) {
        try {
            open(segment);
        } catch (NoriException.Corruption _) {
            open(segment); // as frames, see below
        }
    }

    private void open(Segment segment) {
        var opening = new SegmentReader(segment.path(), segment.file());
        place = FramePlace.first(opening.readHeader().previousCrc());
        reader = opening;
    }

    /// {@return how long the next frame is; 0 if there is none, also at a second look}
    private int frame(Segment segment) {
        int length = nextFrame();
        if (length == 0) {
            FramePlace here = place;
            begin(segment);
            place = here;
            length = nextFrame();
        }
        return length;
    }

    private int nextFrame() {
        int length = reader.frameAt(place.offset());
        boolean follows =
                reader.sequence() == place.sequence()
                        && reader.previousCrc() == place.previousCrc();
        return follows ? length : 0;
    }

    private void tell(Segment segment, long offset) {
        faults.increment();
        events.publish(new Event.Wal.SegmentDamaged(segment.number(), offset));
    }

    private void endSegment() {
        reader = null;
        place = null;
        next++;
    }
}
