package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// A random history of one engine beside its twins, from one seed, on one thread.
///
/// What the engine answers is compared with the twins at once; every new set of levels is checked
/// whole. The twins' logs play the host's log: after a restart what lies behind the flushed places
/// is replayed.
final class History {
    static final int SHARDS = 7;
    private static final String DIRECTORY = "lsm";
    private static final int[] SPACES = {0, 3};

    private final SplittableRandom random;
    private final LsmOptions options;
    private final SeededLoops driver;
    private final Map<ShardId, ShardTwin> twins = new TreeMap<>();
    private final Map<ShardId, AppliedAt> told = new HashMap<>();
    private final GetResult result = new GetResult();
    private SimDisk disk;
    private SeededNode node;
    private Lsm lsm;
    private Levels checked = Levels.EMPTY;
    private HeldScan held;
    private long logTime = 1000;
    private long written;

    /// A shard whose tablet was being made or dropped when the disk went.
    private ShardId unsure;

    History(long seed, LsmOptions options) {
        this.random = new SplittableRandom(seed);
        this.options = options;
        this.driver = new SeededLoops(seed);
        this.disk = new SimDisk(seed);
    }

    SimDisk disk() {
        return disk;
    }

    Lsm lsm() {
        return lsm;
    }

    SeededLoops driver() {
        return driver;
    }

    /// {@return how many entries were written to logs}
    long written() {
        return written;
    }

    /// Opens the engine for the first time, with all shards but one.
    void begin() {
        open();
        List<ShardId> shards = new ArrayList<>();
        for (int i = 0; i < SHARDS - 1; i++) {
            shards.add(new ShardId(i));
        }
        lsm.createTablets(shards);
        shards.forEach(shard -> twins.put(shard, new ShardTwin(shard)));
    }

    /// One operation of any kind.
    void step() {
        int dice = random.nextInt(1000);
        if (dice < 400) {
            write();
        } else if (dice < 700) {
            get();
        } else if (dice < 780) {
            scan();
        } else if (dice < 940) {
            driver.runUntil(() -> false, random.nextInt(1, 40));
        } else if (dice < 950) {
            lsm.requestFlush();
        } else if (dice < 955) {
            flush();
        } else if (dice < 965) {
            driver.advance(random.nextLong(20_000_000));
        } else if (dice < 985) {
            holdOrCheckScan();
        } else if (dice < 990) {
            dropOrCreate();
        } else if (dice < 992) {
            closeAndReopen();
        } else {
            checkPlaces();
        }
        checkLevels();
    }

    private void write() {
        var batch = new WriteBatch();
        int groups = twins.isEmpty() ? 0 : random.nextInt(1, 4);
        for (int i = 0; i < groups; i++) {
            ShardTwin twin = anyTwin();
            int entries = random.nextInt(1, 4);
            for (int e = 0; e < entries; e++) {
                append(twin, batch);
            }
            AppliedAt place = twin.place();
            batch.applied(twin.shard(), place.at(), place.logTimeMillis());
        }
        lsm.write(batch);
        if (lsm.pressure() > 1.5) {
            // What a host does that heeds the pressure.
            driver.runUntil(() -> lsm.pressure() <= 1, 200);
        }
    }

