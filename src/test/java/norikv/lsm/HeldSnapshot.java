package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// An open snapshot beside the places of the logs that it must show.
final class HeldSnapshot implements AutoCloseable {
    private final Snapshot snapshot;
    private final Map<ShardId, ShardTwin> twins = new HashMap<>();
    private final Map<ShardTwin, Long> indexes = new HashMap<>();

    /// One of those of `shards` that there are, as they are now.
    HeldSnapshot(Lsm lsm, Model model, int shards) {
        model.twins.forEach(
                (shard, twin) -> {
                    if ((shards >> shard.number() & 1) == 1) {
                        twins.put(shard, twin);
                        indexes.put(twin, twin.lastIndex());
                    }
                });
        this.snapshot = lsm.snapshot(shard -> (shards >> shard.number() & 1) == 1);
    }

    /// Looks up one key. A shard that was dropped since, or is not part of this, is refused.
    String get(Model now, ShardId shard, int space, Bytes key, GetResult result) {
        ShardTwin twin = twins.get(shard);
        if (twin == null || now.twins.get(shard) != twin) {
            assertThrows(
                    NoriException.NotLeader.class,
                    () -> snapshot.get(shard, space, key, Reach.DISK, result));
            return "no shard";
        }
        long index = indexes.get(twin);
        assertEquals(twin.placeAt(index), snapshot.applied(shard).orElseThrow());
        snapshot.get(shard, space, key, Reach.DISK, result);
        var wanted = new ShardTwin.Op(space, key, Bytes.EMPTY, 0);
        return ReadOperations.compared(twin, index, wanted, result);
    }

    /// Scans to the end.
    String scan(Model now, RangePlan plan) {
        if (!canScan(now, plan)) {
            assertThrows(NoriException.NotLeader.class, () -> snapshot.scan(plan));
            return "no shard";
        }
        try (Walk walk = walk(plan)) {
            return walk.toEnd();
        }
    }

    /// {@return whether no shard that is wanted was dropped since}
    boolean canScan(Model now, RangePlan plan) {
        return indexes.keySet().stream()
                .filter(twin -> plan.shards().test(twin.shard()))
                .allMatch(twin -> now.twins.get(twin.shard()) == twin);
    }

    /// {@return a cursor over what this shows}
    Walk walk(RangePlan plan) {
        Map<ShardTwin, Long> wanted = new HashMap<>();
        indexes.forEach(
                (twin, index) -> {
                    if (plan.shards().test(twin.shard())) {
                        wanted.put(twin, index);
                    }
                });
        return new Walk(snapshot::scan, plan, wanted);
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
