package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import norikv.domain.ShardId;

/// Carries shards from one engine to another, as hosts do.
final class Transfer {
    private static final int STEPS_MAX = 20_000;

    private Transfer() {}

    /// {@return all chunks of `shards`, as a snapshot taken now sees them}
    static List<ShardChunk> chunks(Lsm from, Set<ShardId> shards, int chunkBytes, long stepBytes) {
        try (Snapshot snapshot = from.snapshot(shards::contains)) {
            Map<ShardId, ShardMark> marks = new HashMap<>();
            shards.forEach(shard -> marks.put(shard, ShardMark.START));
            return rest(snapshot.stream(marks, chunkBytes), stepBytes);
        }
    }

    static List<ShardChunk> rest(ShardStream stream, long stepBytes) {
        List<ShardChunk> chunks = new ArrayList<>();
        for (int step = 0; !stream.isDone(); step++) {
            assertTrue(step < STEPS_MAX, "the stream does not end");
            for (ShardChunk chunk : stream.step(stepBytes)) {
                chunks.add(ShardChunk.decode(chunk.encode()));
            }
        }
        return chunks;
    }

    static ShardDigest hash(Lsm lsm, ShardId shard, long stepBytes) {
        try (Snapshot snapshot = lsm.snapshot(shard::equals)) {
            ShardHash hash = snapshot.hash(Set.of(shard));
            for (int step = 0; !hash.step(stepBytes); step++) {
                assertTrue(step < STEPS_MAX, "the walk does not end");
            }
            return hash.digests().get(shard);
        }
    }

    /// Makes `chunks`, all of one shard, what that shard is in `to`.
    static void install(Lsm to, List<ShardChunk> chunks) {
        try (Staging staging = to.stage(chunks.getFirst().shard())) {
            chunks.forEach(staging::take);
            ready(staging);
            staging.ingest();
            staging.goLive();
        }
    }

    static void ready(Staging staging) {
        staging.seal();
        boolean isRight = false;
        while (!isRight) {
            isRight = staging.verify(1);
        }
    }
}
