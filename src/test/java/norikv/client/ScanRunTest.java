package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Request;
import norikv.domain.Request.Projection;
import norikv.domain.ScanCursor;
import org.junit.jupiter.api.Test;

/// Scans over shards that many nodes lead, and that move meanwhile. `-Dseed=` replays one.
final class ScanRunTest {
    private static final int SEEDS = 300;
    private static final long BUDGET_NANOS = 5_000_000_000L;
    private static final ScanOptions ALL = ScanOptions.all().withPageBytes(900);

    @Test
    void pagesOfAllLeadersAreMergedByKey() {
        each(
                seed -> {
                    FakeCluster cluster = filled(seed, 200);
                    boolean reverse = cluster.random.nextBoolean();
                    ScanOptions how = ALL.withRange(Bytes.utf8("k0"), Bytes.utf8("k3"));
                    how = reverse ? how.withReverse() : how;

                    assertEquals(expected(cluster, how), keysOf(scan(cluster, how)));
                });
    }

    @Test
    void whatMovedIsReadFromTheSamePlaceByWhoeverLeadsItNow() {
        each(
                seed -> {
                    FakeCluster cluster = filled(seed, 300);
                    int perMille = cluster.random.nextInt(200);
                    cluster.meanwhile = () -> cluster.moveSome(perMille);
                    ScanOptions how = cluster.random.nextBoolean() ? ALL.withReverse() : ALL;

                    assertEquals(expected(cluster, how), keysOf(scan(cluster, how)));
                });
    }

    @Test
    void aNodeThatIsGoneIsAskedForNothingMore() {
        each(
                seed -> {
                    FakeCluster cluster = filled(seed, 200);
                    ScanRun run = run(cluster, ALL, Projection.ITEMS);
                    List<Item> items = new ArrayList<>(take(cluster, run, 50));
                    cluster.kill(cluster.random.nextInt(cluster.isDown.length));
                    items.addAll(take(cluster, run, Integer.MAX_VALUE));

                    assertEquals(expected(cluster, ALL), keysOf(items));
                });
    }

    @Test
    void aScanGoesOnFromItsCursorInAnotherClientUnderOtherLeaders() {
        each(
                seed -> {
                    FakeCluster cluster = filled(seed, 120);
                    ScanOptions how = cluster.random.nextBoolean() ? ALL.withReverse() : ALL;
                    List<Item> items = new ArrayList<>();
                    String cursor = "";
                    do {
                        ScanRun run = run(cluster, how.withCursor(cursor), Projection.ITEMS);
                        items.addAll(take(cluster, run, 1 + cluster.random.nextInt(30)));
                        cursor = run.position().map(CursorText::of).orElse("");
                        cluster.moveSome(500);
                    } while (!cursor.isEmpty());

                    assertEquals(expected(cluster, how), keysOf(items));
                });
    }

    @Test
    void aCountHasEachKeyOnceThoughShardsMove() {
        each(
                seed -> {
                    FakeCluster cluster = filled(seed, 200);
                    int perMille = cluster.random.nextInt(200);
                    cluster.meanwhile = () -> cluster.moveSome(perMille);
                    ScanRun run = run(cluster, ALL, Projection.COUNT);
                    while (run.needsFill()) {
                        fill(cluster, run, Long.MAX_VALUE);
                    }

                    assertEquals(cluster.items.size(), run.counted());
                });
    }

    @Test
    void shardsWithoutAKeyEnd() {
        FakeCluster cluster = new FakeCluster(new Random(1), 3, 64);

        assertEquals(List.of(), scan(cluster, ALL));
        cluster.put(Bytes.utf8("only"), Bytes.utf8("v"));
        assertEquals(List.of(Bytes.utf8("only")), keysOf(scan(cluster, ALL)));
    }

    @Test
    void thePagesOfOneWaveShareTheBytesOfAPage() {
        FakeCluster cluster = filled(1, 2_000);
        scan(cluster, ScanOptions.all().withPageBytes(1 << 20));

        for (Request.ScanPart part : cluster.asked) {
            long share = (1L << 20) * part.shards().size() / cluster.totalShards();
            assertEquals(Math.max(share, ScanRun.PART_BYTES_MIN), part.scan().pageBytes());
        }
    }

    @Test
    void pagesHeldAreBounded() {
        FakeCluster cluster = new FakeCluster(new Random(1), 100, 400);
        for (int i = 0; i < 3_000; i++) {
            cluster.put(Bytes.utf8("k" + i), Bytes.utf8("v"));
        }
        cluster.meanwhile = () -> cluster.moveSome(2);
        ScanRun run = run(cluster, ALL, Projection.ITEMS);
        int taken = 0;
        int heldMax = 0;
        while (run.needsFill()) {
            fill(cluster, run, Long.MAX_VALUE);
            heldMax = Math.max(heldMax, run.pagesHeld());
            while (run.hasItem()) {
                run.take();
                taken++;
            }
        }

        assertEquals(3_000, taken);
        assertTrue(heldMax <= ScanRun.PAGES_MAX, "pages held: " + heldMax);
    }

    @Test
    void aPageOfShardsThatWereNotAskedForIsNoAnswer() {
        FakeCluster cluster = filled(1, 20);
        cluster.claimsMore = part -> part.shards().size() < cluster.totalShards();
        ScanRun run = run(cluster, ALL, Projection.ITEMS);
        run.fill(100, BUDGET_NANOS, false, () -> {});
        cluster.run();

        assertEquals(ErrorCode.INTERNAL, run.trouble().orElseThrow().code());
    }

