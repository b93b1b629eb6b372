package norikv.raftlog;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongUnaryOperator;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.disk.Disk;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.wal.Replay;
import norikv.wal.SegmentHead;
import norikv.wal.Wal;
import norikv.work.FaultHandler;
import norikv.work.Loops;

/// The entries and hard states of many Raft groups, in one [Wal].
///
/// **Visibility.** What a batch says is visible when its `done` runs, which is when it is durable,
/// and never before. **Durability.** After a crash each group has at least what was durable and at
/// most what was appended: whole batches, in order. **Reclaim.** A segment is recycled when the
/// owner has flushed every entry in it and a later segment, whose head says all hard states, bounds
/// and tombstones again, is durable. At opening the entries of recycled segments are below the
/// first index; the owner compares: what it has applied must reach the first index less one, and
/// must not go beyond the last index, or the group's data is damaged. **Limits.** [#GROUPS_MAX]
/// groups; 16 bytes of memory an entry; an idle group costs some 200 bytes. **Errors.** Those of
/// [Wal]; a batch that cannot follow what was accepted is an [IllegalArgumentException] and not
/// written. **Threads.** One at a time appends for a group; any may read. **Source.**
/// `wire/files.md`, Raft log.
public final class RaftLog implements AutoCloseable {
    /// The most groups: group 0 of the cluster, and one a shard.
    public static final int GROUPS_MAX = 65_537;

    /// The most entries that one read returns.
    private static final int READ_ENTRIES_MAX = 4096;

    private static final int HEAD_RECORD_BYTES_MAX = 64 << 10;

    /// One part in this many of a segment may be entries that stood in older ones.
    private static final int HEAD_RESTATED_PART = 8;

    /// What became of a batch that was offered: as [Wal] says, in a word of this package, for those
    /// who do not know the log below.
    public enum Verdict {
        /// It will be durable, whole, after all that was accepted before. When the log is closed or
        /// fails first, it may or may not be found at the next opening.
        ACCEPTED,
        /// Too much is in flight: offer it again when some of it is durable. Nothing was written.
        FULL,
        /// There is no room on the disk: offer it again later. Nothing was written.
        NO_SPACE,
        /// The log is closed, or has failed: never offer it again. Nothing was written.
        CLOSED
    }

    private final String directory;
    private final RaftLogOptions options;
    private final GroupLogs groups;
    private final Wal wal;
    private final ByteWriter head = new ByteWriter(1 << 10);

    /// Null until the log is open: the first head has none.
    private volatile Stragglers stragglers;

    /// One at a time decides what to reclaim.
    private final Object reclaiming = new Object();

    private RaftLog(
            Disk disk,
            String directory,
            RaftLogOptions options,
            Loops loops,
            Meter meter,
            Event.Sink events,
            FaultHandler faults,
            Consumer<RaftLog> check) {
        this.directory = directory;
        this.options = options;
        this.groups = new GroupLogs(position -> Wal.describe(directory, position));
        this.wal =
                Wal.open(
                        disk,
                        directory,
                        options.wal(),
                        loops,
                        meter,
                        events,
                        faults,
                        new Head(),
                        new Replay() {
                            @Override
                            public void record(long position, ByteReader record) {
                                groups.record(position, record);
                            }

                            @Override
                            public void end() {
                                groups.end();
                                check.accept(RaftLog.this);
                            }
                        });
        this.stragglers =
                new Stragglers(
                        groups,
                        wal,
                        options.wal().segmentBytes() / HEAD_RESTATED_PART,
                        wal.recordBytesMax());
    }

    /// Opens the log in `directory`, or a new one if there is none, and starts its loops.
    ///
    /// All entries count as not flushed until [#flushed] says otherwise.
    public static RaftLog open(
            Disk disk,
            String directory,
            RaftLogOptions options,
            Loops loops,
            Meter meter,
            Event.Sink events,
            FaultHandler faults) {
        return open(disk, directory, options, loops, meter, events, faults, _ -> {});
    }

    /// As above, with a word for the owner before anything is changed.
    ///
    /// @param check called when all was read and nothing written: may ask for bounds, terms, hard
    ///     states and intents; what it throws stops opening
    public static RaftLog open(
            Disk disk,
            String directory,
            RaftLogOptions options,
            Loops loops,
            Meter meter,
            Event.Sink events,
            FaultHandler faults,
            Consumer<RaftLog> check) {
        var log = new RaftLog(disk, directory, options, loops, meter, events, faults, check);
        meter.gauge(
                "norikv_raftlog_unflushed_bytes",
                "Bytes of log entries that a restart would read back.",
                log::unflushedBytes);
        meter.gauge(
                "norikv_raftlog_unflushed_entries",
                "Log entries that a restart would read back.",
                log::unflushedEntries);
        return log;
    }

