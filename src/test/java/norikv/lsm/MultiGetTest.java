package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Lookups of many keys at once answer what a map does, under many sizes.
///
/// `-Dseed=N` runs one seed.
final class MultiGetTest {
    private static final int SHARDS = 4;
    /// Sets of options that a short run tries.
    private static final int SETS_MAX = Integer.getInteger("walk.sets", 16);

    private static final int ROUNDS = 12;

    @TestFactory
    Stream<DynamicTest> everyAnswerIsThatOfAMap() {
        List<LsmOptions> sets = OptionSets.all();
        return Stream.iterate(0, i -> i + 1)
                .limit(Math.min(sets.size(), SETS_MAX))
                .map(
                        i ->
                                DynamicTest.dynamicTest(
                                        "options " + i,
                                        () -> run(sets.get(i), Long.getLong("seed", i))));
    }

    private static void run(LsmOptions options, long seed) {
        var random = new SplittableRandom(seed);
        var rig = new LsmRig(options).withShards(SHARDS);
        TreeMap<String, String> model = new TreeMap<>();
        var keys = new MultiGet();
        for (int round = 0; round < ROUNDS; round++) {
            write(rig, random, model, random.nextInt(30));
            rig.driver.runUntil(() -> false, random.nextInt(60));
            try (Snapshot snapshot = rig.lsm.snapshot(_ -> true)) {
                TreeMap<String, String> then = new TreeMap<>(model);
                write(rig, random, model, random.nextInt(10));
                rig.driver.runUntil(() -> false, random.nextInt(60));
                String from = "run again with -Dseed=%d round=%d".formatted(seed, round);
                ask(keys, random);
                rig.lsm.multiGet(0, keys, Reach.DISK);
                check(keys, model, from);
                ask(keys, random);
                snapshot.multiGet(0, keys, Reach.DISK);
                check(keys, then, from + " snapshot");
            }
        }
        rig.close();
    }

    private static void write(
            LsmRig rig, SplittableRandom random, TreeMap<String, String> model, int count) {
        for (int i = 0; i < count; i++) {
            int shard = random.nextInt(SHARDS);
            String key = "key%02d".formatted(random.nextInt(40));
            if (random.nextInt(3) == 0) {
                rig.delete(shard, key);
                model.remove(shard + key);
            } else {
                Version at = rig.put(shard, key, "value" + random.nextInt(1000));
                assertTrue(at.index() > 0);
                model.put(shard + key, rig.get(shard, key));
            }
        }
    }

    /// Some keys, in any order, some more than once, some never written.
    private static void ask(MultiGet keys, SplittableRandom random) {
        keys.clear();
        int count = random.nextInt(80);
        for (int i = 0; i < count; i++) {
            Bytes key = Bytes.utf8("key%02d".formatted(random.nextInt(50)));
            keys.add(LsmRig.id(random.nextInt(SHARDS)), key);
        }
    }

    private static void check(MultiGet keys, TreeMap<String, String> model, String from) {
        for (int i = 0; i < keys.count(); i++) {
            GetResult result = keys.result(i);
            byte[] key = result.key;
            int length = keys.length(i) - InternalKey.HEAD_BYTES;
            String name =
                    keys.shard(i).number()
                            + Bytes.copyOf(key, InternalKey.HEAD_BYTES, length).toUtf8();
            String found =
                    result.outcome() == GetResult.Outcome.FOUND
                            ? Bytes.copyOf(result.value(), 0, result.valueLength()).toUtf8()
                            : null;
            assertEquals(model.get(name), found, () -> from + " " + name);
        }
    }

    /// A write comes between the loading of the places of two keys of one shard.
    @Test
    void allKeysOfAShardAreSeenAtOnePlace() {
        var rig = new LsmRig(LsmRig.options(100)).withShards(2);
        var keys = new MultiGet();
        rig.put(0, "a", "1");
        for (String key : List.of("b", "a", "c")) {
            keys.add(LsmRig.id(0), Bytes.utf8(key));
        }
        keys.add(LsmRig.id(1), Bytes.utf8("a"));
        rig.lsm.multiGet(0, keys, Reach.DISK);
        long place = keys.result(0).appliedIndex();

        assertEquals(1, place);
        assertEquals(place, keys.result(1).appliedIndex());
        assertEquals(place, keys.result(2).appliedIndex());
        assertEquals(0, keys.result(3).appliedIndex());
    }

    @Test
    void whatIsColdIsSaidOfEachKey() {
        var options = LsmRig.options(100).withResidency(new LsmOptions.Residency(0, 0));
        var rig = new LsmRig(options).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        rig.put(0, "b", "2");
        var keys = new MultiGet();
        keys.add(LsmRig.id(0), Bytes.utf8("a"));
        keys.add(LsmRig.id(0), Bytes.utf8("b"));
        rig.lsm.multiGet(0, keys, Reach.MEMORY);

        assertEquals(GetResult.Outcome.COLD, keys.result(0).outcome());
        assertEquals(GetResult.Outcome.FOUND, keys.result(1).outcome());
    }

    @Test
    void tooManyKeysAndKeysOfNoLengthAreRefused() {
        var keys = new MultiGet();
        for (int i = 0; i < MultiGet.KEYS_MAX; i++) {
            keys.add(LsmRig.id(0), Bytes.utf8("a"));
        }

        assertThrows(NoriException.class, () -> keys.add(LsmRig.id(0), Bytes.utf8("a")));
        keys.clear();
        assertThrows(NoriException.class, () -> keys.add(LsmRig.id(0), Bytes.EMPTY));
        var rig = new LsmRig(LsmRig.options(100)).withShards(1);
        keys.add(LsmRig.id(5), Bytes.utf8("a"));
        assertThrows(
                NoriException.NotLeader.class, () -> rig.lsm.multiGet(0, keys, Reach.DISK));
    }
}