    @Test
    void shardsThatNobodyLeadsEndTheScanWithinItsTimeAndItCanBeTakenUp() {
        FakeCluster cluster = filled(1, 50);
        ScanRun run = run(cluster, ALL, Projection.ITEMS);
        List<Item> items = new ArrayList<>(take(cluster, run, 10));
        int[] before = cluster.leaders.clone();
        java.util.Arrays.fill(cluster.leaders, FakeCluster.NOBODY);
        while (run.trouble().isEmpty()) {
            if (run.hasItem()) {
                items.add(run.take());
            } else {
                run.fill(100, BUDGET_NANOS, false, () -> {});
                cluster.run();
            }
        }
        var code = run.trouble().orElseThrow().code();
        assertTrue(code == ErrorCode.UNAVAILABLE || code == ErrorCode.DEADLINE_EXCEEDED);
        System.arraycopy(before, 0, cluster.leaders, 0, before.length);
        items.addAll(take(cluster, run, Integer.MAX_VALUE));

        assertEquals(expected(cluster, ALL), keysOf(items));
    }

    /// Whoever holds a shard may answer a stale scan: that says nothing about who leads it.
    @Test
    void onlyPagesOfLeadersTellWhoLeads() {
        FakeCluster cluster = filled(1, 20);
        scan(cluster, ALL);
        int told = cluster.told;
        assertTrue(told > 0);

        scan(cluster, ALL.withConsistency(Consistency.STALE));
        assertEquals(told, cluster.told);
    }

    /// The nearest replica leaves out what is older than it may be; here all that it does not lead.
    @Test
    void whatIsTooOldAtTheNearestReplicaIsReadFromWhoLeadsIt() {
        FakeCluster cluster = filled(1, 60);
        cluster.nearest = 0;
        ScanOptions how =
                ALL.withConsistency(Consistency.STALE).withMaxStaleness(Duration.ofSeconds(2));

        assertEquals(expected(cluster, how), keysOf(scan(cluster, how)));
        assertTrue(
                cluster.asked.stream().allMatch(p -> p.scan().maxStalenessMillis() == 2_000));
    }

    @Test
    void aScanIsAsOldAsItsOldestPage() {
        FakeCluster cluster = filled(1, 60);
        for (int node = 0; node < cluster.behindMillis.length; node++) {
            cluster.behindMillis[node] = 100L * (cluster.behindMillis.length - node);
        }
        ScanRun run = run(cluster, ALL.withConsistency(Consistency.STALE), Projection.ITEMS);
        take(cluster, run, Integer.MAX_VALUE);

        assertEquals(100L * cluster.behindMillis.length, run.behindMillis());
    }

    private static FakeCluster filled(long seed, int keys) {
        var random = new Random(seed);
        var cluster = new FakeCluster(random, 2 + random.nextInt(4), 1 + random.nextInt(40));
        for (int i = 0; i < keys; i++) {
            Bytes key = Bytes.utf8("k%d".formatted(random.nextInt(10_000)));
            cluster.put(key, Bytes.utf8("v".repeat(random.nextInt(120))));
        }
        return cluster;
    }

    private static ScanRun run(FakeCluster cluster, ScanOptions how, Projection projection) {
        var whole =
                new Request.Scan(
                        how.from(),
                        how.to(),
                        1,
                        1,
                        how.reverse(),
                        projection,
                        how.consistency(),
                        CursorText.parse(how.cursor()));
        return new ScanRun(cluster, how, projection, ScanCursor.of(whole));
    }

    private static List<Item> scan(FakeCluster cluster, ScanOptions how) {
        return take(cluster, run(cluster, how, Projection.ITEMS), Integer.MAX_VALUE);
    }

    private static List<Item> take(FakeCluster cluster, ScanRun run, int most) {
        List<Item> items = new ArrayList<>();
        while (items.size() < most && (run.needsFill() || run.hasItem())) {
            if (run.needsFill()) {
                fill(cluster, run, most - items.size());
            } else {
                items.add(run.take());
            }
        }
        return items;
    }

    private static void fill(FakeCluster cluster, ScanRun run, long most) {
        int[] done = new int[1];
        run.fill(most, BUDGET_NANOS, false, () -> done[0]++);
        cluster.run();
        assertEquals(1, done[0], "done, once");
        assertEquals(Optional.empty(), run.trouble());
    }

    private static List<Bytes> expected(FakeCluster cluster, ScanOptions how) {
        List<Bytes> keys =
                cluster.items.keySet().stream()
                        .filter(key -> key.compareTo(how.from()) >= 0)
                        .filter(key -> how.to().isEmpty() || key.compareTo(how.to()) < 0)
                        .toList();
        return how.reverse() ? keys.reversed() : keys;
    }

    private static List<Bytes> keysOf(List<Item> items) {
        return items.stream().map(Item::key).toList();
    }

    private static void each(java.util.function.LongConsumer test) {
        long first = Long.getLong("seed", 1);
        long last = Long.getLong("seed") == null ? SEEDS : first;
        for (long seed = first; seed <= last; seed++) {
            try {
                test.accept(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed, e);
            }
        }
    }
}
