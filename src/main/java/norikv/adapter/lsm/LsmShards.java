package norikv.adapter.lsm;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;
import norikv.lsm.AppliedAt;
import norikv.lsm.Lsm;
import norikv.lsm.ShardChunk;
import norikv.lsm.ShardDigest;
import norikv.lsm.ShardHash;
import norikv.lsm.ShardMark;
import norikv.lsm.ShardStream;
import norikv.lsm.Snapshot;
import norikv.lsm.Staging;
import norikv.port.ShardStore;
import norikv.port.Storage;

/// Serves [ShardStore] from an [Lsm]: words are translated, nothing is decided.
///
/// **Threads.** Any.
public final class LsmShards implements ShardStore {
    private final Lsm lsm;

    public LsmShards(Lsm lsm) {
        this.lsm = lsm;
    }

    @Override
    public int tabletOf(ShardId shard) {
        return lsm.tabletOf(shard);
    }

    @Override
    public Set<ShardId> damaged() {
        Set<ShardId> shards = new HashSet<>();
        lsm.damage().forEach(damage -> shards.addAll(damage.shards()));
        return shards;
    }

    @Override
    public void create(Collection<ShardId> shards) {
        lsm.createTablets(shards);
    }

    @Override
    public void drop(ShardId shard) {
        lsm.dropTablet(shard);
    }

    @Override
    public View view(Set<ShardId> shards) {
        Set<ShardId> wanted = Set.copyOf(shards);
        return new SnapshotView(lsm.snapshot(wanted::contains));
    }

    @Override
    public Incoming receive(ShardId shard) {
        return new StagedShard(lsm.stage(shard));
    }

    private static Storage.Applied applied(AppliedAt place) {
        return new Storage.Applied(place.at(), place.logTimeMillis());
    }

    private static Digest digest(ShardDigest digest) {
        return new Digest(digest.rows(), digest.hash());
    }

    private static ShardMark mark(Mark mark) {
        var digest = new ShardDigest(mark.digest().rows(), mark.digest().hash());
        return new ShardMark(mark.chunks(), mark.space(), mark.key(), digest);
    }

    private record SnapshotView(Snapshot snapshot) implements View {
        @Override
        public Optional<Storage.Applied> applied(ShardId shard) {
            return snapshot.applied(shard).map(LsmShards::applied);
        }

        @Override
        public Outgoing send(Map<ShardId, Mark> from, int chunkBytes) {
            Map<ShardId, ShardMark> marks = new HashMap<>();
            from.forEach((shard, mark) -> marks.put(shard, LsmShards.mark(mark)));
            return new StreamedShards(snapshot.stream(marks, chunkBytes));
        }

        @Override
        public Hashing hash(Set<ShardId> shards) {
            return new HashedShards(snapshot.hash(shards));
        }

        @Override
        public void close() {
            snapshot.close();
        }
    }

    private record StreamedShards(ShardStream stream) implements Outgoing {
        @Override
        public List<Chunk> step(long bytesMax) {
            return stream.step(bytesMax).stream()
                    .map(chunk -> new Chunk(chunk.shard(), chunk.isLast(), chunk.encode()))
                    .toList();
        }

        @Override
        public boolean isDone() {
            return stream.isDone();
        }
    }

    private record HashedShards(ShardHash hash) implements Hashing {
        @Override
        public boolean step(long bytesMax) {
            return hash.step(bytesMax);
        }

        @Override
        public Map<ShardId, Digest> digests() {
            Map<ShardId, Digest> digests = new HashMap<>();
            hash.digests().forEach((shard, digest) -> digests.put(shard, digest(digest)));
            return digests;
        }
    }

    private record StagedShard(Staging staging) implements Incoming {
        @Override
        public ShardId shard() {
            return staging.shard();
        }

        @Override
        public int tablet() {
            return staging.tablet();
        }

        @Override
        public boolean take(Bytes chunk) {
            staging.take(ShardChunk.decode(chunk));
            return staging.isWhole();
        }

        @Override
        public Mark mark() {
            ShardMark mark = staging.mark();
            return new Mark(mark.chunks(), mark.space(), mark.key(), digest(mark.digest()));
        }

        @Override
        public Storage.Applied place() {
            return applied(staging.place());
        }

        @Override
        public void seal() {
            staging.seal();
        }

        @Override
        public boolean verify(int blocksMax) {
            return staging.verify(blocksMax);
        }

        @Override
        public void ingest() {
            staging.ingest();
        }

        @Override
        public void goLive() {
            staging.goLive();
        }

        @Override
        public void close() {
            staging.close();
        }
    }
}
