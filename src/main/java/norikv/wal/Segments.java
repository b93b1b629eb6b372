package norikv.wal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.domain.NoriException;
import norikv.domain.NoriException.DiskFailure;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.FaultHandler;
import norikv.work.Step;

/// The files of a log: the live segments, and the spare ones that are prepared ahead of need.
///
/// A new file is filled with zeros once, so that later forces have no size and no extent to write
/// down; a segment that nobody needs becomes a spare again. Either way this loop does it, and the
/// writer only renames. When there is nothing else to do, closed segments are read again, see
/// [LogScrubber].
///
/// **Threads.** A loop of its own runs [#runOnce]; any may read. Fields that both touch are
/// volatile or guarded by this. **Limits.** `sparesMax` spares; live segments as many as their
/// owner needs.
final class Segments implements Step {
    private static final int ZEROS_BYTES = 1 << 20;

    /// How much is zeroed between two forces: a great heap of dirty pages would slow the writer's.
    private static final int ZEROS_FORCED_BYTES = 4 << 20;

    /// The size of the first spare of a run that finds none: the log is not to wait for long. Two
    /// of the longest frames fit.
    private static final long HURRIED_BYTES = 16 << 20;

    private static final long RETRY_NANOS = 1_000_000_000L;

    /// A file whose content means nothing.
    record Spare(String path, DiskFile file, long bytes) {}

    private final Disk disk;
    private final String directory;
    private final WalOptions options;
    private final Event.Sink events;
    private final FaultHandler faults;

    /// Called when the writer, which may wait for a spare, should look again.
    private final Runnable spareReady;

    private final LogScrubber scrubber;

    /// Oldest first, numbers without a gap; replaced as a whole, under this.
    private volatile Segment[] live;

    /// Segments below this number are not needed.
    private volatile long recycleBefore;

    /// No spare is left and the disk has no room for one.
    private volatile boolean starved;

    /// Guarded by this.
    private final ArrayDeque<Spare> spares = new ArrayDeque<>();

    private boolean failed;

    /// The spare that is being zeroed; null when none is. With the fields below: the loop's own.
    private Spare filling;

    private long filledBytes;
    private long freshCount;

    /// Nothing was prepared yet, so the writer may be waiting.
    private boolean hurried = true;

    private ByteBuffer zeros = ByteBuffer.allocateDirect(0);

    Segments(
            Disk disk,
            String directory,
            WalOptions options,
            Event.Sink events,
            Meter meter,
            FaultHandler faults,
            Runnable spareReady,
            List<Segment> recovered) {
        this.disk = disk;
        this.directory = directory;
        this.options = options;
        this.events = events;
        this.faults = faults;
        this.spareReady = spareReady;
        this.scrubber = new LogScrubber(this, options, events, meter);
        this.live = recovered.toArray(Segment[]::new);
    }

    /// Takes over the spares of an earlier run; those of another size are removed. None can be a
    /// live segment as well, because a rename keeps one name or the other.
    void adoptSpares() {
        boolean whole = false;
        try {
            for (String name : disk.list(directory)) {
                if (SegmentName.isSpare(name)) {
                    adopt(directory + "/" + name);
                    freshCount = Math.max(freshCount, SegmentName.freshCount(name));
                }
            }
            whole = true;
        } finally {
            if (!whole) {
                close();
            }
        }
    }

    private void adopt(String path) {
        DiskFile file = disk.openToWrite(path);
        if (file.size() == options.segmentBytes() && spares.size() < options.sparesMax()) {
            spares.add(new Spare(path, file, file.size()));
        } else {
            file.close();
            disk.delete(path);
        }
    }

    int liveCount() {
        return live.length;
    }

    /// {@return the number of the newest live segment, the only one that is not closed; 0 if there
    /// is none}
    long newest() {
        Segment[] seen = live;
        return seen.length == 0 ? 0 : seen[seen.length - 1].number();
    }

    /// {@return the number of the oldest live segment; 0 if there is none}
    long first() {
        Segment[] seen = live;
        return seen.length == 0 ? 0 : seen[0].number();
    }

    boolean starved() {
        return starved;
    }

    /// {@return a spare, which is the caller's from now on}
    Optional<Spare> takeSpare() {
        synchronized (this) {
            return Optional.ofNullable(spares.poll());
        }
    }

    /// Makes `segment` the newest live one.
    synchronized void add(Segment segment) {
        Segment[] longer = Arrays.copyOf(live, live.length + 1);
        longer[live.length] = segment;
        live = longer;
    }

    /// Lets all segments below `number` be recycled, whoever said so first.
    ///
    /// @return whether there is something to do
    synchronized boolean recycleBefore(long number) {
        recycleBefore = Math.max(recycleBefore, number);
        return first() < recycleBefore;
    }

    /// {@return the live segment `number`, held for reading}
    Optional<Segment> acquire(long number) {
        Segment[] seen = live;
        if (seen.length == 0) {
            return Optional.empty();
        }
        long index = number - seen[0].number();
        if (index < 0 || index >= seen.length || !seen[(int) index].acquire()) {
            return Optional.empty();
        }
        return Optional.of(seen[(int) index]);
    }

