package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// A random history of one store beside a list of its commits, from one seed, on one thread.
///
/// After a crash the store must be what a prefix of the commits makes, at least as long as what was
/// acknowledged as durable.
final class StoreHistory {
    private static final int KEYS = 40;
    private static final long FLUSH_MILLIS = 60_000;

    /// One operation; no value: the key is removed.
    private record Op(Bytes key, Optional<Bytes> value, long ttlMillis) {}

    /// @param logTimeMillis as the store says; of a commit under way: the earliest it may be
    private record Commit(List<Op> ops, long logTimeMillis) {}

    private record Value(Bytes bytes, long expiresAtMillis) {}

    private final SplittableRandom random;
    private final SeededLoops driver;
    private final StoreOptions options;
    private final List<Commit> commits = new ArrayList<>();
    private SimDisk disk;
    private SeededNode node;
    private Store store;
    private long logTime;

    /// The last commit may have any log time from the one in the list on.
    private boolean underWay;

    /// How many commits were acknowledged as durable.
    private long acked;

    private StoreSnapshot snapshot;
    private Map<Bytes, Bytes> seen = Map.of();

    StoreHistory(long seed) {
        this.random = new SplittableRandom(seed);
        this.driver = new SeededLoops(seed);
        this.disk = new SimDisk(seed);
        List<LsmOptions> engines = OptionSets.all();
        LsmOptions engine = engines.get(random.nextInt(engines.size()));
        var options = StoreOptions.defaults().withEngine(engine);
        long segment = 64 << 10;
        this.options =
                random.nextInt(5) == 0
                        ? options.withoutLog()
                        : options.withLog(new StoreOptions.Log(true, segment, 2 * segment, 5));
    }

    SimDisk disk() {
        return disk;
    }

    void open() {
        node = driver.node("node", this::fault);
        var environment =
                new Store.Environment(
                        disk,
                        "store",
                        node,
                        this::fault,
                        Meter.NONE,
                        Event.Sink.NONE,
                        random.nextLong());
        store = Store.open(environment, options);
    }

    private void fault(String where, Throwable cause) {
        if (!disk.hasCrashed()) {
            throw new AssertionError("fatal: " + where, cause);
        }
    }

    /// One operation of any kind.
    void step() {
        int dice = random.nextInt(1000);
        if (dice < 500) {
            commit();
        } else if (dice < 700) {
            get();
        } else if (dice < 850) {
            driver.runUntil(() -> false, random.nextInt(1, 40));
        } else if (dice < 890) {
            driver.advance(random.nextLong(20_000_000));
        } else if (dice < 920) {
            store.sync();
            acked = commits.size();
        } else if (dice < 930) {
            boolean done = store.flush(FLUSH_MILLIS);
            assertTrue(done || disk.hasCrashed(), "no flush");
            acked = done ? commits.size() : acked;
        } else if (dice < 950) {
            checkAll();
        } else if (dice < 980) {
            snapshotOrCheck();
        } else if (dice < 985) {
            closeAndOpen();
        } else if (dice < 988) {
            assertTrue(store.compact(FLUSH_MILLIS) || disk.hasCrashed(), "no compaction");
            checkAll();
        } else if (dice < 990) {
            node.jumpWallMillis(random.nextLong(-50, 200));
        }
    }