    private void append(ShardTwin twin, WriteBatch batch) {
        logTime += random.nextInt(5);
        List<ShardTwin.Op> ops = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            ops.add(op(twin));
        }
        ShardTwin.Entry entry = twin.append(1 + twin.lastIndex() / 50, logTime, ops);
        add(twin.shard(), entry, batch);
        written++;
    }

    private ShardTwin.Op op(ShardTwin twin) {
        Bytes key = key(twin.shard());
        int space = SPACES[random.nextInt(8) == 0 ? 1 : 0];
        if (random.nextInt(4) == 0) {
            return new ShardTwin.Op(space, key, null, 0);
        }
        int length = random.nextInt(20) == 0 ? random.nextInt(5000) : random.nextInt(60);
        byte[] value = new byte[length];
        random.nextBytes(value);
        long expiry = random.nextInt(4) == 0 ? logTime + random.nextInt(-2, 100) : 0;
        return new ShardTwin.Op(space, key, Bytes.wrap(value), expiry);
    }

    private static void add(ShardId shard, ShardTwin.Entry entry, WriteBatch batch) {
        for (ShardTwin.Op op : entry.ops()) {
            if (op.value() == null) {
                batch.delete(shard, op.space(), entry.at(), op.key());
            } else {
                batch.put(
                        shard,
                        op.space(),
                        entry.at(),
                        op.key(),
                        op.value(),
                        op.expiresAtMillis());
            }
        }
    }

    /// A key that belongs to one shard only, as a hash would see to; few, so that they meet again.
    private Bytes key(ShardId shard) {
        int number = random.nextInt(30);
        String stem = number % 3 == 0 ? "" : number % 3 == 1 ? "common-prefix-" : "c";
        return Bytes.utf8("%s%02d/%d".formatted(stem, number, shard.number()));
    }

    private ShardTwin anyTwin() {
        List<ShardTwin> all = List.copyOf(twins.values());
        return all.get(random.nextInt(all.size()));
    }

    private void get() {
        var shard = new ShardId(random.nextInt(SHARDS));
        Bytes key = key(shard);
        int space = SPACES[random.nextInt(SPACES.length)];
        Reach reach = random.nextBoolean() ? Reach.DISK : Reach.MEMORY;
        ShardTwin twin = twins.get(shard);
        if (twin == null) {
            assertThrows(
                    NoriException.NotLeader.class, () -> lsm.get(shard, space, key, reach, result));
            return;
        }
        lsm.get(shard, space, key, reach, result);
        if (reach == Reach.DISK || result.outcome() != GetResult.Outcome.COLD) {
            var op = new ShardTwin.Op(space, key, Bytes.EMPTY, 0);
            assertFound(twin.values().get(op.place()), twin.place());
        }
    }

    /// An expired value may be found as it is or not at all: who asks judges.
    private void assertFound(ShardTwin.Value expected, AppliedAt place) {
        assertEquals(place.at().index(), result.appliedIndex());
        assertEquals(place.logTimeMillis(), result.appliedLogTimeMillis());
        boolean isLive = expected != null && expected.isLiveAt(place.logTimeMillis());
        if (!isLive && result.outcome() == GetResult.Outcome.ABSENT) {
            return;
        }
        assertEquals(GetResult.Outcome.FOUND, result.outcome(), this::describe);
        assertTrue(expected != null, () -> "found what is not there: " + describe());
        assertEquals(expected.at().index(), result.index());
        assertEquals(expected.at().term(), result.term());
        assertEquals(expected.expiresAtMillis(), result.expiresAtMillis());
        assertEquals(expected.bytes(), Bytes.copyOf(result.value(), 0, result.valueLength()));
    }

    private void scan() {
        var scan = new HeldScan(random, lsm, twins);
        scan.check(random.nextInt(4) == 0 ? random.nextInt(10) : Integer.MAX_VALUE);
        scan.close();
    }

    /// Begins a scan that others happen beside, or looks whether one still sees what it saw.
    private void holdOrCheckScan() {
        if (held == null) {
            held = new HeldScan(random, lsm, twins);
        } else {
            held.check(random.nextInt(20));
            if (random.nextInt(3) == 0) {
                held.check(Integer.MAX_VALUE);
                held.close();
                held = null;
            }
        }
    }

    private void dropOrCreate() {
        var shard = new ShardId(random.nextInt(SHARDS));
        unsure = shard;
        if (twins.containsKey(shard)) {
            lsm.dropTablet(shard);
            twins.remove(shard);
            told.remove(shard);
        } else {
            lsm.createTablets(List.of(shard));
            twins.put(shard, new ShardTwin(shard));
        }
        unsure = null;
    }

    private void flush() {
        boolean done = lsm.flush(driver.nowNanos() + 60_000_000_000L);
        assertTrue(done || disk.hasCrashed(), "flush did not end");
    }

    private void checkPlaces() {
        for (ShardTwin twin : twins.values()) {
            assertEquals(twin.place(), lsm.applied(twin.shard()));
            AppliedAt durable = lsm.durable(twin.shard());
            assertEquals(twin.placeAt(durable.at().index()), durable);
        }
    }

    private void checkLevels() {
        if (disk.hasCrashed()) {
            return;
        }
        Levels now = lsm.levels();
        if (now != checked) {
            LevelChecker.check(now);
            checked = now;
        }
    }

    private void letGo() {
        if (held != null) {
            held.close();
            held = null;
        }
    }

    private void closeAndReopen() {
        letGo();
        if (random.nextBoolean()) {
            flush();
        }
        lsm.close();
        node.kill();
        if (!disk.hasCrashed()) {
            assertEquals(0, disk.openMappings(), "mappings after close");
            assertEquals(0, disk.openFiles(), "files after close");
        }
        open();
        recover();
    }

    /// Closes for good, and requires that nothing is left open.
    void end() {
        letGo();
        checkAll();
        lsm.close();
        node.kill();
        assertEquals(0, disk.openMappings(), "mappings after close");
        assertEquals(0, disk.openFiles(), "files after close");
    }

    /// What the next start finds after the disk has crashed.
    ///
    /// @param crashes how often to crash again while recovering
    void restartAfterCrash(int crashes) {
        held = null;
        node.kill();
        disk.unmapAll();
        for (int i = 0; i < crashes; i++) {
            disk = disk.crash(random.nextLong());
            disk.crashAfter(random.nextLong(1, 30));
            try {
                open();
                recover();
                driver.runUntil(disk::hasCrashed, random.nextLong(200));
                disk.crashNow();
            } catch (SimDisk.Crashed _) {
                // as meant
            }
            node.kill();
            disk.unmapAll();
        }
        disk = disk.crash(random.nextLong());
        open();
        recover();
        checkAll();
    }

    private void open() {
        node = driver.node("node", this::fault);
        var environment =
                new Lsm.Environment(
                        disk, DIRECTORY, node, this::fault, Meter.NONE, Event.Sink.NONE);
        lsm = Lsm.open(environment, options);
        lsm.onFlushed(told::putAll);
        checked = Levels.EMPTY;
    }

    private void fault(String where, Throwable cause) {
        if (!disk.hasCrashed()) {
            throw new AssertionError("fatal: " + where, cause);
        }
    }

    /// Requires that each shard is an exact prefix of its log, no shorter than what was said to be
    /// durable, and replays the rest, sometimes more than the rest.
    private void recover() {
        settleUnsure();
        for (int i = 0; i < SHARDS; i++) {
            var shard = new ShardId(i);
            if (!twins.containsKey(shard)) {
                assertThrows(NoriException.NotLeader.class, () -> lsm.applied(shard));
            }
        }
        for (ShardTwin twin : twins.values()) {
            AppliedAt durable = lsm.durable(twin.shard());
            long index = durable.at().index();
            AppliedAt promised = told.getOrDefault(twin.shard(), AppliedAt.NOTHING);
            assertTrue(index >= promised.at().index(), "less is durable than was said");
            assertEquals(twin.placeAt(index), durable);
            assertEquals(durable, lsm.applied(twin.shard()));
            new HeldScan(lsm, twin, index).checkAndClose();
            replay(twin, Math.max(0, index - random.nextInt(5)));
        }
    }

    private void settleUnsure() {
        if (unsure == null) {
            return;
        }
        boolean exists = lsm.hasTablet(unsure);
        if (!exists) {
            twins.remove(unsure);
            told.remove(unsure);
        } else {
            twins.computeIfAbsent(unsure, ShardTwin::new);
        }
        unsure = null;
    }

    private void replay(ShardTwin twin, long after) {
        var batch = new WriteBatch();
        for (long i = after; i < twin.lastIndex(); i++) {
            ShardTwin.Entry entry = twin.log().get((int) i);
            add(twin.shard(), entry, batch);
            batch.applied(twin.shard(), entry.at(), entry.logTimeMillis());
            if (random.nextInt(4) == 0) {
                lsm.write(batch);
                batch.clear();
                driver.runUntil(() -> lsm.pressure() <= 1, 20);
            }
        }
        lsm.write(batch);
    }

    /// Compares everything with the twins.
    void checkAll() {
        checkPlaces();
        for (ShardTwin twin : twins.values()) {
            new HeldScan(lsm, twin, twin.lastIndex()).checkAndClose();
        }
        for (int i = 0; i < 4; i++) {
            scan();
        }
        checkLevels();
    }

    String describe() {
        return "%s %s".formatted(driver.describe(), options);
    }
}
