package norikv.lsm;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import norikv.bytes.Bytes;
import norikv.disk.Disk;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.FaultHandler;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Signal;

/// The log-structured merge tree of a node: one for all shards.
///
/// It has no log of its own: the host replays its log behind [#durable(ShardId)] after a start, and
/// keeps it until a flush has made it superfluous. Writes are visible at once and durable later.
///
/// **Reads.** A read pins memtables, levels and live tablets, then loads how far its shard was
/// applied, and sees exactly the entries up to there. No lock, no shared counter, nothing
/// allocated. **Errors.** Damage in a table: [NoriException.Corruption] with file and offset, never
/// "absent". A table that cannot be written costs one attempt; a manifest that cannot be written is
/// fatal. **Threads.** Any may read; writers take turns. What may wait for the disk says so.
public final class Lsm implements AutoCloseable {
    /// The longest key of any space, bytes.
    public static final int KEY_BYTES_MAX = InternalKey.USER_KEY_BYTES_MAX;

    /// The space of the users' own data.
    public static final int USER_SPACE = 0;

    static final Logger LOG = System.getLogger("norikv.lsm");

    /// How long closing waits for readers to leave.
    private static final long CLOSE_NANOS_MAX = 10_000_000_000L;

    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private final Environment environment;
    private final int bands;
    private final Slabs slabs;
    private final Epochs epochs = new Epochs();
    private final Janitor janitor;
    private final ReadStates states;
    private final Writer writer;
    private final Engine engine;
    private final PointReads reads;
    private final TableCursors tableCursors = new TableCursors();
    private final Flusher flusher;
    private final Compactor compactor;
    private final Loop janitorLoop;
    private final Loop flushLoop;
    private final Loop compactionLoop;
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean closed;

    /// What an [Lsm] lives in.
    ///
    /// @param directory where its files are, below the disk's folder
    /// @param faults hears when the engine cannot go on
    public record Environment(
            Disk disk,
            String directory,
            Loops loops,
            FaultHandler faults,
            Meter meter,
            Event.Sink events) {}

    private Lsm(Environment environment, LsmOptions options, LsmOpening.Opened opened) {
        this.environment = environment;
        LsmOptions.Memory memory = options.memory();
        Manifest manifest = begin(environment, options, opened.found());
        this.bands = manifest.read(ManifestState::bands);
        this.slabs = new Slabs(memory.memtableBytes(), memory.poisoned());
        this.janitor = new Janitor(epochs, slabs, environment.disk());
        var memtable = new Memtable(slabs.take(memory.memtableBytes()), 0);
        TabletMap tablets = manifest.read(this::tabletsOf);
        var first = new ReadState(List.of(memtable), opened.levels(), tablets);
        this.states = new ReadStates(first, epochs, janitor);
        this.engine =
                new Engine(
                        environment, options, slabs, janitor, states, manifest, opened.nextFile());
        this.reads = new PointReads(engine.meters());
        this.writer = new Writer(states, slabs, memory.hardMaxBytes());
        this.flusher = new Flusher(engine, writer);
        this.compactor = new Compactor(engine);
        Loops loops = environment.loops();
        this.janitorLoop = loops.start("lsm-janitor", janitor);
        this.compactionLoop = loops.start("lsm-compact", compactor);
        this.flushLoop = loops.start("lsm-flush", flusher);
        janitor.wakeWith(janitorLoop::wake);
        engine.wakeCompactorWith(compactionLoop::wake);
        writer.wakeFlusherWith(flushLoop::wake);
        LsmMeters.gauges(
                environment.meter(),
                () -> states.current().levels(),
                slabs::bytesInUse,
                engine::pressure,
                () -> compactor.isRunning() ? 1 : 0);
    }

    /// Opens what is in the folder, or begins there. Waits for the disk.
    ///
    /// **Errors.** [NoriException.Corruption] when anything durable is damaged or missing, with the
    /// file; [NoriException.Refused] when a newer version wrote it; then nothing was changed.
    public static Lsm open(Environment environment, LsmOptions options) {
        Disk disk = environment.disk();
        disk.createDirectories(environment.directory());
        LsmOpening.Opened opened = new LsmOpening(disk, environment.directory()).run();
        boolean begun = false;
        try {
            LsmOpening.removeOrphans(disk, environment.directory(), opened.found());
            var lsm = new Lsm(environment, options, opened);
            begun = true;
            return lsm;
        } finally {
            if (!begun) {
                opened.levels().all().forEach(t -> t.table().close());
            }
        }
    }

