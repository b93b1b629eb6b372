package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// Operations that read.
final class ReadOperations {
    static final List<Operations.Kind> KINDS =
            List.of(
                    new Operations.Kind(Get.class, 220, ReadOperations::get),
                    new Operations.Kind(MultiGets.class, 40, ReadOperations::multiGets),
                    new Operations.Kind(Scan.class, 80, ReadOperations::scan),
                    new Operations.Kind(Hold.class, 15, ReadOperations::hold),
                    new Operations.Kind(Look.class, 20, ReadOperations::look),
                    new Operations.Kind(Move.class, 20, ReadOperations::move),
                    new Operations.Kind(Seek.class, 30, ReadOperations::seek),
                    new Operations.Kind(End.class, 6, ReadOperations::end),
                    new Operations.Kind(LetGo.class, 8, r -> new LetGo(Operations.place(r))),
                    new Operations.Kind(Places.class, 10, _ -> new Places()));

    private ReadOperations() {}

    /// One key.
    ///
    /// @param memoryOnly whether to ask without waiting for the disk first
    record Get(int shard, int space, int key, boolean memoryOnly) implements Operation {
        @Override
        public String run(World world) {
            var id = new ShardId(shard);
            Bytes wanted = Model.key(shard, key);
            GetResult result = world.result;
            if (!world.model.has(shard)) {
                assertThrows(
                        NoriException.NotLeader.class,
                        () -> world.lsm().get(id, space, wanted, Reach.DISK, result));
                return "no shard";
            }
            ShardTwin twin = world.model.twin(shard);
            var op = new ShardTwin.Op(space, wanted, Bytes.EMPTY, 0);
            String memory = "";
            if (memoryOnly) {
                world.lsm().get(id, space, wanted, Reach.MEMORY, result);
                if (result.outcome() != GetResult.Outcome.COLD) {
                    memory = compared(twin, twin.lastIndex(), op, result);
                }
            }
            world.lsm().get(id, space, wanted, Reach.DISK, result);
            String seen = compared(twin, twin.lastIndex(), op, result);
            assertEquals(memory.isEmpty() ? seen : memory, seen);
            return seen;
        }
    }

