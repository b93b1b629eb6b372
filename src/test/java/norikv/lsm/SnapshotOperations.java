package norikv.lsm;

import java.util.List;
import java.util.SplittableRandom;
import norikv.domain.ShardId;

/// Operations on snapshots, of which a few are open at a time, each in a place of its own.
final class SnapshotOperations {
    static final List<Operations.Kind> KINDS =
            List.of(
                    new Operations.Kind(TakeSnapshot.class, 10, SnapshotOperations::take),
                    new Operations.Kind(SnapshotGet.class, 40, SnapshotOperations::get),
                    new Operations.Kind(SnapshotScan.class, 25, SnapshotOperations::scan),
                    new Operations.Kind(SnapshotHold.class, 8, SnapshotOperations::hold),
                    new Operations.Kind(DropSnapshot.class, 6, SnapshotOperations::drop));

    private SnapshotOperations() {}

    /// Takes one.
    ///
    /// @param shards one bit a shard
    record TakeSnapshot(int place, int shards) implements Operation {
        @Override
        public String run(World world) {
            new DropSnapshot(place).run(world);
            world.snapshots().put(place, new HeldSnapshot(world.lsm(), world.model, shards));
            return "taken";
        }
    }

    /// Looks up a key in one.
    record SnapshotGet(int place, int shard, int space, int key) implements Operation {
        @Override
        public String run(World world) {
            HeldSnapshot snapshot = world.snapshots().get(place);
            return snapshot == null
                    ? "no snapshot"
                    : snapshot.get(
                            world.model,
                            new ShardId(shard),
                            space,
                            Model.key(shard, key),
                            world.result);
        }
    }

    /// Scans one.
    record SnapshotScan(int place, int space, int shards, int one, int other, boolean backward)
            implements Operation {
        @Override
        public String run(World world) {
            HeldSnapshot snapshot = world.snapshots().get(place);
            RangePlan plan = ReadOperations.plan(space, shards, one, other, backward);
            return snapshot == null ? "no snapshot" : snapshot.scan(world.model, plan);
        }
    }

    /// Opens a cursor on one, which others happen beside, the end of the snapshot too.
    record SnapshotHold(int snapshot, int place, int space, int shards, int one, int other)
            implements Operation {
        @Override
        public String run(World world) {
            HeldSnapshot held = world.snapshots().get(snapshot);
            RangePlan plan = ReadOperations.plan(space, shards, one, other, false);
            if (held == null || !held.canScan(world.model, plan)) {
                return "no snapshot";
            }
            world.letGo(place);
            world.held().put(place, held.walk(plan));
            return "held";
        }
    }

    /// Closes one.
    record DropSnapshot(int place) implements Operation {
        @Override
        public String run(World world) {
            HeldSnapshot snapshot = world.snapshots().remove(place);
            if (snapshot != null) {
                snapshot.close();
            }
            return "dropped";
        }
    }

    private static Operation take(SplittableRandom random) {
        return new TakeSnapshot(Operations.place(random), Operations.shards(random));
    }

    private static Operation get(SplittableRandom random) {
        return new SnapshotGet(
                Operations.place(random),
                Operations.shard(random),
                Operations.space(random),
                Operations.key(random));
    }

    private static Operation scan(SplittableRandom random) {
        return new SnapshotScan(
                Operations.place(random),
                Operations.space(random),
                Operations.shards(random),
                Operations.bound(random),
                Operations.bound(random),
                random.nextBoolean());
    }

    private static Operation hold(SplittableRandom random) {
        return new SnapshotHold(
                Operations.place(random),
                Operations.place(random),
                Operations.space(random),
                Operations.shards(random),
                Operations.bound(random),
                Operations.bound(random));
    }

    private static Operation drop(SplittableRandom random) {
        return new DropSnapshot(Operations.place(random));
    }
}