    /// {@return an empty batch for this log} Made once and used again and again.
    public LogBatch newBatch() {
        return new LogBatch(this::durable, wal.recordBytesMax());
    }

    /// Offers a batch: one record of the log, forced together with others. Never waits. If it is
    /// not accepted nothing was changed, and the same batch may be offered again later.
    ///
    /// @param done runs when all of `batch` is durable and visible, on the writer's loop: short,
    ///     and never waiting
    public Verdict append(LogBatch batch, Runnable done) {
        batch.dropEmptyRun();
        if (batch.isEmpty()) {
            throw new IllegalArgumentException("batch: at least one item, got none");
        }
        if (batch.hasIntent()) {
            synchronized (reclaiming) { // what it needs must not be dropped at the same time
                batch.check().run(groups);
            }
        } else {
            batch.check().run(groups);
        }
        batch.done(done);
        Verdict verdict =
                switch (wal.append(batch)) {
                    case ACCEPTED -> Verdict.ACCEPTED;
                    case FULL -> Verdict.FULL;
                    case NO_SPACE -> Verdict.NO_SPACE;
                    case CLOSED -> Verdict.CLOSED;
                };
        if (verdict != Verdict.ACCEPTED) {
            batch.check().undo(groups);
        }
        return verdict;
    }

    /// {@return whether a batch of `bytes` that is offered now would not be refused for want of
    /// room on the disk}
    public boolean hasRoom(long bytes) {
        return wal.hasRoom(bytes);
    }

    /// Calls `action` with every group that was heard of and is not gone, in order.
    public void forEachGroup(IntConsumer action) {
        groups.forEach(
                log -> {
                    if (!log.tombstone()) {
                        action.accept(log.group());
                    }
                });
    }

    /// {@return whether `group` was forgotten with [LogBatch#tombstone(int)] and not heard of
    /// since}
    public boolean isTombstone(int group) {
        return of(group).tombstone();
    }

    /// {@return the snapshot of `group` that is being installed; [Intent#NONE] if there is none}
    public Intent intent(int group) {
        return of(group).intent();
    }

    public HardState hardState(int group) {
        return of(group).hardState();
    }

    /// {@return the index of the oldest entry there is; one more than the last if there is none}
    public long firstIndex(int group) {
        return of(group).firstIndex();
    }

    /// {@return the index of the newest entry, or of what was compacted last; 0 at the beginning}
    public long lastIndex(int group) {
        return of(group).lastIndex();
    }

    /// {@return the term of the entry at `index`, which may be as old as the first index less one;
    /// 0 if it is older, or beyond the last}
    public long term(int group, long index) {
        return of(group).term(index);
    }

    /// Reads entries from `from` on, as many as fit in `bytesMax` of log, the first one in any
    /// case. The newest come from memory, older ones from the disk: see [#isInMemory].
    ///
    /// @return empty if `from` is before the first index, or beyond the last
    public List<LogEntry> entries(int group, long from, long bytesMax) {
        GroupLog log = of(group);
        long[] places = log.places(from, bytesMax, READ_ENTRIES_MAX);
        var entries = new ArrayList<LogEntry>(places.length / 2);
        for (int i = 0; i < places.length; i += 2) {
            byte[] bytes = new byte[GroupLog.lengthOf(places[i + 1])];
            if (!wal.read(places[i], ByteBuffer.wrap(bytes))) {
                break; // recycled meanwhile: the first index has passed it
            }
            long index = from + i / 2;
            long term = GroupLog.termOf(places[i + 1]);
            var entry = BatchFormat.readEntry(group, index, term, bytes);
            if (entry.isEmpty()) {
                throw new NoriException.Corruption(
                        "%s: entry %d of group %d in term %d, got bytes that do not validate"
                                .formatted(Wal.describe(directory, places[i]), index, group, term));
            }
            entries.add(entry.get());
        }
        return entries;
    }

