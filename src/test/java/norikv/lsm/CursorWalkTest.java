package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Random walks of cursors in both directions beside a list of what they must meet, under many
/// sizes, while entries are written, flushed and merged.
///
/// `-Dseed=N` runs one seed, `-Dwalk.seeds=N` that many of them for each set of options.
final class CursorWalkTest {
    private static final int SHARDS = 5;
    /// Sets of options that a short run tries.
    private static final int SETS_MAX = Integer.getInteger("walk.sets", 16);

    private static final int ROUNDS = 12;
    private static final int MOVES = 40;

    /// A live item: keys may be in several shards at once.
    private record Item(Bytes key, int shard, Bytes value) {}

    @TestFactory
    Stream<DynamicTest> aWalkMeetsWhatAListHolds() {
        List<LsmOptions> sets = OptionSets.all();
        return Stream.iterate(0, i -> i + 1)
                .limit(Math.min(sets.size(), SETS_MAX))
                .map(i -> DynamicTest.dynamicTest("options " + i, () -> run(sets.get(i), i)));
    }

    /// One walk: `-Doptions=` which set, `-Dseed=`.
    @Test
    void aWalkIsThatOfAList() {
        var set = OptionSets.all().get(Integer.getInteger("options", 0));
        new Walk(set, Long.getLong("seed", 1)).run();
    }

    /// Wherever it turns, and whatever other shards have of the same key.
    @Test
    void aKeyWrittenAgainAndAgainIsSeenOnceAShard() {
        var rig = new LsmRig(LsmOptions.defaults().withBands(1)).withShards(3);
        rig.put(0, "a", "first");
        rig.put(2, "z", "last");
        putOften(rig, 0, "old");
        putOften(rig, 2, "old");
        putOften(rig, 1, "old");
        var all = new RangePlan(0, _ -> true, Bytes.EMPTY, Bytes.EMPTY, false);
        try (Snapshot snapshot = rig.lsm.snapshot(_ -> true)) {
            putOften(rig, 1, "new");
            rig.delete(2, "hot");
            var before = List.of("a 0 first", "hot 0 old", "hot 1 old", "hot 2 old", "z 2 last");
            assertWalks(snapshot.cursor(all), before);
            assertWalks(
                    rig.lsm.cursor(all),
                    List.of("a 0 first", "hot 0 old", "hot 1 new", "z 2 last"));
        }
        rig.close();
    }

    @Test
    void aKeyWrittenAgainAndAgainCostsAFewSteps() {
        var rig = new LsmRig(LsmOptions.defaults().withBands(1)).withShards(1);
        rig.put(0, "a", "first");
        putOften(rig, 0, "old");
        putOften(rig, 0, "new");
        rig.put(0, "z", "last");
        var few = new RangePlan(0, _ -> true, Bytes.EMPTY, Bytes.EMPTY, false, 30);

        assertWalks(rig.lsm.cursor(few), List.of("a 0 first", "hot 0 new", "z 0 last"));
        rig.close();
    }

    private static void putOften(LsmRig rig, int shard, String value) {
        for (int i = 0; i < 60; i++) {
            rig.put(shard, "hot", i < 59 ? "older" : value);
        }
    }

