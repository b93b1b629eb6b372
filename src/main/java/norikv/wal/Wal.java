package norikv.wal;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import norikv.disk.Disk;
import norikv.disk.DiskReads;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.FaultHandler;
import norikv.work.Loop;
import norikv.work.Loops;

/// A durable, ordered log of opaque records in segments, with one force for all that waits.
///
/// **Durability.** A record may be acknowledged when its [WalRecord#durable] is called; then it and
/// all before it survive any crash. Opening finds a prefix of what was appended that holds at least
/// all of those. **Order.** Records appended by one thread keep their order. **Limits.** A record
/// [#recordBytesMax()]; in flight what [WalOptions] says; segments as many as the owner does not
/// give back with [#recycleBefore(long)]. **Errors.** Damage: [NoriException.Corruption] at
/// opening, and nothing is changed. A failed write, force or rename is fatal: the fault handler
/// hears of it once, nothing is acknowledged and everything refused from then on. No room for
/// another segment is not: see [Admission#NO_SPACE]. **Threads.** Any. **Source.** `wire/files.md`,
/// log segment.
public final class Wal implements AutoCloseable {
    /// The longest record of any log, bytes.
    public static final int RECORD_BYTES_MAX = 4 << 20;

    /// How long closing waits for what was accepted to be written.
    private static final long CLOSE_NANOS_MAX = 60_000_000_000L;

    private static final int OFFSET_BITS = 32;

    /// What a log is made of and told to.
    record Parts(
            Disk disk,
            String directory,
            WalOptions options,
            Loops loops,
            Meter meter,
            Event.Sink events,
            FaultHandler faults) {}

    private final Parts parts;
    private final int recordBytesMax;
    private final Inbox inbox;
    private final Segments segments;
    private final TailCache cache;
    private final WalWriter writer;
    private final AtomicBoolean failed = new AtomicBoolean();
    private final AtomicBoolean closeBegun = new AtomicBoolean();

    /// Null until both are started: each may have to wake the other.
    private volatile Loop writerLoop;

    private volatile Loop segmentsLoop;

    private Wal(Parts parts, SegmentHead head, WalRecovery.Recovered recovered) {
        WalOptions options = parts.options();
        this.parts = parts;
        this.recordBytesMax = options.recordBytesMax();
        this.inbox = new Inbox(options.inFlightBytesMax(), options.inFlightRecordsMax());
        this.cache = new TailCache(options.cacheBytes(), options.segmentBytes());
        this.segments =
                new Segments(
                        parts.disk(),
                        parts.directory(),
                        options,
                        parts.events(),
                        parts.meter(),
                        this::fail,
                        () -> wake(writerLoop),
                        recovered.segments());
        var failing =
                new Parts(
                        parts.disk(),
                        parts.directory(),
                        options,
                        parts.loops(),
                        parts.meter(),
                        parts.events(),
                        this::fail);
        this.writer =
                new WalWriter(
                        failing,
                        recovered,
                        head,
                        inbox,
                        segments,
                        cache,
                        () -> wake(segmentsLoop));
    }

    /// Opens the log in `directory`, or a new one if there is none, and starts its loops.
    ///
    /// Damage is refused, a torn tail is cut and closed, every record goes to `replay`. The first
    /// new segment is made by the loops, ahead of the first append.
    ///
    /// @param head writes what must stand at the head of every segment; called on the writer's
    ///     loop, from before the first append on
    public static Wal open(
            Disk disk,
            String directory,
            WalOptions options,
            Loops loops,
            Meter meter,
            Event.Sink events,
            FaultHandler faults,
            SegmentHead head,
            Replay replay) {
        var parts = new Parts(disk, directory, options, loops, meter, events, faults);
        var recovered = new WalRecovery(disk, directory, events, replay).run(options);
        var wal = new Wal(parts, head, recovered);
        wal.start();
        return wal;
    }

    /// {@return the place of byte `offset` of segment `segment`, as one number that grows along the
    /// log}
    public static long position(long segment, long offset) {
        return segment << OFFSET_BITS | offset;
    }

    /// {@return the segment that `position` lies in}
    public static long segmentOf(long position) {
        return position >>> OFFSET_BITS;
    }

    /// {@return the distance of `position` from the begin of its segment}
    public static long offsetOf(long position) {
        return position & (1L << OFFSET_BITS) - 1;
    }

    /// {@return the longest record this log takes: less than [#RECORD_BYTES_MAX] only if its
    /// segments are small}
    public int recordBytesMax() {
        return recordBytesMax;
    }