    private static Manifest begin(
            Environment environment, LsmOptions options, Manifest.Found found) {
        boolean isNew = found.number() == 0;
        return Manifest.begin(
                environment.disk(),
                environment.directory(),
                options.pace().manifestBytes(),
                environment.faults(),
                found,
                isNew ? List.of(new Edit.Bands(options.bands())) : List.of());
    }

    private TabletMap tabletsOf(ManifestState state) {
        return new TabletMap(
                state.tablets().stream()
                        .map(t -> newTablet(t.tablet(), t.shard(), t.durable()))
                        .toList());
    }

    private Tablet newTablet(int id, ShardId shard, AppliedAt durable) {
        return new Tablet(id, shard, shard.number() % bands, durable);
    }

    /// Makes an empty tablet for each of `shards` that has none, all in one durable step. Waits for
    /// the disk.
    public void createTablets(Collection<ShardId> shards) {
        checkOpen();
        List<Tablet> created = new ArrayList<>();
        engine.manifest()
                .commit(
                        state -> creations(state, shards, created),
                        () -> states.replace(before -> withTablets(before, created)));
    }

    private List<Edit> creations(
            ManifestState state, Collection<ShardId> shards, List<Tablet> created) {
        List<Edit> edits = new ArrayList<>();
        int id = state.nextTablet();
        for (ShardId shard : shards) {
            if (!state.hasShard(shard)) {
                edits.add(new Edit.MapShard(shard, id));
                created.add(newTablet(id++, shard, AppliedAt.NOTHING));
            }
        }
        if (!edits.isEmpty()) {
            edits.addFirst(new Edit.NextTablet(id));
        }
        return edits;
    }

    private static ReadState withTablets(ReadState before, List<Tablet> added) {
        List<Tablet> live = new ArrayList<>(before.tablets().all());
        live.addAll(added);
        return new ReadState(before.memtables(), before.levels(), new TabletMap(live));
    }

    /// Drops all that `shard` has, in one durable step: its entries are invisible at once and leave
    /// the disk with the compactions that follow. Nobody may write to the shard meanwhile. Waits
    /// for the disk.
    public void dropTablet(ShardId shard) {
        checkOpen();
        int id = tablet(states.current(), shard).id();
        engine.manifest()
                .commit(
                        _ -> List.of(new Edit.DropTablet(id)),
                        () -> states.replace(before -> withoutTablet(before, id)));
        engine.tablesChanged();
    }

    private static ReadState withoutTablet(ReadState before, int id) {
        var live = before.tablets().all().stream().filter(t -> t.id() != id).toList();
        return new ReadState(before.memtables(), before.levels(), new TabletMap(live));
    }

    /// {@return whether this node has `shard`}
    public boolean hasTablet(ShardId shard) {
        checkOpen();
        return states.current().tablets().ofShard(shard.number()) != null;
    }

    /// Makes all of `batch` visible, whole per shard. Not durable: that is the host's log. What a
    /// shard had applied before is passed over, so a log can be replayed.
    ///
    /// **Errors.** [NoriException.Overloaded] and nothing done when memtables take all the memory
    /// they may; [#pressure()] has been far above 1 for long then.
    public void write(WriteBatch batch) {
        checkOpen();
        writer.write(batch);
    }

    /// {@return where `shard` stands}
    public AppliedAt applied(ShardId shard) {
        checkOpen();
        ReadState state = states.current();
        var reading = new AppliedReading();
        state.loadApplied(tablet(state, shard), reading);
        return reading.toPlace();
    }

    /// {@return up to where `shard` is in tables: what lies behind it must stay in the host's log}
    public AppliedAt durable(ShardId shard) {
        checkOpen();
        return tablet(states.current(), shard).durable();
    }

