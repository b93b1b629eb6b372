package norikv.lsm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// Reads shards where a [Snapshot] sees them, as chunks for other replicas: one pass over each band
/// for all shards that are wanted of it, in pieces, each shard from its own [ShardMark] on.
///
/// The chunks of one shard come in order and end with its last one; those of several shards come as
/// they get full. **Threads.** Confined to one at a time, which may wait for the disk. **Limits.**
/// [#SHARDS_MAX] shards: each has up to [ShardChunk#ROWS_BYTES_MAX] in memory, and one row.
public final class ShardStream {
    /// The most shards of one stream.
    public static final int SHARDS_MAX = 64;

    private final ShardWalk walk;
    private final Snapshot snapshot;
    private final int chunkBytes;
    private final Map<ShardId, Open> open = new TreeMap<>();
    private final List<ShardChunk> full = new ArrayList<>();
    private final ByteWriter row = new ByteWriter(1 << 10);
    private byte[] value = new byte[1 << 10];

    /// The chunk of a shard that is being filled.
    private static final class Open {
        private final ShardMark start;
        private final ByteWriter rows = new ByteWriter(1 << 10);
        private long number;
        private ShardDigest digest;

        Open(ShardMark start) {
            this.start = start;
            this.number = start.chunks();
            this.digest = start.digest();
        }
    }

    /// @param from the shards that are wanted, and after which row of each
    /// @param chunkBytes about how long the rows of a chunk are to be
    ShardStream(Reads reads, Snapshot snapshot, Map<ShardId, ShardMark> from, int chunkBytes) {
        if (from.isEmpty() || from.size() > SHARDS_MAX) {
            throw NoriException.invalid(
                    "stream: 1 to %d shards, got %d".formatted(SHARDS_MAX, from.size()));
        }
        if (chunkBytes < 1 || chunkBytes > ShardChunk.ROWS_BYTES_MAX) {
            throw NoriException.invalid(
                    "stream: chunks of 1 to %d bytes, got %d"
                            .formatted(ShardChunk.ROWS_BYTES_MAX, chunkBytes));
        }
        this.snapshot = snapshot;
        this.chunkBytes = chunkBytes;
        var wanted = new HashMap<>(from);
        for (var shard : wanted.keySet()) {
            if (snapshot.applied(shard).isEmpty()) {
                throw Lsm.noTablet(shard.number());
            }
        }
        wanted.forEach((shard, mark) -> open.put(shard, new Open(mark)));
        this.walk = new ShardWalk(reads, snapshot, wanted::containsKey, new Rows());
    }

    private final class Rows implements ShardWalk.Visitor {
        @Override
        public ShardMark startOf(int band) {
            ShardMark first = null; // until one is found: the band has a shard that is wanted
            for (ShardId shard : shardsOf(band)) {
                ShardMark start = open.get(shard).start;
                boolean isFirst = first == null || start.key().isEmpty();
                if (isFirst || start.isBefore(first.space(), first.key())) {
                    first = start;
                }
            }
            return first;
        }

        @Override
        public long row(ShardId shard, int space, BandCursor at) {
            Open chunk = open.get(shard);
            int keyLength = at.keyLength() - InternalKey.HEAD_BYTES;
            Bytes key = Bytes.wrap(at.key(), InternalKey.HEAD_BYTES, keyLength);
            if (!chunk.start.isBefore(space, key)) {
                return 0;
            }
            row.clear();
            value = ShardHash.writeRow(row, space, at, value);
            chunk.rows.bytes(row.array(), 0, row.length());
            chunk.digest = chunk.digest.plus(ShardRow.hash(row.array(), 0, row.length()));
            if (chunk.rows.length() >= chunkBytes) {
                emit(shard, false);
            }
            return row.length();
        }

        @Override
        public void end(int band) {
            shardsOf(band).forEach(shard -> emit(shard, true));
        }
    }

    private List<ShardId> shardsOf(int band) {
        return open.keySet().stream()
                .filter(shard -> snapshot.places().tablets().ofShard(shard.number()).band() == band)
                .toList();
    }

    private void emit(ShardId shard, boolean isLast) {
        Open chunk = open.get(shard);
        full.add(
                new ShardChunk(
                        shard,
                        snapshot.applied(shard).orElseThrow(),
                        chunk.number++,
                        isLast,
                        chunk.rows.toBytes(),
                        chunk.digest));
        chunk.rows.clear();
    }

    /// Reads about `bytesMax` bytes of entries.
    ///
    /// **Errors.** [NoriException.NotLeader] when a shard was dropped, [NoriException.Corruption]
    /// when what is stored is damaged: then this stream is over.
    ///
    /// @return the chunks that got full
    public List<ShardChunk> step(long bytesMax) {
        walk.step(bytesMax);
        List<ShardChunk> chunks = List.copyOf(full);
        full.clear();
        return chunks;
    }

    /// {@return whether each shard's last chunk was given}
    public boolean isDone() {
        return walk.isDone();
    }
}
