package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// Puts batches into the active memtable, and starts the next one when it is full.
///
/// **Threads.** Any; one at a time holds the apply lock. Nothing under it touches the disk.
final class Writer {
    private static final long RETRY_AFTER_MILLIS = 100;

    private final ReadStates states;
    private final Slabs slabs;
    private final long hardMaxBytes;
    private final ReentrantLock applyLock = new ReentrantLock();
    private final byte[] key = new byte[InternalKey.BYTES_MAX];

    private volatile Runnable wakeFlusher = () -> {};

    /// Memtables made so far, which seeds their towers.
    private long memtables;

    Writer(ReadStates states, Slabs slabs, long hardMaxBytes) {
        this.states = states;
        this.slabs = slabs;
        this.hardMaxBytes = hardMaxBytes;
    }

    /// Says how to wake the loop that flushes what is frozen.
    void wakeFlusherWith(Runnable wake) {
        wakeFlusher = wake;
    }

    /// Inserts everything, then publishes each shard's place: a shard shows all of the batch or
    /// nothing. What a shard had applied already (a replayed log) is passed over.
    ///
    /// **Errors.** [NoriException.Overloaded] before anything happened, when memtables that wait to
    /// be flushed take all the memory they may: the host leaves the entries in its log.
    void write(WriteBatch batch) {
        applyLock.lock();
        try {
            ReadState state = makeRoom(batch.bytesNeeded());
            Memtable active = state.active();
            TabletMap tablets = state.tablets();
            for (int i = 0; i < batch.operations(); i++) {
                insert(active, tablets, batch, i);
            }
            for (int i = 0; i < batch.places(); i++) {
                publish(tablets, batch, i);
            }
            assert everythingIsVisible(tablets, batch);
        } finally {
            applyLock.unlock();
        }
    }

    /// Freezes the active memtable if a flush of it would make anything durable that is not.
    ///
    /// @return whether it did
    boolean rotateIfUnflushed() {
        applyLock.lock();
        try {
            boolean unflushed = isUnflushed(states.current());
            if (unflushed) {
                rotate(0);
            }
            return unflushed;
        } finally {
            applyLock.unlock();
        }
    }

    /// {@return the active memtable if it, or a place that was applied since, is not durable}
    Optional<Memtable> unflushed() {
        applyLock.lock();
        try {
            ReadState state = states.current();
            return isUnflushed(state) ? Optional.of(state.active()) : Optional.empty();
        } finally {
            applyLock.unlock();
        }
    }

    private static boolean isUnflushed(ReadState state) {
        if (state.active().entries() > 0) {
            return true;
        }
        for (Tablet t : state.tablets().all()) {
            if (t.applied().writtenIndex() > t.durable().at().index()) {
                return true;
            }
        }
        return false;
    }

    private void insert(Memtable active, TabletMap tablets, WriteBatch batch, int i) {
        Tablet tablet = tablet(tablets, batch.shard(i));
        long trailer = batch.trailer(i);
        if (trailer >>> 8 <= tablet.applied().writtenIndex()) {
            return;
        }
        int head = InternalKey.head(batch.space(i), tablet.band());
        int length = InternalKey.write(key, head, batch.key(i));
        active.insert(
                key,
                length,
                tablet.id(),
                trailer,
                batch.term(i),
                batch.expiresAtMillis(i),
                batch.value(i));
    }

    private static void publish(TabletMap tablets, WriteBatch batch, int i) {
        AppliedCell cell = tablet(tablets, batch.placeShard(i)).applied();
        long index = batch.placeIndex(i);
        if (index > cell.writtenIndex()) {
            assert batch.placeLogTimeMillis(i) >= cell.writtenLogTimeMillis()
                    : "log time goes back in shard " + batch.placeShard(i);
            cell.publish(index, batch.placeTerm(i), batch.placeLogTimeMillis(i));
        }
    }

    private static Tablet tablet(TabletMap tablets, int shard) {
        Tablet tablet = tablets.ofShard(shard);
        if (tablet == null) {
            throw Lsm.noTablet(shard);
        }
        return tablet;
    }

    private static boolean everythingIsVisible(TabletMap tablets, WriteBatch batch) {
        for (int i = 0; i < batch.operations(); i++) {
            long applied = tablet(tablets, batch.shard(i)).applied().writtenIndex();
            assert batch.trailer(i) >>> 8 <= applied
                    : "an entry beyond its shard's applied place " + applied;
        }
        return true;
    }

    private ReadState makeRoom(int bytesNeeded) {
        ReadState state = states.current();
        return state.active().freeBytes() >= bytesNeeded ? state : rotate(bytesNeeded);
    }

    private ReadState rotate(int bytesNeeded) {
        long slabNeeded = (long) bytesNeeded + Memtable.BYTES_MIN;
        long inUse = slabs.bytesInUse() + Math.max(slabNeeded, slabs.slabBytes());
        if (inUse > hardMaxBytes && states.current().memtables().size() > 1) {
            throw new NoriException.Overloaded(
                    ErrorCode.WRITE_STALL,
                    "memtables: at most %d bytes, needed %d".formatted(hardMaxBytes, inUse),
                    RETRY_AFTER_MILLIS);
        }
        var next = new Memtable(slabs.take((int) slabNeeded), ++memtables);
        ReadState after = states.replace(before -> withActive(before, next));
        wakeFlusher.run();
        return after;
    }

    private static ReadState withActive(ReadState before, Memtable next) {
        before.active().freeze(AppliedVector.of(before.tablets()));
        List<Memtable> memtables = new ArrayList<>();
        memtables.add(next);
        memtables.addAll(before.memtables());
        return new ReadState(memtables, before.levels(), before.tablets());
    }
}
