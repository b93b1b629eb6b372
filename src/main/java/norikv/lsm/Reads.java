package norikv.lsm;

import java.util.function.Predicate;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// The reading half of an [Lsm]: now, or at a [Snapshot].
///
/// **Order.** Whoever reads pins the state first and loads second where its tablet stands, or asks
/// second whether the snapshot is open: a snapshot that is open after the pin has kept all that it
/// sees from the jobs whose work is pinned.
///
/// **Threads.** Any. No lock, no shared counter and nothing allocated on the way of a point read.
final class Reads {
    private final ReadStates states;
    private final Epochs epochs;
    private final Janitor janitor;
    private final int bands;
    private final PointReads points;
    private final MultiReads multiReads;
    private final Snapshots snapshots;
    private final BandMerges merges;
    private volatile boolean closed;

    Reads(
            ReadStates states,
            Epochs epochs,
            Janitor janitor,
            int bands,
            LsmMeters meters,
            Snapshots snapshots) {
        this.states = states;
        this.epochs = epochs;
        this.janitor = janitor;
        this.bands = bands;
        this.points = new PointReads(meters);
        this.multiReads = new MultiReads(points);
        this.snapshots = snapshots;
        this.merges = new BandMerges(bands);
    }

    /// From here on there is nothing to read.
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    TabletMap tablets() {
        return states.current().tablets();
    }

    Snapshot snapshot(Predicate<ShardId> shards) {
        requireOpen();
        return snapshots.take(this, shards);
    }

    void get(ShardId shard, int space, Bytes key, Reach reach, GetResult into) {
        require(key);
        int epoch = epochs.enter();
        try {
            ReadState state = states.current();
            Tablet tablet = tablet(state, shard);
            state.loadApplied(tablet, into.applied);
            find(state, tablet, space, key, reach, into);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        } finally {
            epochs.exit(epoch);
        }
    }

    void get(
            Snapshot at, ShardId shard, int space, Bytes key, Reach reach, GetResult into) {
        require(key);
        int epoch = epochs.enter();
        try {
            ReadState state = states.current();
            requireOpen(at);
            Tablet tablet = tablet(at, state, shard);
            at.places().read(tablet.id(), into.applied);
            find(state, tablet, space, key, reach, into);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        } finally {
            epochs.exit(epoch);
        }
    }

    private void find(
            ReadState state, Tablet tablet, int space, Bytes key, Reach reach, GetResult into) {
        int head = InternalKey.head(space, tablet.band());
        int length = InternalKey.write(into.keyOf(key.length()), head, key);
        points.find(state, tablet.id(), length, reach, into);
    }

    void multiGet(int space, MultiGet keys, Reach reach) {
        requireOpen();
        int epoch = epochs.enter();
        try {
            ReadState state = states.current();
            keys.begin();
            for (int i = 0; i < keys.count(); i++) {
                Tablet tablet = tablet(state, keys.shard(i));
                if (isFirst(keys, i, tablet, space)) {
                    state.loadApplied(tablet, keys.resultOf(i).applied);
                }
            }
            multiReads.find(state, keys, reach);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        } finally {
            epochs.exit(epoch);
        }
    }

    void multiGet(Snapshot at, int space, MultiGet keys, Reach reach) {
        requireOpen();
        int epoch = epochs.enter();
        try {
            ReadState state = states.current();
            requireOpen(at);
            keys.begin();
            for (int i = 0; i < keys.count(); i++) {
                Tablet tablet = tablet(at, state, keys.shard(i));
                if (isFirst(keys, i, tablet, space)) {
                    at.places().read(tablet.id(), keys.resultOf(i).applied);
                }
            }
            multiReads.find(state, keys, reach);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        } finally {
            epochs.exit(epoch);
        }
    }

    /// {@return whether key `i` is the first of its tablet; others are seen at the first one's
    /// place}
    private static boolean isFirst(MultiGet keys, int i, Tablet tablet, int space) {
        int first = keys.setTablet(i, tablet.id(), InternalKey.head(space, tablet.band()));
        if (first == i) {
            return true;
        }
        AppliedReading place = keys.resultOf(first).applied;
        keys.resultOf(i).applied.set(place.index, place.term, place.logTimeMillis);
        return false;
    }

    /// {@return a cursor that stands on nothing yet}
    RangeCursor cursor(RangePlan plan) {
        requireOpen();
        ReadState state = states.retain();
        return RangeCursor.open(
                state, janitor, merges, plan, () -> new ScanView(state, bands, plan.shards()));
    }

    RangeCursor cursor(Snapshot at, RangePlan plan) {
        requireOpen();
        ReadState state = states.retain();
        return RangeCursor.open(
                state,
                janitor,
                merges,
                plan,
                () -> {
                    requireOpen(at);
                    return new ScanView(state, bands, plan.shards(), at.places());
                });
    }

    /// {@return `cursor`, moved to where the plan begins; closed if that fails}
    static RangeCursor started(RangeCursor cursor, RangePlan plan) {
        boolean started = false;
        try {
            if (plan.backward()) {
                cursor.seekToLast();
            } else {
                cursor.seekToFirst();
            }
            started = true;
            return cursor;
        } finally {
            if (!started) {
                cursor.close();
            }
        }
    }

    /// {@return the current state, retained, for a piece of a walk}
    ReadState retain() {
        requireOpen();
        return states.retain();
    }

    /// {@return what a walk at a snapshot sees in `state`, which is retained}
    ScanView view(Snapshot at, ReadState state, Predicate<ShardId> shards) {
        requireOpen(at);
        return new ScanView(state, bands, shards, at.places());
    }

    void release(ReadState state) {
        state.release(janitor);
    }

    private void require(Bytes key) {
        requireOpen();
        requireLength(key.length());
    }

    static void requireLength(int keyLength) {
        if (keyLength < 1 || keyLength > Lsm.KEY_BYTES_MAX) {
            throw NoriException.invalid(
                    "key: 1 to %d bytes, got %d".formatted(Lsm.KEY_BYTES_MAX, keyLength));
        }
    }

    static Tablet tablet(ReadState state, ShardId shard) {
        Tablet tablet = state.tablets().ofShard(shard.number());
        if (tablet == null) {
            throw Lsm.noTablet(shard.number());
        }
        return tablet;
    }

    /// {@return the tablet that the shard had then, which must still be its tablet}
    private static Tablet tablet(Snapshot at, ReadState state, ShardId shard) {
        Tablet then = at.places().tablets().ofShard(shard.number());
        if (then == null || !state.tablets().isLive(then.id())) {
            throw Lsm.noTablet(shard.number());
        }
        return then;
    }

    private static void requireOpen(Snapshot snapshot) {
        if (snapshot.isClosed()) {
            throw new NoriException.Closed("lsm: the snapshot is closed");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new NoriException.Closed("lsm: closed");
        }
    }
}