    /// Up, down, and to and fro at each item.
    private static void assertWalks(RangeCursor walk, List<String> expected) {
        try (RangeCursor cursor = walk) {
            List<String> up = new ArrayList<>();
            for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
                assertFalse(cursor.isPaused(), () -> "paused after " + up);
                up.add(describe(cursor));
            }
            assertEquals(expected, up);
            List<String> down = new ArrayList<>();
            for (cursor.seekToLast(); cursor.isValid(); cursor.prev()) {
                assertFalse(cursor.isPaused(), () -> "paused after " + down);
                down.add(describe(cursor));
            }
            assertEquals(expected.reversed(), down);
            cursor.seekToFirst();
            for (int i = 1; i < expected.size(); i++) {
                cursor.next();
                assertEquals(expected.get(i), describe(cursor));
                cursor.prev();
                assertEquals(expected.get(i - 1), describe(cursor));
                cursor.next();
            }
        }
    }

    private static String describe(RangeCursor cursor) {
        byte[] value = new byte[cursor.valueLength()];
        cursor.copyValue(value, 0);
        return "%s %s %s"
                .formatted(
                        cursor.key().toUtf8(),
                        cursor.shard().number(),
                        Bytes.wrap(value).toUtf8());
    }

    private static void run(LsmOptions options, int set) {
        long only = Long.getLong("seed", -1);
        long first = only >= 0 ? only : 1000L * set;
        long count = only >= 0 ? 1 : Long.getLong("walk.seeds", 1);
        for (long seed = first; seed < first + count; seed++) {
            try {
                new Walk(options, seed).run();
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "options %d: run again with -Dseed=%d".formatted(set, seed), e);
            }
        }
    }

    /// An engine, and what its shards hold.
    private static final class Walk {
        private final SplittableRandom random;
        private final int bands;
        private final LsmRig rig;
        private final List<TreeMap<Bytes, Bytes>> shards = new ArrayList<>();

        Walk(LsmOptions options, long seed) {
            random = new SplittableRandom(seed);
            bands = options.bands();
            rig = new LsmRig(options).withShards(SHARDS);
            for (int i = 0; i < SHARDS; i++) {
                shards.add(new TreeMap<>());
            }
        }

        void run() {
            for (int round = 0; round < ROUNDS; round++) {
                write(random.nextInt(40));
                rig.driver.runUntil(() -> false, random.nextInt(60));
                if (random.nextInt(6) == 0) {
                    rig.flush();
                }
                walk();
            }
            rig.close();
        }

        private void write(int count) {
            for (int i = 0; i < count; i++) {
                int shard = random.nextInt(SHARDS);
                Bytes key = key();
                var batch = new WriteBatch();
                Version at = rig.next(shard);
                if (random.nextInt(3) == 0) {
                    batch.delete(LsmRig.id(shard), 0, at, key);
                    shards.get(shard).remove(key);
                } else {
                    Bytes value = Bytes.utf8("v" + at.index());
                    batch.put(LsmRig.id(shard), 0, at, key, value, 0);
                    shards.get(shard).put(key, value);
                }
                batch.put(LsmRig.id(shard), 1, at, key, Bytes.utf8("other space"), 0);
                batch.applied(LsmRig.id(shard), at, rig.logTime());
                rig.lsm.write(batch);
            }
        }

        private Bytes key() {
            return switch (random.nextInt(8)) {
                case 0 -> Bytes.wrap(new byte[] {(byte) 0xff});
                case 1 -> Bytes.wrap(new byte[] {(byte) 0xff, (byte) 0xff});
                case 2 -> Bytes.wrap(new byte[] {0});
                case 3 -> Bytes.utf8("k" + random.nextInt(10));
                default ->
                        Bytes.utf8("a-longer-common-prefix-%02d".formatted(random.nextInt(40)));
            };
        }

        private RangePlan plan() {
            long wanted = random.nextInt(1, 1 << SHARDS);
            if (random.nextInt(3) == 0) {
                Bytes key = key();
                Bytes prefix = key.slice(0, random.nextInt(key.length() + 1));
                return RangePlan.ofPrefix(0, s -> (wanted >> s.number() & 1) != 0, prefix);
            }
            Bytes from = random.nextBoolean() ? Bytes.EMPTY : key();
            Bytes to = random.nextBoolean() ? Bytes.EMPTY : key();
            return new RangePlan(0, s -> (wanted >> s.number() & 1) != 0, from, to, false);
        }

        private List<Item> items(RangePlan plan) {
            List<Item> items = new ArrayList<>();
            for (int i = 0; i < SHARDS; i++) {
                if (plan.shards().test(LsmRig.id(i))) {
                    for (Map.Entry<Bytes, Bytes> e : shards.get(i).entrySet()) {
                        boolean inRange =
                                e.getKey().compareTo(plan.from()) >= 0
                                        && (plan.to().isEmpty()
                                                || e.getKey().compareTo(plan.to()) < 0);
                        if (inRange) {
                            items.add(new Item(e.getKey(), i, e.getValue()));
                        }
                    }
                }
            }
            items.sort(
                    Comparator.comparing(Item::key)
                            .thenComparing(item -> item.shard() % bands)
                            .thenComparing(Item::shard));
            return items;
        }

        private void walk() {
            RangePlan plan = plan();
            List<Item> items = items(plan);
            boolean still = random.nextBoolean();
            try (Snapshot snapshot = rig.lsm.snapshot(_ -> true);
                    RangeCursor cursor = still ? cursorLater(snapshot, plan) : open(plan)) {
                assertFalse(cursor.isValid(), "stands on something before the first seek");
                int at = -1;
                for (int i = 0; i < MOVES; i++) {
                    at = move(cursor, items, at);
                    check(cursor, items, at);
                    if (random.nextInt(20) == 0) {
                        write(random.nextInt(5));
                        rig.driver.runUntil(() -> false, random.nextInt(30));
                    }
                }
            }
        }

        private RangeCursor open(RangePlan plan) {
            return rig.lsm.cursor(plan);
        }

        /// A cursor at a snapshot that things happened after.
        private RangeCursor cursorLater(Snapshot snapshot, RangePlan plan) {
            write(random.nextInt(30));
            rig.driver.runUntil(() -> false, random.nextInt(60));
            return snapshot.cursor(plan);
        }

        /// {@return where the move leads to in `items`; anything out of it is nowhere}
        private int move(RangeCursor cursor, List<Item> items, int at) {
            boolean isValid = at >= 0 && at < items.size();
            switch (random.nextInt(isValid ? 16 : 4)) {
                case 0 -> {
                    cursor.seekToFirst();
                    return 0;
                }
                case 1 -> {
                    cursor.seekToLast();
                    return items.size() - 1;
                }
                case 2 -> {
                    Bytes key = key();
                    cursor.seek(key);
                    return (int) items.stream().filter(i -> i.key().compareTo(key) < 0).count();
                }
                case 3 -> {
                    Bytes key = key();
                    cursor.seekForPrev(key);
                    return (int) items.stream().filter(i -> i.key().compareTo(key) <= 0).count()
                            - 1;
                }
                case 4, 5, 6, 7, 8, 9 -> {
                    cursor.prev();
                    return at - 1;
                }
                default -> {
                    cursor.next();
                    return at + 1;
                }
            }
        }

        private void check(RangeCursor cursor, List<Item> items, int at) {
            boolean expected = at >= 0 && at < items.size();
            assertEquals(expected, cursor.isValid(), () -> "at %d of %s".formatted(at, items));
            if (expected) {
                Item item = items.get(at);
                assertEquals(item.key(), cursor.key(), () -> "at %d of %s".formatted(at, items));
                assertEquals(item.shard(), cursor.shard().number());
                byte[] value = new byte[cursor.valueLength()];
                cursor.copyValue(value, 0);
                assertEquals(item.value(), Bytes.wrap(value));
                assertTrue(cursor.version().index() > 0);
            }
        }
    }
}