    /// Finds the newest visible version of a key.
    ///
    /// **Errors.** [NoriException.Corruption] when a block that may hold it does not check out:
    /// never "absent" instead. [NoriException.NotLeader] when this node does not have the shard.
    public void get(ShardId shard, int space, Bytes key, Reach reach, GetResult into) {
        checkOpen();
        if (key.isEmpty() || key.length() > KEY_BYTES_MAX) {
            throw NoriException.invalid(
                    "key: 1 to %d bytes, got %d".formatted(KEY_BYTES_MAX, key.length()));
        }
        int epoch = epochs.enter();
        try {
            ReadState state = states.current();
            Tablet tablet = tablet(state, shard);
            state.loadApplied(tablet, into.applied);
            int head = InternalKey.head(space, tablet.band());
            int length = InternalKey.write(into.keyOf(key.length()), head, key);
            reads.find(state, tablet.id(), length, reach, into);
        } finally {
            epochs.exit(epoch);
        }
    }

    /// {@return a cursor on the first item of the range; may wait for the disk, must be closed}
    public RangeCursor scan(RangePlan plan) {
        checkOpen();
        return RangeCursor.open(states, janitor, tableCursors, bands, plan);
    }

    /// {@return how hard writing is: 0 at ease, from 0.5 proposals should be slowed, at 1 and above
    /// refused}
    public double pressure() {
        return engine.pressure();
    }

    /// Has all that was applied by now made durable soon: for a host whose log gets long.
    public void requestFlush() {
        checkOpen();
        flusher.request();
        flushLoop.wake();
    }

    /// Makes all that was applied by now durable.
    ///
    /// @return whether that was done by `deadlineNanos`
    public boolean flush(long deadlineNanos) {
        checkOpen();
        Optional<Memtable> last = writer.unflushed();
        while (isHeld(last)) {
            Signal signal = environment.loops().signal();
            flusher.signalNext(signal);
            requestFlush();
            if (!signal.await(deadlineNanos) && isHeld(last)) {
                return false;
            }
        }
        return true;
    }

    /// Whether a memtable, or one that was frozen before it, is still to be flushed. An empty one
    /// that is written to is not: the flush of the one before it may have taken in all there was.
    private boolean isHeld(Optional<Memtable> memtable) {
        ReadState now = states.current();
        if (now.frozenMemtables().isEmpty() && writer.unflushed().isEmpty()) {
            return false;
        }
        return memtable.map(now.memtables()::contains).orElse(!now.frozenMemtables().isEmpty());
    }

    /// Calls `listener` after each flush from now on; [#durable(ShardId)] says what was before.
    public void onFlushed(FlushListener listener) {
        flusher.listen(listener);
    }

    /// Ends all loops and frees all memory, without a flush. Waits until readers have left, within
    /// bounds: who still holds a cursor then keeps its memory for good.
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        // A flush that is about to end tells its listener, who asks what is durable.
        flushLoop.stop();
        compactionLoop.stop();
        closed = true;
        flusher.abandon();
        compactor.abandon();
        engine.manifest().close();
        states.end();
        janitorLoop.stop();
        if (janitorEnds()) {
            slabs.close();
        } else {
            LOG.log(Level.WARNING, "Readers hold memory of an engine that closed.");
        }
    }

    private boolean janitorEnds() {
        Loops loops = environment.loops();
        long now = loops.clock().nanoTime();
        long deadline = now + CLOSE_NANOS_MAX;
        while (!(janitor.isIdle() && states.isFreed()) && now < deadline) {
            if (janitor.runOnce(now) > now) {
                loops.signal().await(now + LOOK_AGAIN_NANOS);
            }
            now = loops.clock().nanoTime();
        }
        return janitor.isIdle() && states.isFreed();
    }

    /// {@return the tables as they are now; those who look into them must know that they stay}
    Levels levels() {
        return states.current().levels();
    }

    /// How the JVM reports a mapped page that the disk cannot deliver, in our words.
    static NoriException.DiskFailure unreadable(InternalError e) {
        return new NoriException.DiskFailure(
                NoriException.DiskFailure.Reason.BROKEN,
                "lsm: a mapped page of a table cannot be read",
                e);
    }

    static NoriException noTablet(int shard) {
        return new NoriException.NotLeader(
                ErrorCode.SHARD_MOVING, "shard %d is not on this node".formatted(shard));
    }

    private static Tablet tablet(ReadState state, ShardId shard) {
        Tablet tablet = state.tablets().ofShard(shard.number());
        if (tablet == null) {
            throw noTablet(shard.number());
        }
        return tablet;
    }

    private void checkOpen() {
        if (closed) {
            throw new NoriException.Closed("lsm: closed");
        }
    }
}