    /// {@return whether the entry at `index` and those after it are in memory, if nothing is
    /// written meanwhile; false if it is not there}
    public boolean isInMemory(int group, long index) {
        long[] places = of(group).places(index, 0, 1);
        return places.length > 0 && wal.isInMemory(places[0]);
    }

    /// {@return how many entries were not flushed: what a restart would have to apply again}
    public long unflushedEntries() {
        return groups.unflushedEntries();
    }

    /// {@return the log bytes of these entries}
    public long unflushedBytes() {
        return groups.unflushedBytes();
    }

    /// {@return the log bytes of all entries of `group` that are there} Looks at each of them.
    public long bytes(int group) {
        GroupLog log = of(group);
        long bytes = 0;
        long from = log.firstIndex();
        long[] places = log.places(from, Long.MAX_VALUE, READ_ENTRIES_MAX);
        while (places.length > 0) {
            for (int i = 0; i < places.length; i += 2) {
                bytes += GroupLog.lengthOf(places[i + 1]);
            }
            from += places.length / 2;
            places = log.places(from, Long.MAX_VALUE, READ_ENTRIES_MAX);
        }
        return bytes;
    }

    /// As below; no flushed entry is held.
    public void flushed(LongUnaryOperator durableAppliedByGroup) {
        flushed(durableAppliedByGroup, _ -> Long.MAX_VALUE);
    }

    /// Says which entries are flushed, and recycles the segments that nobody needs any more, in the
    /// background. Cheap enough for every flush, not for every pass: it looks at all groups.
    ///
    /// @param durableAppliedByGroup gives for a group the highest index whose effects are durable
    ///     without this log, in the present life of that group; 0 if there is none
    /// @param heldAfterByGroup gives for a group the index after which entries are wanted although
    ///     they are flushed; [Long#MAX_VALUE] if none are. They go all the same when they are
    ///     [RaftLogOptions.Pinned#heldBytes] behind those that are kept anyway
    public void flushed(
            LongUnaryOperator durableAppliedByGroup, LongUnaryOperator heldAfterByGroup) {
        synchronized (reclaiming) {
            long kept = wal.headedSegment() - segmentsOf(options.keepBytes());
            long oldest = Math.max(0, kept - segmentsOf(options.pinned().heldBytes()));
            long held = Wal.position(oldest, 0);
            var needed = new long[] {Wal.position(kept, 0)};
            groups.forEach(
                    log -> {
                        long life = log.lives(); // before the owner says what is of this life
                        long applied = durableAppliedByGroup.applyAsLong(log.group());
                        needed[0] = Math.min(needed[0], log.flushed(applied, life));
                        long wanted = log.placeAfter(heldAfterByGroup.applyAsLong(log.group()));
                        needed[0] = Math.min(needed[0], Math.max(held, wanted));
                        groups.publish(log);
                    });
            long segment = Wal.segmentOf(Math.max(0, needed[0]));
            if (segment > wal.firstSegment()) {
                long position = Wal.position(segment, 0);
                groups.forEach(log -> log.forgetBefore(position));
                wal.recycleBefore(segment);
            }
        }
    }

    /// Writes what was accepted, seals the log and closes its files.
    @Override
    public void close() {
        wal.close();
    }

    static void checkGroup(int group) {
        if (group < 0 || group >= GROUPS_MAX) {
            throw new IllegalArgumentException(
                    "group: in [0, %d], got %d".formatted(GROUPS_MAX - 1, group));
        }
    }

    /// Makes visible what has become durable. **Threads.** The writer's loop.
    private void durable(LogBatch batch, long position) {
        groups.apply(position, new ByteReader(batch.array(), 0, batch.bytes()));
    }

    private GroupLog of(int group) {
        checkGroup(group);
        return groups.of(group);
    }

    /// What each segment begins with: all about every group, then the entries of stragglers.
    private final class Head implements SegmentHead {
        @Override
        public void write(Sink sink) {
            int bytesMax = Math.min(HEAD_RECORD_BYTES_MAX, options.wal().recordBytesMax());
            groups.writeHead(head, bytesMax, w -> sink.record(w.array(), 0, w.length()));
            if (stragglers != null) {
                stragglers.write(segmentsOf(options.pinned().restateBytes()), sink);
            }
        }

        @Override
        public void durable() {
            if (stragglers != null) {
                stragglers.durable();
            }
        }
    }

    private long segmentsOf(long bytes) {
        long segment = options.wal().segmentBytes();
        return (bytes + segment - 1) / segment;
    }
}
