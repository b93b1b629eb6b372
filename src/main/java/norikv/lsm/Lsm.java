package norikv.lsm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import norikv.bytes.Bytes;
import norikv.disk.Disk;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.sstable.Cursor;
import norikv.work.FaultHandler;
import norikv.work.Loop;
import norikv.work.Loops;

/// The log-structured merge tree of a node: one for all shards.
///
/// It has no log of its own: the host replays its log behind the last flush after a start, and
/// keeps it until a flush has made it superfluous. Writes are visible at once and durable later.
///
/// **Reads.** A read pins memtables, levels and live tablets, then loads how far its shard was
/// applied, and sees exactly the entries up to there. No lock, no shared counter, nothing
/// allocated. **Threads.** Any may read; writers take turns.
public final class Lsm implements AutoCloseable {
    /// The longest key of any space, bytes.
    public static final int KEY_BYTES_MAX = InternalKey.USER_KEY_BYTES_MAX;

    /// The space of the users' own data.
    public static final int USER_SPACE = 0;

    private final Environment environment;
    private final LsmOptions options;
    private final Slabs slabs;
    private final Epochs epochs = new Epochs();
    private final Janitor janitor;
    private final ReadStates states;
    private final Writer writer;
    private final Loop janitorLoop;
    private final AtomicBoolean closed = new AtomicBoolean();
    private int nextTablet = 1;

    /// What an [Lsm] lives in.
    ///
    /// @param directory where its files are, below the disk's folder
    public record Environment(
            Disk disk,
            String directory,
            Loops loops,
            FaultHandler faults,
            Meter meter,
            Event.Sink events) {}

    private Lsm(Environment environment, LsmOptions options) {
        this.environment = environment;
        this.options = options;
        LsmOptions.Memory memory = options.memory();
        this.slabs = new Slabs(memory.memtableBytes(), memory.poisoned());
        this.janitor = new Janitor(epochs, slabs);
        var first = new Memtable(slabs.take(memory.memtableBytes()), 0);
        this.states =
                new ReadStates(new ReadState(List.of(first), TabletMap.EMPTY), epochs, janitor);
        this.writer = new Writer(states, slabs, memory.hardMaxBytes(), () -> {});
        this.janitorLoop = environment.loops().start("lsm-janitor", janitor);
        janitor.wakeWith(janitorLoop::wake);
    }

    /// Opens what is in the folder, or begins there.
    public static Lsm open(Environment environment, LsmOptions options) {
        return new Lsm(environment, options);
    }

    /// Makes an empty tablet for each of `shards` that has none, all in one durable step.
    public synchronized void createTablets(Collection<ShardId> shards) {
        states.replace(
                before -> {
                    List<Tablet> live = new ArrayList<>(before.tablets().all());
                    for (ShardId shard : shards) {
                        if (before.tablets().ofShard(shard.number()) == null) {
                            int band = shard.number() % options.bands();
                            var cell = new AppliedCell(0, 0, 0);
                            live.add(new Tablet(nextTablet++, shard, band, cell));
                        }
                    }
                    return new ReadState(before.memtables(), new TabletMap(live));
                });
    }

    /// Makes all of `batch` visible, whole per shard. Not durable: that is the host's log.
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
        return new AppliedAt(
                new Version(reading.term, reading.index), reading.logTimeMillis);
    }

    /// Finds the newest visible version of a key.
    ///
    /// **Errors.** [NoriException.Corruption] when a block that may hold it does not check out:
    /// never "absent" instead.
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
            find(state, tablet.id(), InternalKey.write(into.key, head, key), into);
        } finally {
            epochs.exit(epoch);
        }
    }

    private static void find(ReadState state, int tablet, int keyLength, GetResult into) {
        long prefix = InternalKey.prefixOf(into.key, 0, keyLength);
        List<Memtable> memtables = state.memtables();
        for (int i = 0; i < memtables.size(); i++) {
            Memtable memtable = memtables.get(i);
            int node =
                    memtable.newest(prefix, into.key, keyLength, tablet, into.applied.index);
            if (node != 0) {
                memtable.read(node, into);
                return;
            }
        }
        into.setAbsent();
    }

    /// {@return a cursor on the first item of the range; may wait for the disk, must be closed}
    public RangeCursor scan(RangePlan plan) {
        checkOpen();
        ReadState state = states.retain();
        var view = new ScanView(state, plan.shards());
        var bands = new BandCursor[options.bands()];
        for (int band = 0; band < bands.length; band++) {
            bands[band] =
                    new BandCursor(
                            entries(state),
                            view,
                            InternalKey.head(plan.space(), band),
                            plan.from(),
                            plan.to(),
                            plan.backward());
        }
        return new RangeCursor(state, janitor, view, plan.backward(), bands);
    }

    private static MergeCursor entries(ReadState state) {
        return new MergeCursor(
                state.memtables().stream().map(Memtable::cursor).toArray(Cursor[]::new));
    }

    /// {@return how hard writing is: 0 at ease, from 0.5 proposals should be slowed, at 1 and above
    /// refused}
    public double pressure() {
        LsmOptions.Memory memory = options.memory();
        long atEase = 2L * memory.memtableBytes();
        double excess = slabs.bytesInUse() - atEase;
        return Math.max(0, excess / (memory.budgetBytes() - atEase));
    }

    /// Ends all loops and frees all memory. Every cursor must have been closed. Does not flush.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            janitorLoop.stop();
            slabs.close();
        }
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
        if (closed.get()) {
            throw new NoriException.Closed("lsm: closed");
        }
    }
}