    /// Takes no more steps: something failed.
    void fail() {
        synchronized (this) {
            failed = true;
        }
    }

    /// Closes all files, once no loop runs any more.
    void close() {
        for (Segment segment : live) {
            segment.file().close();
        }
        synchronized (this) {
            spares.forEach(spare -> spare.file().close());
            spares.clear();
        }
        if (filling != null) {
            filling.file().close();
        }
    }

    @Override
    public long runOnce(long nowNanos) {
        synchronized (this) {
            if (failed) {
                return UNTIL_WOKEN;
            }
        }
        try {
            long next = recycleOne() ? nowNanos : prepare(nowNanos);
            return next <= nowNanos ? next : Math.min(next, scrubber.runOnce(nowNanos));
        } catch (DiskFailure e) {
            fail();
            faults.fatal("wal: segments in " + directory, e);
            return UNTIL_WOKEN;
        }
    }

    /// Ends the life of the oldest segment, if it is not needed.
    ///
    /// @return whether there may be more to do at once
    private boolean recycleOne() {
        Segment[] seen = live;
        if (seen.length < 2 || seen[0].number() >= recycleBefore) {
            return false;
        }
        Segment oldest = seen[0];
        if (!oldest.retire()) {
            return false; // the last reader wakes this loop
        }
        boolean keep;
        synchronized (this) {
            keep = oldest.bytes() == options.segmentBytes() && spares.size() < options.sparesMax();
            live = Arrays.copyOfRange(live, 1, live.length);
        }
        if (keep) {
            String path = directory + "/" + SegmentName.spare(oldest.number());
            disk.rename(oldest.path(), path);
            // The old name must be gone for good before the content changes. And one at a time:
            // if a crash brought back this name but not the next one, the log would have a gap.
            disk.forceDirectory(directory);
            addSpare(new Spare(path, oldest.file(), oldest.bytes()));
        } else {
            disk.delete(oldest.path());
            disk.forceDirectory(directory);
            oldest.file().close();
        }
        events.publish(new Event.Wal.SegmentGc(oldest.number()));
        return true;
    }

    /// Zeroes a piece of the next spare, if there is none.
    private long prepare(long nowNanos) {
        synchronized (this) {
            if (!spares.isEmpty() && filling == null) {
                return UNTIL_WOKEN;
            }
        }
        try {
            return fill() ? nowNanos : UNTIL_WOKEN;
        } catch (DiskFailure e) {
            if (e.reason() != DiskFailure.Reason.FULL) {
                throw e;
            }
        }
        dropFilling();
        synchronized (this) {
            starved = spares.isEmpty();
        }
        spareReady.run();
        return nowNanos + RETRY_NANOS;
    }

    /// {@return whether something is left to be zeroed}
    private boolean fill() {
        if (filling == null) {
            long whole = options.segmentBytes();
            long bytes = hurried ? firstBytes(whole) : whole;
            requireRoom(bytes);
            String path = directory + "/" + SegmentName.freshSpare(++freshCount);
            filling = new Spare(path, disk.create(path), bytes);
            filledBytes = 0;
        }
        if (zeros.capacity() == 0) {
            zeros = ByteBuffer.allocateDirect((int) Math.min(ZEROS_BYTES, filling.bytes()));
        }
        long left = filling.bytes() - filledBytes;
        zeros.clear().limit((int) Math.min(zeros.capacity(), left));
        filling.file().write(filledBytes, zeros);
        filledBytes += zeros.limit();
        boolean done = filledBytes == filling.bytes();
        if (done || filledBytes % ZEROS_FORCED_BYTES == 0) {
            filling.file().force();
        }
        if (done) {
            Spare filled = filling;
            filling = null;
            hurried = false;
            addSpare(filled);
        }
        return !done;
    }

    /// A disk that is nearly full is left to those who make room.
    private void requireRoom(long bytes) {
        long least = options.freeBytesMin();
        if (least > 0 && disk.freeBytes() < least + bytes) {
            throw new DiskFailure(
                    DiskFailure.Reason.FULL,
                    "%s: room for a segment of %d bytes that leaves %d free, got less"
                            .formatted(directory, bytes, least),
                    null);
        }
    }

    private static long firstBytes(long segmentBytes) {
        return Math.min(segmentBytes, HURRIED_BYTES);
    }

    private void addSpare(Spare spare) {
        synchronized (this) {
            spares.add(spare);
            starved = false;
        }
        spareReady.run();
    }

    private void dropFilling() {
        if (filling != null) {
            Spare dropped = filling;
            filling = null;
            dropped.file().close();
            disk.delete(dropped.path());
        }
    }

    /// {@return the error of whoever reads where nothing can be}
    static NoriException shortRead(Segment segment, long offset, int missing) {
        return new NoriException.Corruption(
                "%s@%d: %d more bytes, got the end of the file"
                        .formatted(segment.path(), offset, missing));
    }
}
