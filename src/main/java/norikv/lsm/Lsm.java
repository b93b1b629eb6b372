package norikv.lsm;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.LongSupplier;
import norikv.bytes.Bytes;
import norikv.disk.Disk;
import norikv.disk.Reserve;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Room;
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
    private final Residency residency;
    private final Epochs epochs = new Epochs();
    private final Janitor janitor;
    private final ReadStates states;
    private final Writer writer;
    private final Engine engine;
    private final Tablets tablets;
    private final Reads reads;
    private final Flusher flusher;
    private final Compactions compactions;
    private final Scrubber scrubber;
    private final Reserve reserve;
    private final RoomWatch roomWatch;
    private final Loop janitorLoop;
    private final Loop flushLoop;
    private final List<Loop> compactionLoops = new ArrayList<>();
    private final Loop scrubLoop;
    private final Loop roomLoop;
    private final AtomicBoolean closing = new AtomicBoolean();

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
        String reservePath = environment.directory() + "/" + FileNames.RESERVE;
        this.reserve =
                new Reserve(environment.disk(), reservePath, options.room().reserveBytes());
        Manifest manifest = begin(environment, options, reserve, opened);
        this.bands = manifest.read(ManifestState::bands);
        this.residency = new Residency(options.residency(), environment.meter());
        this.slabs = new Slabs(memory.memtableBytes(), memory.poisoned());
        this.janitor = new Janitor(epochs, slabs, environment.disk());
        var memtable = new Memtable(slabs.take(memory.memtableBytes()), 0);
        TabletMap map = manifest.read(Tablets::map);
        var first = new ReadState(List.of(memtable), opened.levels(), map);
        var quarantine = new Quarantine(environment.events());
        this.states = new ReadStates(first, epochs, janitor, quarantine, residency);
        this.engine =
                new Engine(
                        environment, options, slabs, janitor, states, manifest, opened.nextFile());
        this.tablets = new Tablets(engine, bands);
        Snapshots snapshots = engine.snapshots();
        this.reads =
                new Reads(states, epochs, janitor, bands, engine.meters(), snapshots);
        this.writer = new Writer(states, slabs, memory.hardMaxBytes());
        this.compactions = new Compactions(engine);
        this.flusher = new Flusher(engine, writer, compactions);
        this.scrubber = new Scrubber(engine, quarantine, environment.loops().clock());
        Loops loops = environment.loops();
        this.janitorLoop = loops.start("lsm-janitor", janitor);
        for (int i = 0; i < options.jobs().loops(); i++) {
            var compactor = new Compactor(compactions, options.pace().stepEntries());
            compactionLoops.add(loops.start("lsm-compact-" + i, compactor));
        }
        this.flushLoop = loops.start("lsm-flush", flusher);
        this.scrubLoop = loops.start("lsm-scrub", scrubber);
        this.roomWatch =
                new RoomWatch(
                        environment.disk(),
                        options.room().marks(),
                        reserve,
                        environment.events(),
                        this::relieve);
        this.roomLoop = loops.start("lsm-room", roomWatch);
        janitor.wakeWith(janitorLoop::wake);
        quarantine.wakeWith(scrubLoop::wake);
        engine.dropDeadWith(() -> compactions.dropDead(loops.clock().nanoTime()));
        engine.wakeCompactorsWith(() -> compactionLoops.forEach(Loop::wake));
        writer.wakeFlusherWith(flushLoop::wake);
        snapshots.gauges(environment.meter());
        RoomWatch.gauges(environment.meter(), roomWatch, reserve);
        LsmMeters.gauges(
                environment.meter(),
                () -> states.current().levels(),
                slabs::bytesInUse,
                engine,
                compactions::runningCount,
                scrubber::lastCompleteMillis);
    }

    /// Opens what is in the folder, or begins there. Waits for the disk.
    ///
    /// **Errors.** [NoriException.Corruption] when the manifest is damaged or a table is missing,
    /// with the file, but not when a table is damaged, see [#damage()]; [NoriException.Refused]
    /// when a newer version wrote it; then nothing was changed.
    public static Lsm open(Environment environment, LsmOptions options) {
        try (DormantLsm dormant = DormantLsm.look(environment)) {
            return dormant.begin(options);
        }
    }

    /// Begins to work on a folder that was found sound.
    static Lsm begin(Environment environment, LsmOptions options, LsmOpening.Opened opened) {
        LsmOpening.removeOrphans(environment.disk(), environment.directory(), opened.found());
        return new Lsm(environment, options, opened);
    }

    private static Manifest begin(
            Environment environment,
            LsmOptions options,
            Reserve reserve,
            LsmOpening.Opened opened) {
        Manifest.Found found = opened.found();
        boolean isNew = found.number() == 0;
        return Manifest.begin(
                environment.disk(),
                environment.directory(),
                options.pace().manifestBytes(),
                environment.faults(),
                reserve,
                found,
                isNew
                        ? beginnings(environment, options)
                        : opened.first());
    }

    private static List<Edit> beginnings(Environment environment, LsmOptions options) {
        long scrubAtMillis =
                environment.loops().clock().wallMillis() + options.scrub().intervalMillis();
        return List.of(new Edit.Bands(options.bands()), new Edit.Scrubbed(0, scrubAtMillis));
    }

    /// Has what was deleted leave the disk before all else: the room on it is short.
    private void relieve(long nowNanos) {
        compactions.hurryGarbage(nowNanos);
        if (states.current().active().deletes() > 0
                && flusher.requestAfterRest(nowNanos)) {
            flushLoop.wake();
        }
    }

    /// Makes an empty tablet for each of `shards` that has none, all in one durable step. Waits for
    /// the disk.
    public void createTablets(Collection<ShardId> shards) {
        checkOpen();
        tablets.create(shards);
    }

    /// Drops all that `shard` has, in one durable step: its entries are invisible at once and leave
    /// the disk with the compactions that follow. Nobody may write to the shard meanwhile. Waits
    /// for the disk.
    public void dropTablet(ShardId shard) {
        checkOpen();
        tablets.drop(shard);
    }

    /// Begins to receive `shard` from another replica, whether or not it is here already. Waits for
    /// the disk.
    ///
    /// **Errors.** [NoriException.Overloaded] when it is being received already.
    public Staging stage(ShardId shard) {
        checkOpen();
        return new Staging(
                engine, tablets, shard, tablets.pend(shard), shard.number() % bands);
    }

    /// {@return which tablet `shard` is here, unsigned; 0 if it is not here}
    public int tabletOf(ShardId shard) {
        checkOpen();
        Tablet tablet = states.current().tablets().ofShard(shard.number());
        return tablet == null ? 0 : tablet.id();
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
        state.loadApplied(Reads.tablet(state, shard), reading);
        return reading.toPlace();
    }

    /// {@return up to where `shard` is in tables: what lies behind it must stay in the host's log}
    public AppliedAt durable(ShardId shard) {
        checkOpen();
        return Reads.tablet(states.current(), shard).durable();
    }

    /// Finds the newest visible version of a key.
    ///
    /// **Errors.** [NoriException.Corruption] when a block that may hold it does not check out:
    /// never "absent" instead. [NoriException.NotLeader] when this node does not have the shard.
    public void get(ShardId shard, int space, Bytes key, Reach reach, GetResult into) {
        reads.get(shard, space, key, reach, into);
    }

    /// Finds the newest visible versions of many keys; errors as of [#get].
    public void multiGet(int space, MultiGet keys, Reach reach) {
        reads.multiGet(space, keys, reach);
    }

    /// {@return a view of those of `shards` that this node has, where they stand now; must be
    /// closed}
    ///
    /// **Errors.** [NoriException.Overloaded] when too many are open.
    public Snapshot snapshot(Predicate<ShardId> shards) {
        return reads.snapshot(shards);
    }

    /// {@return a cursor over a range as it is now, on no item yet; must be closed}
    public RangeCursor cursor(RangePlan plan) {
        return reads.cursor(plan);
    }

    /// {@return a cursor on the first item of the range, or on the last if the plan goes backward;
    /// may wait for the disk, must be closed}
    public RangeCursor scan(RangePlan plan) {
        return Reads.started(cursor(plan), plan);
    }

    /// {@return how hard writing is: 0 at ease, from 0.5 proposals should be slowed, at 1 and above
    /// refused}
    public double pressure() {
        return engine.pressure();
    }

    /// {@return how much room the disk has: whoever admits writes heeds it, see [LsmOptions.Room]}
    public Room room() {
        return roomWatch.room();
    }

    /// {@return the tables that are damaged, and the shards that are to be rebuilt}
    public List<TableDamage> damage() {
        return Quarantine.damage(states.current());
    }

    /// {@return [#pressure()], and how full the log is that [#watchLog] named: for whoever admits
    /// writes. Who applies what is committed heeds [#pressure()], as only applying and flushing
    /// make the log shorter}
    public double writePressure() {
        return engine.writePressure();
    }

    /// Has a log of the host count in [#writePressure()].
    ///
    /// @param bytes what of it is not in tables yet
    /// @param bytesMax what may be; from 2
    public void watchLog(LongSupplier bytes, long bytesMax) {
        engine.watchLog(bytes, bytesMax);
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

    /// Makes an engine of its own in the folder `to` of the same disk, with all that is in tables
    /// now: files are linked, not copied. Waits for the disk.
    void checkpoint(String to) {
        checkOpen();
        var pinned = new ReadState[1];
        List<Edit> snapshot =
                engine.manifest()
                        .read(
                                state -> {
                                    pinned[0] = states.retain();
                                    return state.snapshot();
                                });
        try {
            new Checkpoint(environment.disk(), environment.directory(), to)
                    .write(pinned[0].levels(), snapshot);
        } finally {
            pinned[0].release(janitor);
        }
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
        compactionLoops.forEach(Loop::stop);
        scrubLoop.stop();
        roomLoop.stop();
        reserve.close();
        reads.close();
        flusher.abandon();
        compactions.abandon();
        engine.manifest().close();
        states.end();
        janitorLoop.stop();
        if (janitorEnds()) {
            slabs.close();
            residency.close();
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

    /// Brings all that is in tables now into one level.
    ///
    /// @return whether that was done by `deadlineNanos`
    boolean compactAll(long deadlineNanos) {
        checkOpen();
        compactions.requestOneLevel();
        engine.wakeCompactors();
        Loops loops = environment.loops();
        while (compactions.isOneLevelWanted()) {
            long now = loops.clock().nanoTime();
            if (now >= deadlineNanos) {
                return false;
            }
            loops.signal().await(Math.min(deadlineNanos, now + LOOK_AGAIN_NANOS));
        }
        return true;
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

    private void checkOpen() {
        if (reads.isClosed()) {
            throw new NoriException.Closed("lsm: closed");
        }
    }
}
