package norikv.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import norikv.bytes.ByteReader;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.wal.Replay;
import norikv.wal.SegmentHead;
import norikv.wal.Wal;
import norikv.wal.WalOptions;
import norikv.work.FaultHandler;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.Step;

/// The log of a [Store]: gathers commits into groups and has one group at a time on its way to the
/// disk, so that a group is as large as the disk is slow.
///
/// A group goes when somebody waits for a commit in it, or when its oldest is [#lagNanos] old, and
/// the one before it is durable. **Threads.** [#join] to [#leave] are for whoever has the store's
/// turn; [#durable] is called by the log's writer, which never waits for the turn; the rest is for
/// any. **Limits.** Two groups, each a record of the log at most; as many notes as there are
/// segments.
final class StoreLog implements AutoCloseable {
    private static final long RETRY_AFTER_MILLIS = 100;
    private static final long RETRY_NANOS = 10_000_000;

    /// How many records in a row are read back to be replayed, at most so many bytes.
    private static final int REPLAY_BYTES_MAX = Wal.RECORD_BYTES_MAX;

    private static final VarHandle BUSY;

    static {
        try {
            BUSY = MethodHandles.lookup().findVarHandle(StoreLog.class, "busy", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Loops loops;
    private final Wal wal;
    private final long lagNanos;
    private final long segmentsMax;
    private final Runnable flush;
    private final Loop loop;
    private final List<Place> replayed = new ArrayList<>();

    /// Which segments hold what, the oldest first; guarded by itself.
    private final ArrayDeque<Segment> segments = new ArrayDeque<>();

    /// Some group is sealed, or being sealed, and not durable.
    private volatile boolean busy;

    /// The group that commits join; sealed until the next one joins.
    private volatile StoreGroup open;

    /// The group on its way; null when none is.
    private volatile StoreGroup inFlight;

    /// The sealed group that the log had no room for; null when there is none.
    private volatile StoreGroup stuck;

    private volatile long durableIndex;
    private volatile boolean failed;

    /// Where a record lies that was found at opening.
    private record Place(long position, int length) {}

    /// @param lastIndex of the last commit in it
    private record Segment(long number, long lastIndex) {}

    /// What a log is made of and told to.
    ///
    /// @param scrubBytesPerSecond how fast closed files are read again
    /// @param flush asks for what is logged to become superfluous, soon
    record Parts(
            Store.Environment environment,
            StoreOptions.Log options,
            long scrubBytesPerSecond,
            FaultHandler faults,
            Runnable flush) {}

    private StoreLog(Parts parts) {
        Store.Environment environment = parts.environment();
        StoreOptions.Log options = parts.options();
        this.loops = environment.loops();
        this.lagNanos = TimeUnit.MILLISECONDS.toNanos(options.lagMillis());
        this.segmentsMax = options.bytesMax() / options.segmentBytes();
        this.flush = parts.flush();
        this.open = new StoreGroup(this, loops.signal());
        this.wal =
                Wal.open(
                        environment.disk(),
                        environment.path(Store.LOG_FOLDER),
                        WalOptions.defaults(environment.salt())
                                .withSegmentBytes(options.segmentBytes())
                                .withScrub(parts.scrubBytesPerSecond())
                                .withCacheBytes(0),
                        loops,
                        environment.meter(),
                        event -> note(event, parts),
                        parts.faults(),
                        SegmentHead.NONE,
                        new Replay() {
                            @Override
                            public void record(long position, ByteReader record) {
                                replayed.add(new Place(position, record.remaining()));
                            }
                        });
        this.loop = loops.start("store-log", pacer());
    }

    /// A damaged file would end the next opening: what is in it goes into tables soon, so that
    /// nobody needs it any more.
    private static void note(Event event, Parts parts) {
        parts.environment().events().publish(event);
        if (event instanceof Event.Wal.SegmentDamaged damaged) {
            Lsm.LOG.log(
                    System.Logger.Level.ERROR,
                    () ->
                            "A file of the log is damaged. segment=%d offset=%d"
                                    .formatted(damaged.segment(), damaged.offset()));
            parts.flush().run();
        }
    }

    /// Opens the log, or a new one. Waits for the disk.
    static StoreLog open(Parts parts) {
        return new StoreLog(parts);
    }

    /// Reads all commits that were found at opening, in order; once, before anything is written.
    void replay(String directory, StoreGroup.EntryReader reader) {
        byte[] record = new byte[0];
        for (Place place : replayed) {
            if (record.length < place.length()) {
                int doubled = Math.min(REPLAY_BYTES_MAX, 2 * place.length());
                record = new byte[Math.max(place.length(), doubled)];
            }
            String where = Wal.describe(directory, place.position());
            if (!wal.read(place.position(), ByteBuffer.wrap(record, 0, place.length()))) {
                throw damaged(where, "a record of the log, got none");
            }
            StoreGroup.read(
                    record,
                    place.length(),
                    where,
                    (entry, operations) -> {
                        requireNext(entry, where);
                        durableIndex = entry.index();
                        return reader.entry(entry, operations);
                    });
            note(Wal.segmentOf(place.position()), durableIndex);
        }
        replayed.clear();
    }

    private void requireNext(StoreEntry entry, String where) {
        if (entry.index() <= durableIndex) {
            throw damaged(
                    where,
                    "a commit behind %d, got %d".formatted(durableIndex, entry.index()));
        }
    }

    /// Says that commits up to `index` are durable, here or in tables, before any is written.
    void begin(long index) {
        durableIndex = index;
    }

    /// {@return the index up to which commits are durable, here or in tables since opening}
    long durableIndex() {
        return durableIndex;
    }

    /// {@return the most bytes of operations of one commit}
    int commitBytesMax() {
        return wal.recordBytesMax() - StoreGroup.HEAD_BYTES - StoreEntry.HEAD_BYTES;
    }

    /// {@return how much longer the log is than it is meant to be: 0 up to its bound, 1 at twice
    /// that}
    double pressure() {
        long live = segmentCount();
        return Math.max(0, (double) (live - segmentsMax) / segmentsMax);
    }

    private long segmentCount() {
        synchronized (segments) {
            return segments.size();
        }
    }

    /// Finds a group with room for a commit of `bytes` bytes of operations, and holds it until
    /// [#leave]. Waits for room.
    ///
    /// **Errors.** [NoriException.Overloaded] when there is none until the deadline, or no room on
    /// the disk.
    StoreGroup join(int bytes, long deadlineNanos) {
        int needed = bytes + StoreEntry.HEAD_BYTES;
        while (true) {
            StoreGroup group = open;
            boolean fits = group.size() + needed <= wal.recordBytesMax();
            if (fits && !wal.hasRoom(group.size() + needed)) {
                throw new NoriException.Overloaded(
                        ErrorCode.DISK_WATERMARK,
                        "store: room on the disk for another file of the log, got none",
                        RETRY_AFTER_MILLIS);
            }
            if (fits && group.tryJoin()) {
                return group;
            }
            if (group.isSealed()) {
                open = new StoreGroup(this, loops.signal());
                raiseIfFailed();
                continue;
            }
            group.want();
            send();
            StoreGroup before = inFlight;
            if (before != null && !group.isSealed()) {
                awaitRoom(before, deadlineNanos);
            }
        }
    }

    private void awaitRoom(StoreGroup before, long deadlineNanos) {
        if (!before.ended().await(deadlineNanos) || failed) {
            throw new NoriException.Overloaded(
                    ErrorCode.WRITE_STALL,
                    "store: a log that keeps up, got one that does not",
                    RETRY_AFTER_MILLIS);
        }
    }

    /// Ends what [#join] began.
    ///
    /// @param wanted whether somebody waits for the commit
    void leave(StoreGroup group, boolean wanted) {
        boolean first = group.lastIndex() != 0 && !group.isAnnounced();
        if (wanted) {
            group.want();
        }
        if (group.endJoin()) {
            offer(group);
        } else if (wanted) {
            send();
        } else if (first) {
            group.announce();
            loop.wake();
        }
    }

    /// Sends the open group if somebody wants it and none is on its way.
    private void send() {
        while (isDue(open)) {
            if (!BUSY.compareAndSet(this, false, true)) {
                return; // whoever is on its way will send it
            }
            StoreGroup group = open;
            if (isDue(group)) {
                if (group.seal()) {
                    offer(group);
                }
                return;
            }
            busy = false;
        }
    }

    private static boolean isDue(StoreGroup group) {
        return group.isWanted() && !group.isEmpty() && !group.isSealed();
    }

    private void offer(StoreGroup group) {
        group.finish();
        inFlight = group;
        append(group);
    }

    private void append(StoreGroup group) {
        switch (wal.append(group)) {
            case ACCEPTED -> {}
            case FULL, NO_SPACE -> {
                stuck = group;
                loop.wake();
            }
            case CLOSED -> fail();
        }
    }

    /// All of `group` is durable.
    void durable(StoreGroup group, long position) {
        long last = group.lastIndex();
        durableIndex = last;
        boolean isLong = note(Wal.segmentOf(position), last);
        inFlight = null;
        busy = false;
        send();
        group.ended().raise();
        if (isLong) {
            flush.run();
        }
    }

    /// {@return whether a segment began and there are more than there should be}
    private boolean note(long segment, long lastIndex) {
        synchronized (segments) {
            Segment newest = segments.peekLast();
            boolean isNew = newest == null || newest.number() != segment;
            if (!isNew) {
                segments.removeLast();
            }
            segments.add(new Segment(segment, lastIndex));
            return isNew && segments.size() > segmentsMax;
        }
    }

    /// Says that commits up to `index` are in tables.
    void flushed(long index) {
        long needed = 0;
        synchronized (segments) {
            while (segments.size() > 1 && segments.peekFirst().lastIndex() <= index) {
                segments.removeFirst();
            }
            if (!segments.isEmpty()) {
                needed = segments.peekFirst().number();
            }
        }
        if (needed > 0) {
            wal.recycleBefore(needed);
        }
    }

    /// {@return what to wait for until everything that was committed by now is durable; the caller
    /// has the store's turn}
    Signal tail() {
        StoreGroup group = open;
        if (!group.isEmpty()) {
            group.want();
            send();
            return group.ended();
        }
        StoreGroup before = inFlight;
        return before == null ? raised() : before.ended();
    }

    private Signal raised() {
        Signal none = loops.signal();
        none.raise();
        return none;
    }

    /// Ends everything: nobody is told that anything is durable any more.
    void fail() {
        failed = true;
        raiseIfFailed();
    }

    /// Lets all go who wait. With [#failed], which is set before `open` is read here and read after
    /// `open` is set by who sets it, nobody is forgotten.
    private void raiseIfFailed() {
        if (failed) {
            open.ended().raise();
            StoreGroup before = inFlight;
            if (before != null) {
                before.ended().raise();
            }
        }
    }

    private Step pacer() {
        return nowNanos -> {
            StoreGroup again = stuck;
            if (again != null) {
                stuck = null;
                append(again);
                if (stuck != null) {
                    return nowNanos + RETRY_NANOS;
                }
            }
            StoreGroup group = open;
            if (group.isEmpty() || group.isSealed()) {
                return Step.UNTIL_WOKEN;
            }
            long due = group.startedNanos() + lagNanos;
            if (nowNanos < due) {
                return due;
            }
            group.want();
            send();
            return Step.UNTIL_WOKEN;
        };
    }

    static NoriException damaged(String place, String expected) {
        return new NoriException.Corruption("%s: %s".formatted(place, expected));
    }

    /// Writes what was committed and closes the files.
    @Override
    public void close() {
        StoreGroup group = open;
        if (!failed && !group.isEmpty()) {
            group.want();
            send();
        }
        loop.stop();
        wal.close();
    }
}
