package norikv.lsm;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import norikv.bytes.ByteWriter;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// Computes what shards hash to where a [Snapshot] sees them, in one pass over all of them, in
/// pieces.
///
/// **Threads.** Confined to one at a time, which may wait for the disk.
public final class ShardHash {
    private final ShardWalk walk;
    private final Map<ShardId, ShardDigest> digests = new HashMap<>();
    private final ByteWriter row = new ByteWriter(1 << 10);
    private byte[] value = new byte[1 << 10];

    ShardHash(Reads reads, Snapshot snapshot, Set<ShardId> shards) {
        Set<ShardId> wanted = Set.copyOf(shards);
        wanted.forEach(shard -> digests.put(shard, ShardDigest.NOTHING));
        this.walk = new ShardWalk(reads, snapshot, wanted::contains, new Rows());
    }

    private final class Rows implements ShardWalk.Visitor {
        @Override
        public ShardMark startOf(int band) {
            return ShardMark.START;
        }

        @Override
        public long row(ShardId shard, int space, BandCursor at) {
            row.clear();
            value = writeRow(row, space, at, value);
            long hash = ShardRow.hash(row.array(), 0, row.length());
            digests.computeIfPresent(shard, (_, digest) -> digest.plus(hash));
            return row.length();
        }

        @Override
        public void end(int band) {}
    }

    /// Writes the row that `at` stands on.
    ///
    /// @return `scratch`, or a longer one
    static byte[] writeRow(ByteWriter to, int space, BandCursor at, byte[] scratch) {
        int valueLength = at.valueLength();
        byte[] array = scratch.length >= valueLength ? scratch : new byte[2 * valueLength];
        at.copyValue(array, 0);
        ShardRow.writeHead(
                to,
                space,
                at.key(),
                InternalKey.HEAD_BYTES,
                at.keyLength() - InternalKey.HEAD_BYTES,
                new Version(at.term(), at.index()),
                at.expiresAtMillis(),
                valueLength);
        to.bytes(array, 0, valueLength);
        return array;
    }

    /// Reads about `bytesMax` bytes of entries.
    ///
    /// **Errors.** [NoriException.NotLeader] when a shard was dropped, [NoriException.Corruption]
    /// when what is stored is damaged: then there is no digest.
    ///
    /// @return whether all is read
    public boolean step(long bytesMax) {
        walk.step(bytesMax);
        return walk.isDone();
    }

    /// {@return what each shard hashes to} Only when all is read.
    public Map<ShardId, ShardDigest> digests() {
        if (!walk.isDone()) {
            throw new IllegalStateException("hash: all rows read, got some");
        }
        return Map.copyOf(digests);
    }
}
