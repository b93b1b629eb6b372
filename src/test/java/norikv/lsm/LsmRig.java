package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// An engine on a simulated disk, driven by the test's own thread, for tests that say what happens
/// when.
final class LsmRig {
    static final String DIRECTORY = "lsm";

    final SeededLoops driver;
    final List<String> faults = new ArrayList<>();
    final List<Event> events = new ArrayList<>();
    private final LsmOptions options;
    private final Map<ShardId, Long> indexes = new TreeMap<>();
    SimDisk disk;
    Lsm lsm;
    private SeededNode node;
    private long logTime = 1000;

    LsmRig(LsmOptions options) {
        this.options = options;
        this.driver = new SeededLoops(1);
        this.disk = new SimDisk(1);
        open();
    }

    /// Small sizes, one band, nothing compacted by itself before `youngTrigger` tables.
    static LsmOptions options(int youngTrigger) {
        return LsmOptions.defaults()
                .withBands(1)
                .withMemory(new LsmOptions.Memory(64 << 10, 1 << 20, 1 << 21, true))
                .withTableBytes(8 << 10)
                .withBlockBytes(256)
                .withLevels(
                        new LsmOptions.Levels(youngTrigger, youngTrigger + 10, 1 << 20, 4))
                .withPace(new LsmOptions.Pace(64, 10, 4 << 10));
    }

    /// {@return the same on a disk of its own, not open}
    LsmRig copy() {
        return new LsmRig(options, disk.crash(1));
    }

    private LsmRig(LsmOptions options, SimDisk disk) {
        this.options = options;
        this.driver = new SeededLoops(1);
        this.disk = disk;
    }

    void open() {
        node = driver.node("node", (where, cause) -> faults.add(where + ": " + cause));
        node.jumpWallMillis(driver.nowNanos() / 1_000_000); // a node's clock begins anew
        lsm = Lsm.open(environment(), options);
    }

    Lsm.Environment environment() {
        return new Lsm.Environment(
                disk,
                DIRECTORY,
                node,
                (where, cause) -> faults.add(where + ": " + cause),
                Meter.NONE,
                events::add);
    }

    LsmRig withShards(int count) {
        lsm.createTablets(IntStream.range(0, count).mapToObj(ShardId::new).toList());
        return this;
    }

    void close() {
        lsm.close();
        node.kill();
    }

    /// The process ends and the disk keeps what it must, and no more than it may.
    void crash(long seed) {
        node.kill();
        disk.crashNow();
        disk = disk.crash(seed);
    }

    void jumpWallMillis(long millis) {
        node.jumpWallMillis(millis);
    }

    Version put(int shard, String key, String value) {
        return put(shard, key, value, 0);
    }

    Version put(int shard, String key, String value, long expiresAtMillis) {
        var batch = new WriteBatch();
        Version at = next(shard);
        batch.put(id(shard), 0, at, Bytes.utf8(key), Bytes.utf8(value), expiresAtMillis);
        batch.applied(id(shard), at, logTime);
        lsm.write(batch);
        return at;
    }

    void delete(int shard, String key) {
        var batch = new WriteBatch();
        Version at = next(shard);
        batch.delete(id(shard), 0, at, Bytes.utf8(key));
        batch.applied(id(shard), at, logTime);
        lsm.write(batch);
    }

    /// Moves the shard's applied place without touching a key.
    void advance(int shard, long millis) {
        logTime += millis;
        var batch = new WriteBatch();
        batch.applied(id(shard), next(shard), logTime);
        lsm.write(batch);
    }

    Version next(int shard) {
        return new Version(1, indexes.merge(id(shard), 1L, Long::sum));
    }

    long logTime() {
        return logTime;
    }

    /// {@return the value, or `-` if there is none}
    String get(int shard, String key) {
        var result = new GetResult();
        lsm.get(id(shard), 0, Bytes.utf8(key), Reach.DISK, result);
        return result.outcome() == GetResult.Outcome.FOUND
                ? Bytes.copyOf(result.value(), 0, result.valueLength()).toUtf8()
                : "-";
    }

    /// {@return `key=value` of all live items, in order}
    List<String> scan() {
        List<String> items = new ArrayList<>();
        var plan = new RangePlan(0, _ -> true, Bytes.EMPTY, Bytes.EMPTY, false);
        try (RangeCursor cursor = lsm.scan(plan)) {
            read(cursor, items);
        }
        return items;
    }

    static void read(RangeCursor cursor, List<String> items) {
        for (; cursor.isValid(); cursor.next()) {
            items.add(item(cursor));
        }
    }

    static void readBackward(RangeCursor cursor, List<String> items) {
        for (; cursor.isValid(); cursor.prev()) {
            items.add(item(cursor));
        }
    }

    /// {@return `key=value` of the current item}
    static String item(RangeCursor cursor) {
        byte[] value = new byte[cursor.valueLength()];
        cursor.copyValue(value, 0);
        return cursor.key().toUtf8() + "=" + Bytes.wrap(value).toUtf8();
    }

    /// Makes everything durable and lets all loops come to rest.
    void flush() {
        if (!lsm.flush(driver.nowNanos() + 60_000_000_000L)) {
            throw new AssertionError("flush did not end");
        }
        settle();
    }

    void settle() {
        driver.runUntilIdle(1_000_000);
    }

    int tables(int level) {
        return lsm.levels().level(level).size();
    }

    List<String> files() {
        return disk.list(DIRECTORY);
    }

    static ShardId id(int shard) {
        return new ShardId(shard);
    }
}