    private void commit() {
        int count = random.nextInt(3) > 0 ? 1 : random.nextInt(1, 12);
        List<Op> ops = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ops.add(op());
        }
        boolean sync = random.nextInt(3) == 0;
        Durability durability = sync ? Durability.SYNC : Durability.LATER;
        commits.add(new Commit(ops, Math.max(logTime, node.clock().wallMillis())));
        underWay = true;
        long index = commits.size();
        write(ops, durability);
        assertEquals(index, store.lastIndex());
        takeLogTime(node.clock().wallMillis());
        if (sync) {
            acked = index;
        }
        assertSame(ops.getLast().key());
    }

    /// Requires that the store's log time is that of the last commit. A write may wait for room
    /// before it is given its time, so that of one under way is the store's to say, between the
    /// write's begin and `wallMillis`.
    private void takeLogTime(long wallMillis) {
        logTime = store.lsm().applied(Store.SHARD).logTimeMillis();
        long earliest = commits.isEmpty() ? 0 : commits.getLast().logTimeMillis();
        long latest = underWay ? Math.max(earliest, wallMillis) : earliest;
        assertTrue(
                earliest <= logTime && logTime <= latest,
                () -> "log time: %d to %d, got %d".formatted(earliest, latest, logTime));
        if (underWay) {
            underWay = false;
            commits.add(new Commit(commits.removeLast().ops(), logTime));
        }
    }

    private void write(List<Op> ops, Durability durability) {
        if (ops.size() == 1 && random.nextBoolean()) {
            Op op = ops.getFirst();
            byte[] key = op.key().toByteArray();
            if (op.value().isEmpty()) {
                store.delete(key, durability);
            } else if (op.ttlMillis() > 0) {
                store.put(key, op.value().get().toByteArray(), op.ttlMillis(), durability);
            } else {
                store.put(key, op.value().get().toByteArray(), durability);
            }
            return;
        }
        var batch = new StoreBatch();
        for (Op op : ops) {
            byte[] key = op.key().toByteArray();
            if (op.value().isEmpty()) {
                batch.delete(key);
            } else if (op.ttlMillis() > 0) {
                batch.put(key, op.value().get().toByteArray(), op.ttlMillis());
            } else {
                batch.put(key, op.value().get().toByteArray());
            }
        }
        store.write(batch, durability);
    }

    private Op op() {
        Bytes key = key();
        if (random.nextInt(4) == 0) {
            return new Op(key, Optional.empty(), 0);
        }
        int length = random.nextInt(20) == 0 ? random.nextInt(9000) : random.nextInt(60);
        byte[] value = new byte[length];
        random.nextBytes(value);
        long ttl = random.nextInt(5) == 0 ? random.nextLong(1, 200) : 0;
        return new Op(key, Optional.of(Bytes.wrap(value)), ttl);
    }

    private Bytes key() {
        return Bytes.utf8("key%03d".formatted(random.nextInt(KEYS)));
    }

    /// What the first `count` commits make.
    private TreeMap<Bytes, Value> model(long count) {
        var model = new TreeMap<Bytes, Value>();
        for (Commit commit : commits.subList(0, (int) count)) {
            for (Op op : commit.ops()) {
                if (op.value().isEmpty()) {
                    model.remove(op.key());
                } else {
                    long ttl = op.ttlMillis();
                    long expiry = ttl == 0 ? Long.MAX_VALUE : commit.logTimeMillis() + ttl;
                    model.put(op.key(), new Value(op.value().get(), expiry));
                }
            }
        }
        return model;
    }

    private TreeMap<Bytes, Bytes> live() {
        long now = Math.max(logTime, node.clock().wallMillis());
        var live = new TreeMap<Bytes, Bytes>();
        model(commits.size())
                .forEach(
                        (key, value) -> {
                            if (value.expiresAtMillis() > now) {
                                live.put(key, value.bytes());
                            }
                        });
        return live;
    }

    private void get() {
        assertSame(key());
    }

    private void assertSame(Bytes key) {
        // Time may pass in a read only under a driver whose steps take time; here it does not.
        Optional<Bytes> expected = Optional.ofNullable(live().get(key));
        assertEquals(expected, store.get(key.toByteArray()).map(Bytes::wrap));
    }

    void checkAll() {
        try (StoreCursor cursor = store.cursor()) {
            assertContent(live(), cursor);
        }
        Bytes from = key();
        Bytes to = key();
        if (from.compareTo(to) <= 0) {
            try (StoreCursor cursor = store.cursor(from.toByteArray(), to.toByteArray())) {
                assertContent(live().subMap(from, to), cursor);
            }
        }
        LevelChecker.check(store.lsm().levels());
    }

    private void assertContent(Map<Bytes, Bytes> expected, StoreCursor cursor) {
        var rest = new TreeMap<>(expected);
        byte[] from = key().toByteArray();
        if (random.nextBoolean()) {
            if (random.nextBoolean()) {
                cursor.seekToFirst();
            } else {
                cursor.seek(from);
                rest.headMap(Bytes.wrap(from), false).clear();
            }
            for (var item : rest.entrySet()) {
                assertItem(item, cursor);
                cursor.next();
            }
        } else {
            if (random.nextBoolean()) {
                cursor.seekToLast();
            } else {
                cursor.seekForPrev(from);
                rest.tailMap(Bytes.wrap(from), false).clear();
            }
            for (var item : rest.descendingMap().entrySet()) {
                assertItem(item, cursor);
                cursor.prev();
            }
        }
        assertTrue(!cursor.isValid(), "a key too many");
    }

    private static void assertItem(Map.Entry<Bytes, Bytes> item, StoreCursor cursor) {
        assertTrue(cursor.isValid(), "a key is missing");
        assertEquals(item.getKey(), Bytes.wrap(cursor.key()));
        assertArrayEquals(item.getValue().toByteArray(), cursor.value());
    }

    private void snapshotOrCheck() {
        if (snapshot == null) {
            seen = live();
            snapshot = store.snapshot();
            return;
        }
        try (StoreCursor cursor = snapshot.cursor()) {
            assertContent(seen, cursor);
        }
        Bytes key = key();
        assertEquals(
                Optional.ofNullable(seen.get(key)),
                snapshot.get(key.toByteArray()).map(Bytes::wrap));
        letGo();
    }

    private void letGo() {
        if (snapshot != null) {
            snapshot.close();
            snapshot = null;
        }
    }

    private void closeAndOpen() {
        close();
        open();
        assertEquals(commits.size(), store.lastIndex());
        takeLogTime(logTime);
        checkAll();
    }

    /// Closes, and requires that nothing stays open.
    void close() {
        letGo();
        store.close();
        acked = commits.size();
        node.kill();
        if (!disk.hasCrashed()) {
            assertEquals(0, disk.openFiles(), "files after close");
            assertEquals(0, disk.openMappings(), "mappings after close");
        }
    }

    /// What the next start finds after the disk has crashed.
    ///
    /// @param crashes how often to crash again while recovering
    void restartAfterCrash(int crashes) {
        snapshot = null;
        long crashedAtMillis = node.clock().wallMillis();
        node.kill();
        disk.unmapAll();
        for (int i = 0; i < crashes; i++) {
            disk = disk.crash(random.nextLong());
            disk.crashAfter(random.nextLong(1, 40));
            try {
                open();
                driver.runUntil(disk::hasCrashed, random.nextLong(200));
                disk.crashNow();
            } catch (SimDisk.Crashed _) {
                // as meant
            } catch (NoriException e) {
                if (!disk.hasCrashed()) {
                    throw e;
                }
            }
            node.kill();
            disk.unmapAll();
        }
        disk = disk.crash(random.nextLong());
        open();
        long found = store.lastIndex();
        assertTrue(found >= acked, () -> "acknowledged %d, found %d".formatted(acked, found));
        assertTrue(found <= commits.size(), () -> "a commit that nobody made: " + found);
        underWay &= found == commits.size();
        commits.subList((int) found, commits.size()).clear();
        takeLogTime(crashedAtMillis);
        checkAll();
    }

    String describe() {
        return "%s %s".formatted(driver.describe(), options);
    }
}
