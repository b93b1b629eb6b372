package norikv.lsm;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import norikv.bytes.ByteReader;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.work.Loops;
import norikv.work.Signal;

/// Gives each commit of a [Store] its place, makes it visible, and puts it on its way to the log.
///
/// **Threads.** Any; who writes has the turn, one at a time. Under it nothing waits but for room in
/// the log.
final class StoreWriter {
    /// How long a write waits to become durable before it is unknown whether it will.
    private static final long SYNC_NANOS_MAX = 60_000_000_000L;

    private final Loops loops;
    private final Lsm lsm;
    private final StoreAdmission admission;
    private final Runnable requireUsable;
    private final Supplier<NoriException> failure;

    /// Null: there is no log.
    private final StoreLog log;

    /// Who writes next. The fields below are for who holds it.
    private final ReentrantLock turn = new ReentrantLock();

    private final WriteBatch applying = new WriteBatch();
    private long lastIndex;
    private long lastLogTimeMillis;
    private boolean closed;

    /// @param log null: there is none
    /// @param failure what ended the store; null while nothing did
    StoreWriter(
            Loops loops,
            Lsm lsm,
            StoreLog log,
            StoreAdmission admission,
            Runnable requireUsable,
            Supplier<NoriException> failure) {
        this.loops = loops;
        this.lsm = lsm;
        this.log = log;
        this.admission = admission;
        this.requireUsable = requireUsable;
        this.failure = failure;
        AppliedAt durable = lsm.applied(Store.SHARD);
        lastIndex = durable.at().index();
        lastLogTimeMillis = durable.logTimeMillis();
    }

    /// Applies what the log has beyond the tables, as fast as `room` lets it in.
    void replay(String directory, StoreAdmission room) {
        log.replay(directory, (entry, operations) -> replay(entry, operations, room));
        log.begin(lastIndex);
    }

    private boolean replay(StoreEntry entry, ByteReader operations, StoreAdmission room) {
        room.admit(operations.remaining());
        boolean whole =
                StoreBatch.read(operations, entry.operations(), entry, applying)
                        && entry.logTimeMillis() >= 0;
        if (whole && entry.index() > lastIndex) {
            apply(entry.version(), Math.max(lastLogTimeMillis, entry.logTimeMillis()));
        }
        applying.clear();
        return whole;
    }

    /// Writes, and waits until that is durable if `durability` says so.
    void commit(StoreWrite write, Durability durability) {
        int bytes = write.bytes();
        admission.admit(bytes);
        boolean waits = durability == Durability.SYNC;
        Signal ended = null;
        long index;
        turn.lock();
        try {
            requireUsable.run();
            if (closed) {
                throw new NoriException.Closed("store: closed");
            }
            if (log == null) {
                index = commit(write);
            } else {
                StoreGroup group = log.join(bytes, admission.deadlineNanos());
                ended = group.ended();
                try {
                    index = commit(write, group);
                } finally {
                    log.leave(group, waits);
                }
            }
        } finally {
            turn.unlock();
        }
        if (waits) {
            await(ended, index);
        }
    }

    private long commit(StoreWrite write) {
        var version = new Version(StoreEntry.TERM, lastIndex + 1);
        long logTime = Math.max(lastLogTimeMillis, loops.clock().wallMillis());
        commit(write, version, logTime);
        return lastIndex;
    }

    /// Visible first, which may be refused, then on its way to the log, which cannot be any more.
    private long commit(StoreWrite write, StoreGroup group) {
        var version = new Version(StoreEntry.TERM, lastIndex + 1);
        long logTime = Math.max(lastLogTimeMillis, loops.clock().wallMillis());
        commit(write, version, logTime);
        var entry = new StoreEntry(version, logTime, write.operations());
        write.writeTo(group.begin(entry, loops.clock().nanoTime()));
        return lastIndex;
    }

    private void commit(StoreWrite write, Version version, long logTimeMillis) {
        try {
            write.addTo(applying, version, logTimeMillis);
            apply(version, logTimeMillis);
        } finally {
            applying.clear();
        }
    }

    private void apply(Version version, long logTimeMillis) {
        applying.applied(Store.SHARD, version, logTimeMillis);
        lsm.write(applying);
        lastIndex = version.index();
        lastLogTimeMillis = logTimeMillis;
    }

    /// Waits until the commit at `index` is durable.
    private void await(Signal ended, long index) {
        if (log == null) {
            if (!lsm.flush(admission.deadlineNanos())) {
                throw new NoriException.Indeterminate("store: a flush in time, got none");
            }
            return;
        }
        ended.await(loops.clock().nanoTime() + SYNC_NANOS_MAX);
        if (log.durableIndex() < index) {
            throw new NoriException.Indeterminate(
                    "store: commit %d durable, got a log that %s"
                            .formatted(index, failure.get() == null ? "does not go on" : "failed"),
                    failure.get());
        }
    }

    /// Makes all that was committed by now, by anybody, durable.
    void sync() {
        requireUsable.run();
        Signal ended = null;
        long index;
        turn.lock();
        try {
            index = lastIndex;
            if (log != null && log.durableIndex() < index) {
                ended = log.tail();
            }
        } finally {
            turn.unlock();
        }
        if (log == null || ended != null) {
            await(ended, index);
        }
    }

    /// {@return the place of the last commit, from 1}
    long lastIndex() {
        turn.lock();
        try {
            return lastIndex;
        } finally {
            turn.unlock();
        }
    }

    /// Takes no more commits.
    ///
    /// @return whether it took some before
    boolean end() {
        turn.lock();
        try {
            boolean was = !closed;
            closed = true;
            return was;
        } finally {
            turn.unlock();
        }
    }
}