    /// Many keys together, some of them twice.
    record MultiGets(int space, int count, long seed) implements Operation {
        @Override
        public String run(World world) {
            List<ShardTwin> twins = List.copyOf(world.model.twins.values());
            if (twins.isEmpty()) {
                return "no shard";
            }
            var random = new SplittableRandom(seed);
            var keys = new MultiGet();
            List<ShardTwin> asked = new ArrayList<>();
            List<Bytes> wanted = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ShardTwin twin = twins.get(random.nextInt(twins.size()));
                asked.add(twin);
                wanted.add(Model.key(twin.shard().number(), Operations.key(random)));
                keys.add(twin.shard(), wanted.getLast());
            }
            world.lsm().multiGet(space, keys, Reach.DISK);
            var seen = new StringBuilder();
            for (int i = 0; i < count; i++) {
                ShardTwin twin = asked.get(i);
                var op = new ShardTwin.Op(space, wanted.get(i), Bytes.EMPTY, 0);
                seen.append(compared(twin, twin.lastIndex(), op, keys.result(i))).append(' ');
            }
            return seen.toString();
        }
    }

    /// A range, in either direction, in part or to its end.
    ///
    /// @param shards one bit a shard
    /// @param one a bound, as [Model#bound(int)] has it
    record Scan(int space, int shards, int one, int other, boolean backward, int itemsMax)
            implements Operation {
        @Override
        public String run(World world) {
            try (Walk walk = walk(world, space, shards, one, other, backward)) {
                return walk.look(itemsMax);
            }
        }
    }

    /// Begins a scan that others happen beside.
    record Hold(int place, int space, int shards, int one, int other, boolean backward)
            implements Operation {
        @Override
        public String run(World world) {
            world.letGo(place);
            Walk walk = walk(world, space, shards, one, other, backward);
            world.held().put(place, walk);
            return "held";
        }
    }

    /// Looks whether what is held still sees what it saw.
    record Look(int place, int itemsMax) implements Operation {
        @Override
        public String run(World world) {
            Walk view = world.held().get(place);
            return view == null ? "nothing" : view.look(itemsMax);
        }
    }

    /// Moves what is held some items in one direction, which may be another than before.
    record Move(int place, int itemsMax, boolean towardsFirst) implements Operation {
        @Override
        public String run(World world) {
            Walk walk = world.held().get(place);
            return walk == null ? "nothing" : walk.move(itemsMax, towardsFirst);
        }
    }

    /// Moves what is held to the first key from some bound on, or to the last up to it.
    record Seek(int place, int bound, boolean upTo) implements Operation {
        @Override
        public String run(World world) {
            Walk walk = world.held().get(place);
            return walk == null ? "nothing" : walk.seek(Model.bound(bound), upTo);
        }
    }

    /// Moves what is held to the first item, or to the last.
    record End(int place, boolean last) implements Operation {
        @Override
        public String run(World world) {
            Walk walk = world.held().get(place);
            return walk == null ? "nothing" : walk.end(last);
        }
    }

    /// Closes what is held.
    record LetGo(int place) implements Operation {
        @Override
        public String run(World world) {
            world.letGo(place);
            return "let go";
        }
    }

    /// How far each shard is.
    record Places() implements Operation {
        @Override
        public String run(World world) {
            world.engine().checkPlaces();
            return "%08x".formatted(world.model.twins.values().stream()
                    .map(twin -> world.lsm().applied(twin.shard()))
                    .toList()
                    .hashCode());
        }
    }

    /// Requires that a lookup has found what the shard held when its log ended with `index`. An
    /// expired value may be found as it is or not at all: who asks judges.
    ///
    /// @param wanted the place that was looked up
    /// @return what was seen
    static String compared(ShardTwin twin, long index, ShardTwin.Op wanted, GetResult result) {
        AppliedAt place = twin.placeAt(index);
        assertEquals(place.at().index(), result.appliedIndex());
        assertEquals(place.logTimeMillis(), result.appliedLogTimeMillis());
        ShardTwin.Value expected = twin.valuesAt(index).get(wanted.place());
        boolean isLive = expected != null && expected.isLiveAt(place.logTimeMillis());
        if (!isLive && result.outcome() == GetResult.Outcome.ABSENT) {
            return "absent";
        }
        assertEquals(GetResult.Outcome.FOUND, result.outcome());
        if (expected == null) {
            throw new AssertionError("found what is not there: index " + result.index());
        }
        Bytes value = Bytes.copyOf(result.value(), 0, result.valueLength());
        assertEquals(expected.at().index(), result.index());
        assertEquals(expected.at().term(), result.term());
        assertEquals(expected.expiresAtMillis(), result.expiresAtMillis());
        assertEquals(expected.bytes(), value);
        return isLive ? "%d: %08x".formatted(result.index(), value.hashCode()) : "absent";
    }

    /// {@return the plan of a scan, as operations have it in numbers}
    static RangePlan plan(int space, int shards, int one, int other, boolean backward) {
        Bytes from = Model.bound(one);
        Bytes to = Model.bound(other);
        boolean swap = !to.isEmpty() && from.compareTo(to) > 0;
        return new RangePlan(
                space,
                shard -> (shards >> shard.number() & 1) == 1,
                swap ? to : from,
                swap ? from : to,
                backward);
    }

    private static Walk walk(
            World world, int space, int shards, int one, int other, boolean backward) {
        RangePlan plan = plan(space, shards, one, other, backward);
        Map<ShardTwin, Long> twins = new HashMap<>();
        world.model.twins.forEach(
                (shard, twin) -> {
                    if (plan.shards().test(shard)) {
                        twins.put(twin, twin.lastIndex());
                    }
                });
        return new Walk(world.lsm()::scan, plan, twins);
    }

    private static Operation get(SplittableRandom random) {
        return new Get(
                Operations.shard(random),
                Operations.SPACES.get(random.nextInt(2)),
                Operations.key(random),
                random.nextInt(4) == 0);
    }

    private static Operation multiGets(SplittableRandom random) {
        int space = Operations.SPACES.get(random.nextInt(2));
        return new MultiGets(space, random.nextInt(1, 40), random.nextLong());
    }

    private static Operation scan(SplittableRandom random) {
        return new Scan(
                Operations.space(random),
                Operations.shards(random),
                Operations.bound(random),
                Operations.bound(random),
                random.nextBoolean(),
                random.nextInt(4) == 0 ? random.nextInt(10) : Integer.MAX_VALUE);
    }

    private static Operation hold(SplittableRandom random) {
        return new Hold(
                Operations.place(random),
                Operations.space(random),
                Operations.shards(random),
                Operations.bound(random),
                Operations.bound(random),
                random.nextBoolean());
    }

    private static Operation move(SplittableRandom random) {
        return new Move(Operations.place(random), random.nextInt(1, 12), random.nextBoolean());
    }

    private static Operation seek(SplittableRandom random) {
        int bound = random.nextInt(3 * Model.KEYS * Model.SHARDS);
        return new Seek(Operations.place(random), bound, random.nextBoolean());
    }

    private static Operation end(SplittableRandom random) {
        return new End(Operations.place(random), random.nextBoolean());
    }

    private static Operation look(SplittableRandom random) {
        int items = random.nextInt(4) == 0 ? Integer.MAX_VALUE : random.nextInt(20);
        return new Look(Operations.place(random), items);
    }
}
