package norikv.lsm;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// What some shards hold at one place of each shard's log, whatever is written afterwards.
///
/// Each shard is seen as it stood when the snapshot was taken, expiry judged by the log time of
/// then. Whoever applies entries and takes one between two of them has a view at exactly that
/// index. Only the places are kept: no memtable and no table stays for a snapshot's sake, but
/// flushes and compactions keep the versions that it sees, so an old one costs disk.
///
/// A tablet that is dropped takes what a snapshot sees of it along: reads of its shard then fail
/// with [norikv.domain.NoriException.NotLeader].
///
/// **Threads.** Any. **Limits.** 256 open at a time in one engine.
public final class Snapshot implements AutoCloseable {
    private final Reads reads;
    private final Snapshots open;
    private final AppliedVector places;
    private final long takenNanos;
    private volatile boolean closed;

    Snapshot(Reads reads, Snapshots open, AppliedVector places, long takenNanos) {
        this.reads = reads;
        this.open = open;
        this.places = places;
        this.takenNanos = takenNanos;
    }

    /// {@return where `shard` stands here, if it is part of this}
    public Optional<AppliedAt> applied(ShardId shard) {
        Tablet tablet = places.tablets().ofShard(shard.number());
        if (tablet == null) {
            return Optional.empty();
        }
        var reading = new AppliedReading();
        places.read(tablet.id(), reading);
        return Optional.of(reading.toPlace());
    }

    /// As [Lsm#get(ShardId, int, Bytes, Reach, GetResult)], at this snapshot.
    ///
    /// **Errors.** As there; [norikv.domain.NoriException.NotLeader] also for a shard that is not
    /// part of this; [norikv.domain.NoriException.Closed] after [#close].
    public void get(ShardId shard, int space, Bytes key, Reach reach, GetResult into) {
        reads.get(this, shard, space, key, reach, into);
    }

    /// As [Lsm#multiGet], at this snapshot; errors as of [#get].
    public void multiGet(int space, MultiGet keys, Reach reach) {
        reads.multiGet(this, space, keys, reach);
    }

    /// As [Lsm#cursor], at this snapshot: shards that are not part of it have no items.
    ///
    /// **Errors.** [norikv.domain.NoriException.NotLeader] if the tablet of a shard that is wanted
    /// was dropped; [norikv.domain.NoriException.Closed] after [#close]. A cursor that is open by
    /// then goes on.
    public RangeCursor cursor(RangePlan plan) {
        return reads.cursor(this, plan);
    }

    /// As [Lsm#scan], at this snapshot; errors as of [#cursor].
    public RangeCursor scan(RangePlan plan) {
        return Reads.started(cursor(plan), plan);
    }

    /// {@return a stream of shards as they are here, as chunks for other replicas}
    ///
    /// **Errors.** [norikv.domain.NoriException.NotLeader] for a shard that is not part of this;
    /// [norikv.domain.NoriException.Malformed] beyond the limits of [ShardStream].
    ///
    /// @param from the shards that are wanted, and after which row of each
    /// @param chunkBytes about how long the rows of a chunk are to be
    public ShardStream stream(Map<ShardId, ShardMark> from, int chunkBytes) {
        return new ShardStream(reads, this, from, chunkBytes);
    }

    /// {@return what computes the digests of shards as they are here}
    public ShardHash hash(Set<ShardId> shards) {
        for (ShardId shard : shards) {
            if (applied(shard).isEmpty()) {
                throw Lsm.noTablet(shard.number());
            }
        }
        return new ShardHash(reads, this, shards);
    }

    /// Lets go of the versions that only this sees.
    @Override
    public void close() {
        closed = true;
        open.remove(this);
    }

    AppliedVector places() {
        return places;
    }

    long takenNanos() {
        return takenNanos;
    }

    boolean isClosed() {
        return closed;
    }
}
