package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import norikv.bytes.Bytes;
import norikv.disk.Disk;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.FaultHandler;
import norikv.work.Loops;
import norikv.work.SystemRandom;
import norikv.work.ThreadLoops;

/// An ordered map of bytes in a folder: the engine alone, with a log of its own.
///
/// **Order.** Writes take turns. Each commit has a place in one order, and after a crash the store
/// is what the commits up to one place made of it, whole batches only: at least all that were
/// acknowledged with [Durability#SYNC].
///
/// **Visible before durable.** A commit is seen by reads of all threads before it is durable, so a
/// reader may act on what a crash undoes; but what it writes then comes later in the order and is
/// undone with it. [#sync()] makes all that was read until then durable.
///
/// **Errors.** [NoriException.Overloaded] says that nothing was written and when to try again. When
/// the log or the manifest cannot be written the store is over: a write under way with
/// [Durability#SYNC] is [NoriException.Indeterminate], every later call, reads too, is a
/// [NoriException.DiskFailure] that says so. Damage: [NoriException.Corruption] with file and
/// offset. **Threads.** Any. Reads and writes may wait for the disk and must not be interrupted.
/// **Limits.** Keys [#KEY_BYTES_MAX], values [#VALUE_BYTES_MAX], batches [#batchBytesMax()].
public final class Store implements AutoCloseable {
    /// The longest key, bytes.
    public static final int KEY_BYTES_MAX = Lsm.KEY_BYTES_MAX;

    /// The longest value, bytes.
    public static final int VALUE_BYTES_MAX = Limits.VALUE_BYTES_MAX;

    /// The longest time to live.
    public static final long TTL_MILLIS_MAX = 1L << 53;

    /// The folder of the log, below that of the store.
    public static final String LOG_FOLDER = "log";

    /// The folder of tables and manifest, below that of the store.
    public static final String TABLES_FOLDER = "lsm";

    static final ShardId SHARD = new ShardId(0);

    /// The file whose lock keeps a second owner away, in the folder of the store.
    public static final String LOCK = "lock";

    private static final String PART = ".part";
    static final byte[] EMPTY = {};
    private static final long RETRY_AFTER_MILLIS = 100;

    /// How long opening waits for memtables to be written out, once there is no room for more.
    private static final long REPLAY_STALL_MILLIS_MAX = 60_000;

    /// The most bytes of one commit where there is no log.
    private static final int BATCH_BYTES_MAX = 4 << 20;

    private final Environment environment;
    private final StoreOptions options;
    private final Loops loops;
    private final Disk.DiskLock lock;
    private final Lsm lsm;
    private final StoreAdmission admission;
    private final StoreWriter writer;
    private final Scratches scratches = new Scratches();

    /// Null: there is no log.
    private final StoreLog log;

    /// What ended the store; null: nothing did.
    private volatile NoriException.DiskFailure failure;

    private volatile boolean closed;

    /// What a store lives in.
    ///
    /// @param folder where its files are, below the disk's folder; empty: right there
    /// @param faults hears when the store is over, once or more
    /// @param salt random, for a new log: what another log left in a file never validates
    public record Environment(
            Disk disk,
            String folder,
            Loops loops,
            FaultHandler faults,
            Meter meter,
            Event.Sink events,
            long salt) {
        /// {@return the path of something in the store's folder}
        String path(String name) {
            return folder.isEmpty() ? name : folder + "/" + name;
        }
    }

    private Store(Environment environment, StoreOptions options, Disk.DiskLock lock) {
        this.environment = environment;
        this.options = options;
        this.loops = environment.loops();
        this.lock = lock;
        boolean opened = false;
        StoreLog openedLog = null;
        this.lsm = Lsm.open(engineEnvironment(), options.engine().withBands(1));
        try {
            if (options.log().enabled()) {
                openedLog =
                        StoreLog.open(
                                new StoreLog.Parts(
                                        environment,
                                        options.log(),
                                        options.engine().scrub().bytesPerSecond(),
                                        this::fail,
                                        () -> lsm.requestFlush()));
            }
            this.log = openedLog;
            this.admission =
                    new StoreAdmission(loops, options, this::pressure, lsm::requestFlush);
            lsm.createTablets(List.of(SHARD));
            this.writer =
                    new StoreWriter(
                            loops,
                            lsm,
                            log,
                            admission,
                            this::requireUsable,
                            () -> failure);
            begin();
            opened = true;
        } finally {
            if (!opened) {
                if (openedLog != null) {
                    openedLog.close();
                }
                lsm.close();
            }
        }
    }

