package norikv.port;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// Whole shards of this node: made, dropped, read out at one place of their logs, received and put
/// in the place of what there was, compared.
///
/// A shard that is here is one *tablet*, a number that is never used again; one that is received
/// has a tablet of its own, which nobody sees until it takes the shard over. **Threads.** Any; all
/// may wait for the disk but [#view] and [#tabletOf].
public interface ShardStore {
    /// {@return which tablet `shard` is here, unsigned; 0 if it is not here}
    int tabletOf(ShardId shard);

    /// {@return the shards of which something stored is damaged: they are to be received again}
    Set<ShardId> damaged();

    /// Makes those of `shards` that are not here, empty, in one durable step.
    void create(Collection<ShardId> shards);

    /// Drops all there is of `shard` in one durable step. Nobody may write to it meanwhile.
    void drop(ShardId shard);

    /// {@return those of `shards` that are here, as they stand now, whatever is written later} Who
    /// applies entries and takes it between two of them has it at exactly that place. Never waits.
    /// To be closed: it costs disk.
    ///
    /// **Errors.** [norikv.domain.NoriException.Overloaded] when too many are open.
    View view(Set<ShardId> shards);

    /// Begins to receive `shard`, whether it is here or not.
    ///
    /// **Errors.** [norikv.domain.NoriException.Overloaded] when it is being received already.
    Incoming receive(ShardId shard);

    /// Shards as they stood at one place each.
    interface View extends AutoCloseable {
        /// {@return where `shard` stands, if it is part of this}
        Optional<Storage.Applied> applied(ShardId shard);

        /// {@return what reads shards out, each from a mark on, in one pass}
        ///
        /// @param from at most 64 shards
        /// @param chunkBytes about how long a chunk is to be, up to 1 MiB
        Outgoing send(Map<ShardId, Mark> from, int chunkBytes);

        /// {@return what computes the digests of shards, in one pass}
        Hashing hash(Set<ShardId> shards);

        @Override
        void close();
    }

    /// Shards that are read out. **Threads.** Confined to one at a time.
    interface Outgoing {
        /// Reads about `bytesMax` bytes.
        ///
        /// **Errors.** [norikv.domain.NoriException.NotLeader] when a shard was dropped,
        /// [norikv.domain.NoriException.Corruption] when it is damaged: then this is over.
        ///
        /// @return the chunks that got full, in order
        List<Chunk> step(long bytesMax);

        /// {@return whether each shard's last chunk was given}
        boolean isDone();
    }

    /// A piece of a shard, as bytes that its receiver takes. **Limits.** 4 MiB.
    record Chunk(ShardId shard, boolean isLast, Bytes bytes) {}

    /// How far a shard was sent.
    ///
    /// @param chunks how many chunks there were
    /// @param key of the last row; empty: there was none
    /// @param digest of the rows so far
    record Mark(long chunks, int space, Bytes key, Digest digest) {
        /// Before the first chunk.
        public static final Mark START = new Mark(0, 0, Bytes.EMPTY, Digest.NOTHING);
    }

    /// What the visible rows of a shard hash to: the same on every replica at the same place.
    record Digest(long rows, long hash) {
        /// Of a shard without a row.
        public static final Digest NOTHING = new Digest(0, 0);
    }

    /// Digests that are computed. **Threads.** Confined to one at a time.
    interface Hashing {
        /// Reads about `bytesMax` bytes; errors as [Outgoing#step].
        ///
        /// @return whether all is read
        boolean step(long bytesMax);

        /// {@return the digest of each shard} Only when all is read.
        Map<ShardId, Digest> digests();
    }

    /// A shard that is received. In this order: [#take] each chunk, [#seal], [#verify] until it is
    /// done, then, while the shard's log has an open intent and nobody applies to it, [#ingest] and
    /// [#goLive]. Closing before that gives it up. **Threads.** Confined to one at a time.
    interface Incoming extends AutoCloseable {
        ShardId shard();

        /// {@return the tablet that is filled, unsigned}
        int tablet();

        /// Takes the next chunk.
        ///
        /// **Errors.** [norikv.domain.NoriException.Malformed] when it is none, or not the next:
        /// nothing was taken; [norikv.domain.NoriException.DiskFailure]: give this up.
        ///
        /// @return whether it was the last
        boolean take(Bytes chunk);

        /// {@return how far it was received}
        Mark mark();

        /// {@return at which place the shard was read out} After the first chunk.
        Storage.Applied place();

        /// Makes what was received durable.
        void seal();

        /// Reads up to `blocksMax` blocks of it back.
        ///
        /// **Errors.** [norikv.domain.NoriException.Corruption].
        ///
        /// @return whether all was read, and is right
        boolean verify(int blocksMax);

        /// Makes it count, durably, though nobody sees it.
        void ingest();

        /// Makes it the shard, in one durable step.
        ///
        /// **Errors.** [norikv.domain.NoriException.Malformed] when what is there is not older, and
        /// not damaged.
        void goLive();

        @Override
        void close();
    }
}