    /// Offers a record. Never waits.
    public Admission append(WalRecord record) {
        int length = record.length();
        if (length < 0 || length > recordBytesMax) {
            throw new IllegalArgumentException(
                    "record: 0 to %d bytes, got %d".formatted(recordBytesMax, length));
        }
        if (!hasRoom(length)) {
            return failed.get() || closeBegun.get() ? Admission.CLOSED : Admission.NO_SPACE;
        }
        record.length = length;
        return switch (inbox.push(record)) {
            case FIRST -> {
                writerLoop.wake();
                yield Admission.ACCEPTED;
            }
            case BEHIND -> Admission.ACCEPTED;
            case FULL -> Admission.FULL;
            case CLOSED -> Admission.CLOSED;
        };
    }

    /// {@return whether `bytes` more, in records offered now, would not be refused with
    /// [Admission#NO_SPACE]}
    public boolean hasRoom(long bytes) {
        return !segments.starved() || !mayNotFit(bytes);
    }

    /// Fills what remains of `target` with the bytes at `position`, which was given to a
    /// [WalRecord#durable] or a [Replay], or lies inside of such a record. The end of the log comes
    /// from memory, what is before from the disk. The bytes are not checked: whoever reads parts of
    /// records gives them a checksum of their own.
    ///
    /// @return false when the segment was recycled
    public boolean read(long position, ByteBuffer target) {
        long number = segmentOf(position);
        long offset = offsetOf(position);
        if (cache.read(number, offset, target)) {
            return true;
        }
        var held = segments.acquire(number);
        if (held.isEmpty()) {
            return false;
        }
        Segment segment = held.get();
        try {
            DiskReads.read(segment.file(), offset, target);
            if (target.hasRemaining()) {
                throw Segments.shortRead(segment, offset, target.remaining());
            }
            return true;
        } finally {
            if (segment.release()) {
                segmentsLoop.wake();
            }
        }
    }

    /// {@return whether reading at `position` would find it in memory, if nothing is written
    /// meanwhile}
    public boolean isInMemory(long position) {
        return cache.has(segmentOf(position), offsetOf(position));
    }

    /// {@return the path of the file that holds `position`, and the offset in it, for messages}
    public static String describe(String directory, long position) {
        return "%s/%s@%d"
                .formatted(
                        directory, SegmentName.segment(segmentOf(position)), offsetOf(position));
    }

    /// {@return the oldest segment there is; 0 before there is one}
    public long firstSegment() {
        return segments.first();
    }

    /// {@return the newest segment whose head is durable: all before it may be recycled, as far as
    /// their records go; the oldest one until the first head of this run is written}
    public long headedSegment() {
        return writer.headed();
    }

    /// Says that nothing in segments below `segment` is needed. They get new lives or are deleted,
    /// in the background, but never one at or after [#headedSegment()].
    public void recycleBefore(long segment) {
        if (segments.recycleBefore(Math.min(segment, writer.headed()))) {
            wake(segmentsLoop);
        }
    }

    /// Writes what was accepted, seals the log and closes its files. What could not be written is
    /// never acknowledged.
    @Override
    public void close() {
        if (!closeBegun.compareAndSet(false, true)) {
            return;
        }
        writer.beginClose();
        writerLoop.wake();
        long now = parts.loops().clock().nanoTime();
        writer.closed().await(now + CLOSE_NANOS_MAX);
        writerLoop.stop();
        segmentsLoop.stop();
        inbox.close();
        segments.close();
    }

    private void start() {
        segments.adoptSpares();
        parts.meter()
                .gauge("norikv_wal_segments", "Live segments of the log.", segments::liveCount);
        segmentsLoop = parts.loops().start("wal-segments", segments);
        writerLoop = parts.loops().start("wal", writer);
        // For what either did before the other's loop was known here.
        segmentsLoop.wake();
        writerLoop.wake();
    }

    /// An estimate on the safe side: what is in flight is padded to frames. What is accepted all
    /// the same and does not fit waits for room.
    private boolean mayNotFit(long length) {
        return 2 * (inbox.bytesInFlight() + length) + 2L * Frame.ALIGN > writer.room();
    }

    private void fail(String where, Throwable cause) {
        if (failed.compareAndSet(false, true)) {
            writer.fail();
            segments.fail();
            parts.faults().fatal(where, cause);
        }
    }

    private static void wake(Loop loop) {
        if (loop != null) {
            loop.wake();
        }
    }
}