    /// Opens the store in `disk`'s folder, or begins one there, on threads of its own. Waits for
    /// the disk.
    ///
    /// **Errors.** As [#open(Environment, StoreOptions)].
    public static Store open(Disk disk, StoreOptions options) {
        return open(disk, "", options);
    }

    /// Opens the store in a folder below that of `disk`, where others may be too.
    public static Store open(Disk disk, String folder, StoreOptions options) {
        var relay = new FaultRelay();
        var environment =
                new Environment(
                        disk,
                        folder,
                        new ThreadLoops(relay),
                        (_, _) -> {},
                        Meter.NONE,
                        Event.Sink.NONE,
                        new SystemRandom().nextLong());
        Store store = open(environment, options);
        relay.goTo(store::fail);
        return store;
    }

    /// Opens the store of the environment, or begins one there. Waits for the disk.
    ///
    /// **Errors.** [NoriException.Refused] when somebody else has it open, or a newer version wrote
    /// it, or its folder is an unfinished checkpoint; [NoriException.Corruption] when log or
    /// manifest are damaged, or a file is missing, with the file: what only a damaged table holds
    /// is an error when it is asked for; [NoriException.Overloaded] when the log holds
    /// more than memory does and for a minute nothing could be written out to tables.
    public static Store open(Environment environment, StoreOptions options) {
        Disk disk = environment.disk();
        disk.createDirectories(environment.folder());
        Disk.DiskLock lock = disk.lock(environment.path(LOCK));
        boolean opened = false;
        try {
            var store = new Store(environment, options, lock);
            opened = true;
            return store;
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    private Lsm.Environment engineEnvironment() {
        return new Lsm.Environment(
                environment.disk(),
                environment.path(TABLES_FOLDER),
                loops,
                this::fail,
                environment.meter(),
                environment.events());
    }

    /// Applies what the log has beyond the tables.
    private void begin() {
        if (log != null) {
            lsm.onFlushed(_ -> log.flushed(lsm.durable(SHARD).at().index()));
            writer.replay(environment.path(LOG_FOLDER), admissionOfReplay());
            log.flushed(lsm.durable(SHARD).at().index());
        }
    }

    /// What is in the log was let in once and cannot be refused: neither how long the log is, which
    /// only applying makes shorter, nor what users wait at most is a reason not to open.
    private StoreAdmission admissionOfReplay() {
        return new StoreAdmission(
                loops,
                options.withStallMillisMax(REPLAY_STALL_MILLIS_MAX),
                this::pressureOfReplay,
                lsm::requestFlush);
    }

    private double pressureOfReplay() {
        requireUsable();
        return lsm.pressure();
    }

    /// Sets a value.
    public void put(byte[] key, byte[] value, Durability durability) {
        StoreBatch.check(key, value);
        writer.commit(new StoreWrite.One(StoreBatch.PUT, key, value, 0), durability);
    }

    /// Sets a value that is gone after `ttlMillis` milliseconds, counted from the commit.
    public void put(byte[] key, byte[] value, long ttlMillis, Durability durability) {
        StoreBatch.check(key, value);
        StoreBatch.checkTtl(ttlMillis);
        writer.commit(new StoreWrite.One(StoreBatch.PUT_TTL, key, value, ttlMillis), durability);
    }

    /// Removes a key, whether it is there or not.
    public void delete(byte[] key, Durability durability) {
        StoreBatch.checkKey(key);
        writer.commit(new StoreWrite.One(StoreBatch.DELETE, key, EMPTY, 0), durability);
    }

    /// Does all that `batch` says, as one commit. The batch stays as it is.
    public void write(StoreBatch batch, Durability durability) {
        if (batch.bytes() > batchBytesMax()) {
            throw NoriException.invalid(
                    "batch: at most %d bytes, got %d".formatted(batchBytesMax(), batch.bytes()));
        }
        if (batch.operations() > 0) {
            writer.commit(batch, durability);
        }
    }

    /// {@return the most [StoreBatch#bytes()] of one commit}
    public int batchBytesMax() {
        return log == null ? BATCH_BYTES_MAX : log.commitBytesMax();
    }

    /// Makes all that was committed by now, by anybody, durable. Waits for the disk.
    public void sync() {
        writer.sync();
    }

    /// {@return the value of `key`, if it has one}
    public Optional<byte[]> get(byte[] key) {
        GetResult found = scratches.take();
        get(key, found);
        Optional<byte[]> value =
                found.outcome() == GetResult.Outcome.FOUND
                        ? Optional.of(found.value())
                        : Optional.empty();
        scratches.giveBack(found);
        return value;
    }

    /// Looks `key` up without allocating: outcome and value are in `into`.
    public void get(byte[] key, GetResult into) {
        requireUsable();
        lsm.get(SHARD, Lsm.USER_SPACE, Bytes.wrap(key), Reach.DISK, into);
        if (into.expiresAtMillis() != 0) {
            forget(into, now(into.appliedLogTimeMillis()));
        }
    }

    /// Looks keys up together, all as of one moment; what is near each other is read once.
    ///
    /// @param keys at most [MultiGet#KEYS_MAX], in any order
    /// @return the value of each, if it has one, in the order of `keys`
    public List<Optional<byte[]>> multiGet(List<byte[]> keys) {
        requireUsable();
        MultiGet together = together(keys);
        lsm.multiGet(Lsm.USER_SPACE, together, Reach.DISK);
        return keys.isEmpty()
                ? List.of()
                : values(together, now(together.result(0).appliedLogTimeMillis()));
    }

    static MultiGet together(List<byte[]> keys) {
        var together = new MultiGet();
        keys.forEach(key -> together.add(SHARD, key, 0, key.length));
        return together;
    }

    static List<Optional<byte[]>> values(MultiGet found, long nowMillis) {
        List<Optional<byte[]>> values = new ArrayList<>(found.count());
        for (int i = 0; i < found.count(); i++) {
            GetResult result = found.result(i);
            forget(result, nowMillis);
            values.add(
                    result.outcome() == GetResult.Outcome.FOUND
                            ? Optional.of(Arrays.copyOf(result.value(), result.valueLength()))
                            : Optional.empty());
        }
        return values;
    }

    /// Makes an expired value an absent one.
    static void forget(GetResult found, long nowMillis) {
        if (found.outcome() == GetResult.Outcome.FOUND
                && isExpired(found.expiresAtMillis(), nowMillis)) {
            found.setAbsent();
        }
    }

    static boolean isExpired(long expiresAtMillis, long nowMillis) {
        return expiresAtMillis != 0 && expiresAtMillis <= nowMillis;
    }

    /// What is expired stays so when the wall clock goes back behind a commit.
    private long now(long logTimeMillis) {
        return Math.max(logTimeMillis, loops.clock().wallMillis());
    }

    /// {@return what the store holds now, to be read as long as one likes; must be closed}
    ///
    /// **Errors.** [NoriException.Overloaded] when too many are open.
    public StoreSnapshot snapshot() {
        requireUsable();
        Snapshot taken = lsm.snapshot(_ -> true);
        long logTime = taken.applied(SHARD).orElse(AppliedAt.NOTHING).logTimeMillis();
        return new StoreSnapshot(this, taken, now(logTime));
    }

    /// {@return a cursor over all keys, nowhere yet; must be closed}
    public StoreCursor cursor() {
        return cursor(EMPTY, EMPTY);
    }

    /// {@return a cursor over the keys from `from` on and below `to`, nowhere yet; must be closed}
    ///
    /// @param from empty: from the first on
    /// @param to empty: to the last
    public StoreCursor cursor(byte[] from, byte[] to) {
        requireUsable();
        RangeCursor items = lsm.cursor(StoreCursor.plan(from, to));
        return new StoreCursor(items, now(items.logTimeMillisMax()));
    }

    /// {@return how hard writing is: 0 at ease, from 0.5 on writes are slowed, from 1 on they wait}
    public double pressure() {
        return log == null ? lsm.pressure() : Math.max(lsm.pressure(), log.pressure());
    }

    /// Writes all memtables out as tables.
    ///
    /// @return whether that was done within `millis`
    public boolean flush(long millis) {
        requireUsable();
        return lsm.flush(loops.clock().nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /// Makes a store of its own in `folder`, relative to the folder of the disk, with all that was
    /// committed by now and perhaps a little more. Tables are linked, not copied: it costs a flush
    /// and next to no room, as long as this store keeps them. Waits for the disk.
    ///
    /// The folder appears at once and whole, or not at all; an attempt that a crash ended leaves
    /// `folder.part`, which the next one takes away. **Errors.** [NoriException.Malformed] when
    /// something of that name is there; [NoriException.Overloaded] when memtables could not be
    /// written out in time.
    public void checkpoint(String folder) {
        requireUsable();
        Disk disk = environment.disk();
        if (disk.exists(folder)) {
            throw NoriException.invalid(
                    "store: a free name for a checkpoint, got what is there: " + folder);
        }
        if (!lsm.flush(admission.deadlineNanos())) {
            throw new NoriException.Overloaded(
                    ErrorCode.WRITE_STALL, "store: a flush in time, got none", RETRY_AFTER_MILLIS);
        }
        String part = folder + PART;
        disk.createDirectories(part);
        lsm.checkpoint(part + "/" + TABLES_FOLDER);
        disk.forceDirectory(part);
        disk.rename(part, folder);
        int end = folder.lastIndexOf('/');
        disk.forceDirectory(end < 0 ? "" : folder.substring(0, end));
    }

    /// Writes all memtables out and merges all tables into one level: after a load, reads are as
    /// fast and the folder is as small as they get. It rewrites everything.
    ///
    /// @return whether that was done within `millis`; if not it goes on by itself
    public boolean compact(long millis) {
        requireUsable();
        long deadline = loops.clock().nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        return lsm.flush(deadline) && lsm.compactAll(deadline);
    }

    /// {@return the place of the last commit, from 1}
    long lastIndex() {
        return writer.lastIndex();
    }

    Lsm lsm() {
        return lsm;
    }

    /// {@return the log; only where there is one}
    StoreLog log() {
        return log;
    }

    /// Ends the store: what it cannot promise any more it refuses.
    private void fail(String where, Throwable cause) {
        synchronized (this) {
            if (failure == null) {
                failure =
                        new NoriException.DiskFailure(
                                NoriException.DiskFailure.Reason.BROKEN,
                                "store: it ended at: " + where,
                                cause);
            }
        }
        if (log != null) {
            log.fail();
        }
        environment.faults().fatal(where, cause);
    }

    void requireUsable() {
        NoriException.DiskFailure seen = failure;
        if (seen != null) {
            throw new NoriException.DiskFailure(seen.reason(), seen.getMessage(), seen);
        }
        if (closed) {
            throw new NoriException.Closed("store: closed");
        }
    }

    /// Writes memtables out, within [StoreOptions#closeMillisMax()], and closes all files.
    ///
    /// **Durability.** All that was committed is durable then, flushed or not. **Errors.**
    /// [NoriException.Indeterminate] when it is not: the log could not be written, or there is none
    /// and flushing took too long; all is closed even so.
    @Override
    public void close() {
        if (!writer.end()) {
            return;
        }
        closed = true;
        long last = writer.lastIndex();
        long limit = TimeUnit.MILLISECONDS.toNanos(options.closeMillisMax());
        boolean durable = failure == null && lsm.flush(loops.clock().nanoTime() + limit);
        if (log != null) {
            log.close();
            durable |= log.durableIndex() >= last;
        }
        durable |= lsm.durable(SHARD).at().index() >= last;
        lsm.close();
        lock.close();
        if (!durable) {
            throw new NoriException.Indeterminate(
                    "store: commits up to %d durable, closed before that".formatted(last),
                    failure);
        }
    }
}
