package norikv.adapter.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.disk.FileDisk;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.Request.Projection;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.lsm.Lsm;
import norikv.lsm.LsmOptions;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Storage;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The port's words, answered by an engine.
final class LsmStorageTest {
    private static final Sharding SHARDING = new Sharding(64);

    @TempDir private Path folder;
    private Lsm lsm;
    private LsmStorage storage;
    private long index;

    @BeforeEach
    void open() {
        var environment =
                new Lsm.Environment(
                        FileDisk.open(folder),
                        "lsm",
                        new ThreadLoops((where, cause) -> {}),
                        (where, cause) -> {},
                        Meter.NONE,
                        Event.Sink.NONE);
        lsm = Lsm.open(environment, LsmOptions.defaults());
        lsm.createTablets(
                IntStream.range(0, SHARDING.totalShards()).mapToObj(ShardId::new).toList());
        storage = new LsmStorage(lsm);
    }

    @AfterEach
    void close() {
        lsm.close();
    }

    @Test
    void whatWasWrittenIsFoundWithItsVersionAndTime() {
        put("a", "1", Item.NEVER, 50);
        put("a", "2", 90, 60);

        assertEquals(
                new Storage.Lookup.Hit(Bytes.utf8("2"), new Version(1, 2), 90, 60), get("a"));
        assertEquals(new Storage.Lookup.Absent(), get("b"));
        assertEquals(
                new Storage.Applied(new Version(1, 2), 60), storage.applied(shard("a")));
    }

    @Test
    void aDeletedKeyIsAbsent() {
        put("a", "1", Item.NEVER, 50);
        delete("a", 51);

        assertEquals(new Storage.Lookup.Absent(), get("a"));
        assertEquals(List.of(), keys(page("", "", 10, 1000, false)));
    }

    @Test
    void anUnknownShardIsElsewhere() {
        assertThrows(
                NoriException.NotLeader.class,
                () -> storage.get(new ShardId(64), Bytes.utf8("a"), Storage.Reach.DISK));
    }

    @Test
    void aScanGivesAllShardsInTheOrderOfKeys() {
        for (int i = 0; i < 100; i++) {
            put("key%02d".formatted(i * 37 % 100), "v" + i, Item.NEVER, 50);
        }
        List<String> all = IntStream.range(0, 100).mapToObj("key%02d"::formatted).toList();

        assertEquals(all, keys(page("", "", 1000, 100_000, false)));
        assertEquals(all.reversed(), keys(page("", "", 1000, 100_000, true)));
        assertEquals(all.subList(20, 30), keys(page("key20", "key30", 1000, 100_000, false)));
        assertEquals(
                all.subList(20, 30).reversed(), keys(page("key20", "key30", 1000, 100_000, true)));
    }

    @Test
    void pagesFollowEachOtherWithoutGapOrRepeat() {
        for (int i = 0; i < 50; i++) {
            put("key%02d".formatted(i), "v", Item.NEVER, 50);
        }
        List<String> all = IntStream.range(0, 50).mapToObj("key%02d"::formatted).toList();

        assertEquals(all, allPages(7, 100_000, false));
        assertEquals(all.reversed(), allPages(7, 100_000, true));
        assertEquals(all, allPages(1000, 1, false));
        assertEquals(all.reversed(), allPages(1000, 130, true));
    }

    /// Most of what lies in the range is deleted, or of shards that are not asked for.
    @Test
    void aPageThatLookedAtEnoughEndsAndTheNextGoesOn() {
        for (int i = 0; i < 600; i++) {
            String key = "key%03d".formatted(i);
            put(key, "v", Item.NEVER, 50);
            if (i % 40 != 0) {
                delete(key, 50);
            }
        }
        storage = new LsmStorage(lsm, 5);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 600; i += 40) {
            expected.add("key%03d".formatted(i));
        }

        assertEquals(expected, allPages(1000, 100_000, false));
        assertEquals(expected.reversed(), allPages(1000, 100_000, true));
        assertTrue(page("", "", 1000, 100_000, false).count() < expected.size());
    }

    @Test
    void aScanSeesOnlyTheShardsItAsksFor() {
        List<String> expected = new ArrayList<>();
        for (int i = 10; i < 99; i++) {
            String key = "key" + i;
            put(key, "v", Item.NEVER, 50);
            if (shard(key).number() % 2 == 0) {
                expected.add(key);
            }
        }

        var plan =
                new Storage.ScanPlan(
                        s -> s.number() % 2 == 0,
                        Bytes.EMPTY,
                        Bytes.EMPTY,
                        1000,
                        100_000,
                        false,
                        Projection.KEYS,
                        _ -> 0);

        assertEquals(expected, keys(storage.scan(plan)));
    }

    @Test
    void anExpiredItemIsLeftOutAndOneTheLeaderOutlivedIsReported() {
        put("gone", "v", 70, 60);
        put("late", "v", 100, 60);
        advance("gone", 80);
        advance("late", 80);

        var plan =
                new Storage.ScanPlan(
                        _ -> true,
                        Bytes.EMPTY,
                        Bytes.EMPTY,
                        10,
                        1000,
                        false,
                        Projection.COUNT,
                        _ -> 100);
        Storage.ScanPage page = storage.scan(plan);

        assertEquals(1, page.count());
        assertEquals(new Storage.Overdue.Shard(shard("late")), page.overdue());
    }

    private List<String> allPages(int itemsMax, int bytesMax, boolean reverse) {
        List<String> all = new ArrayList<>();
        String from = "";
        String to = "";
        while (true) {
            Storage.ScanPage page = page(from, to, itemsMax, bytesMax, reverse);
            all.addAll(keys(page));
            switch (page.next()) {
                case Storage.Position.End _ -> {
                    return all;
                }
                case Storage.Position.At(var key) when reverse -> to = key.toUtf8();
                case Storage.Position.At(var key) -> from = key.toUtf8();
            }
        }
    }

    private Storage.ScanPage page(
            String from, String to, int itemsMax, int bytesMax, boolean reverse) {
        return storage.scan(
                new Storage.ScanPlan(
                        _ -> true,
                        Bytes.utf8(from),
                        Bytes.utf8(to),
                        itemsMax,
                        bytesMax,
                        reverse,
                        Projection.ITEMS,
                        _ -> 0));
    }

    private static List<String> keys(Storage.ScanPage page) {
        assertEquals(page.count(), page.items().size());
        return page.items().stream().map(i -> i.key().toUtf8()).toList();
    }

    private Storage.Lookup get(String key) {
        return storage.get(shard(key), Bytes.utf8(key), Storage.Reach.DISK);
    }

    private void put(String key, String value, long expiresAtMillis, long logTimeMillis) {
        Storage.Batch batch = storage.newBatch();
        var at = new Version(1, ++index);
        batch.put(shard(key), at, Bytes.utf8(key), Bytes.utf8(value), expiresAtMillis);
        batch.applied(shard(key), new Storage.Applied(at, logTimeMillis));
        storage.write(batch);
    }

    private void delete(String key, long logTimeMillis) {
        Storage.Batch batch = storage.newBatch();
        var at = new Version(1, ++index);
        batch.delete(shard(key), at, Bytes.utf8(key));
        batch.applied(shard(key), new Storage.Applied(at, logTimeMillis));
        storage.write(batch);
    }

    private void advance(String key, long logTimeMillis) {
        Storage.Batch batch = storage.newBatch();
        batch.applied(
                shard(key), new Storage.Applied(new Version(1, ++index), logTimeMillis));
        storage.write(batch);
    }

    private static ShardId shard(String key) {
        return SHARDING.shardOf(Bytes.utf8(key));
    }
}
