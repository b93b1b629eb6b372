package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Operations that write.
final class WriteOperations {
    static final List<Operations.Kind> KINDS =
            List.of(
                    new Operations.Kind(Put.class, 160, WriteOperations::put),
                    new Operations.Kind(Delete.class, 60, WriteOperations::delete),
                    new Operations.Kind(Batch.class, 160, WriteOperations::batch),
                    new Operations.Kind(Idle.class, 20, WriteOperations::idle));

    private WriteOperations() {}

    /// Sets one key.
    ///
    /// @param expires in how many milliseconds of log time; 0 never
    /// @param millis by how much log time moves
    record Put(int shard, int space, int key, int length, int expires, int millis)
            implements Operation {
        @Override
        public String run(World world) {
            return writeOne(world, shard, millis, op(world.model, shard));
        }

        ShardTwin.Op op(Model model, int toShard) {
            return new ShardTwin.Op(
                    space,
                    Model.key(toShard, key),
                    model.value(length),
                    expires == 0 ? 0 : model.logTime() + millis + expires);
        }
    }

    /// Removes one key.
    record Delete(int shard, int space, int key, int millis) implements Operation {
        @Override
        public String run(World world) {
            return writeOne(world, shard, millis, op(shard));
        }

        ShardTwin.Op op(int fromShard) {
            return new ShardTwin.Op(space, Model.key(fromShard, key), null, 0);
        }
    }

    /// An entry that changes no key.
    record Idle(int shard, int millis) implements Operation {
        @Override
        public String run(World world) {
            return writeOne(world, shard, millis);
        }
    }

    /// Several entries of several shards in one batch, each of several operations.
    ///
    /// @param groups how many runs of entries, each of one shard
    record Batch(int groups, long seed) implements Operation {
        @Override
        public String run(World world) {
            var random = new SplittableRandom(seed);
            var batch = new WriteBatch();
            int entries = 0;
            for (int i = 0; i < groups; i++) {
                int shard = random.nextInt(Model.SHARDS);
                int count = random.nextInt(1, 4);
                for (int e = 0; e < count; e++) {
                    world.model.pass(random.nextInt(5));
                    List<ShardTwin.Op> ops = operations(world.model, shard, random);
                    if (world.model.has(shard)) {
                        world.model.append(world.model.twin(shard), ops, batch);
                        entries++;
                    }
                }
            }
            world.write(batch);
            return "wrote " + entries;
        }
    }

    /// {@return what one entry does, up to three operations}
    static List<ShardTwin.Op> operations(Model model, int shard, SplittableRandom random) {
        List<ShardTwin.Op> ops = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            ops.add(
                    random.nextInt(4) == 0
                            ? delete(random).op(shard)
                            : put(random).op(model, shard));
        }
        return ops;
    }

    private static String writeOne(
            World world, int shard, int millis, ShardTwin.Op... operations) {
        world.model.pass(millis);
        if (!world.model.has(shard)) {
            return "no shard";
        }
        var batch = new WriteBatch();
        ShardTwin twin = world.model.twin(shard);
        world.model.append(twin, List.of(operations), batch);
        world.write(batch);
        return "wrote " + twin.lastIndex();
    }

    private static Put put(SplittableRandom random) {
        int length = random.nextInt(20) == 0 ? random.nextInt(5000) : random.nextInt(60);
        int expires = random.nextInt(4) == 0 ? random.nextInt(-2, 100) : 0;
        return new Put(
                Operations.shard(random),
                Operations.space(random),
                Operations.key(random),
                length,
                expires,
                random.nextInt(5));
    }

    private static Delete delete(SplittableRandom random) {
        return new Delete(
                Operations.shard(random),
                Operations.space(random),
                Operations.key(random),
                random.nextInt(5));
    }

    private static Operation batch(SplittableRandom random) {
        return new Batch(random.nextInt(1, 4), random.nextLong());
    }

    private static Operation idle(SplittableRandom random) {
        return new Idle(Operations.shard(random), random.nextInt(60));
    }
}
