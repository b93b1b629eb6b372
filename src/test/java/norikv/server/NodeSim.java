package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// One whole node below its sockets, life after life, on one thread, one seed and a simulated disk.
///
/// Requests are asked at random, the disk crashes at any call, recovery included, clocks jump; a
/// [KeyWitness] a key says whether the answers can all be true.
final class NodeSim {
    private static final int KEYS = 16;
    private static final long STEPS_MAX = 3_000_000;
    private static final long TTL_MILLIS_MAX = 2_000;

    /// Whether disks run full, which engines complain of at length: `-Dcrash.full=true`.
    private static final boolean MAY_FILL = Boolean.getBoolean("crash.full");

    final Random random;
    final SeededLoops driver;
    SimDisk disk;
    int crashesInRecovery;
    int acknowledged;
    private final Stack.Options options;
    private final Map<String, KeyWitness> keys = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();
    private SeededNode node;
    private Stack stack;
    private int life;
    private int underWay;
    private int values;

    NodeSim(long seed) {
        random = new Random(seed);
        driver = new SeededLoops(seed);
        disk = new SimDisk(seed);
        int kib = 1 << 10;
        var memory =
                new LsmOptions.Memory((16 << random.nextInt(4)) * kib, 1 << 20, 64 << 20, true);
        options =
                new Stack.Options(
                        new Sharding(8),
                        LsmOptions.defaults()
                                .withBands(1 + random.nextInt(8))
                                .withMemory(memory)
                                .withTableBytes(16 * kib)
                                .withBlockBytes(1 * kib)
                                .withLevels(new LsmOptions.Levels(2, 12, 64 * kib, 4)),
                        64 * kib,
                        0,
                        32 << 20,
                        Host.Options.defaults(2)
                                .withWorkers(1 + random.nextInt(2))
                                .withUnflushed(512 * kib, 20_000),
                        KeyValueNode.Options.defaults());
        for (int i = 0; i < KEYS; i++) {
            keys.put("k" + i, new KeyWitness("k" + i));
        }
    }

    /// Lives until the disk crashes, or for a while, and ends by a crash or a clean stop.
    void live(int steps) {
        if (random.nextInt(4) > 0) {
            disk.crashAfter(1 + random.nextInt(random.nextBoolean() ? 60 : 400));
        }
        try {
            open();
            for (int i = 0; i < steps && faults.isEmpty() && !disk.hasCrashed(); i++) {
                step();
            }
            if (faults.isEmpty() && !disk.hasCrashed() && random.nextInt(3) == 0) {
                stop();
                if (!disk.hasCrashed()) {
                    return;
                }
            }
        } catch (SimDisk.Crashed _) {
            crashesInRecovery++;
        } catch (NoriException.Unavailable e) { // the log did not take the first entries
            boolean isFull = disk.freeBytes() < options.logSegmentBytes();
            assertTrue(disk.hasCrashed() || isFull, e::toString);
        } catch (NoriException.DiskFailure e) {
            assertEquals(NoriException.DiskFailure.Reason.FULL, e.reason());
        }
        crash();
    }

    /// Starts and waits until everything acknowledged before can be read.
    void openAndRecover() {
        disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        disk.crashAfter(Long.MAX_VALUE / 2);
        open();
        boolean recovered = driver.runUntil(() -> stack.isRecovered(), STEPS_MAX);
        assertTrue(recovered, () -> faults + driver.describe());
    }

    /// Reads every key and scans them all: each answer must be possible, and both must agree.
    void checkEverything() {
        assertTrue(driver.runUntil(() -> underWay == 0, STEPS_MAX), driver::describe);
        Map<Bytes, Item> read = new TreeMap<>();
        for (String key : keys.keySet()) {
            Bytes bytes = Bytes.utf8(key);
            Reply reply = ask(new Request.Get(bytes, Consistency.LINEARIZABLE));
            KeyWitness witness = keys.get(key);
            witness.read(reply, witness.floor());
            if (reply instanceof Reply.Found(Bytes value, Version at, long expires, _)) {
                read.put(bytes, new Item(bytes, value, at, expires));
            }
        }
        assertEquals(List.copyOf(read.values()), scanAll(random.nextBoolean()));
    }

    /// Whatever has a time to live is gone after it, and comes back neither with a restart nor with
    /// a wall clock that is set back.
    void checkThatExpiredStaysMissing() {
        driver.advance(3 * TTL_MILLIS_MAX * 1_000_000);
        checkEverything();
        assertNothingExpires();
        crash();
        openAfter(-7_200_000);
        assertTrue(driver.runUntil(() -> stack.isRecovered(), STEPS_MAX), driver::describe);
        checkEverything();
        assertNothingExpires();
    }

    void stop() {
        stack.close();
        node.kill();
        assertEquals(0, underWay, "unanswered after a clean stop");
        assertTrue(disk.hasCrashed() || faults.isEmpty(), faults::toString);
    }

    void crash() {
        for (String fault : faults) {
            assertTrue(fault.contains("rashed") || fault.contains("No space"), fault);
        }
        node.kill();
        disk.crashNow();
        disk.unmapAll();
        disk = disk.crash(random.nextLong());
        keys.values().forEach(KeyWitness::crashed);
        underWay = 0;
        life++;
    }

    private void open() {
        openAfter(random.nextInt(6) == 0 ? random.nextInt(20_000) - 10_000 : 0);
    }

    private void openAfter(long wallJumpMillis) {
        faults.clear();
        node = driver.node("n" + life, (where, cause) -> faults.add(where + ": " + cause));
        node.jumpWallMillis(driver.nowNanos() / 1_000_000 + wallJumpMillis);
        stack = SimStack.open(disk, node, faults, options);
    }

    private void step() {
        switch (random.nextInt(10)) {
            case 0 -> driver.advance(random.nextInt(100_000_000));
            case 1 -> driver.runUntilIdle(STEPS_MAX);
            case 2, 3 -> driver.runUntilIdle(random.nextInt(12));
            case 4 -> {
                switch (random.nextInt(24)) {
                    case 0, 1, 2 -> node.jumpWallMillis(random.nextInt(4_000) - 2_000);
                    case 3 -> {
                        if (MAY_FILL) {
                            fillDisk();
                        }
                    }
                    case 4, 5 -> disk.setTotalBytes(SimDisk.TOTAL_BYTES);
                    default -> {}
                }
            }
            case 5 -> read();
            default -> write();
        }
    }

    /// Leaves room for little more.
    private void fillDisk() {
        long used = disk.totalBytes() - disk.freeBytes();
        disk.setTotalBytes(used + random.nextInt(100_000));
    }

    private void read() {
        String key = anyKey();
        KeyWitness.Floor floor = keys.get(key).floor();
        int asked = life;
        var consistency = random.nextBoolean() ? Consistency.LINEARIZABLE : Consistency.LEASE;
        submit(
                new Request.Get(Bytes.utf8(key), consistency),
                reply -> {
                    assertEquals(life, asked, "an answer from the dead");
                    keys.get(key).read(reply, floor);
                });
    }

    private void write() {
        for (int i = random.nextInt(3); i >= 0; i--) {
            String key = anyKey();
            Bytes name = Bytes.utf8(key);
            Bytes value = Bytes.utf8("v" + values++ + "-" + "x".repeat(random.nextInt(1_500)));
            long ttl = random.nextInt(4) == 0 ? 1 + random.nextLong(TTL_MILLIS_MAX) : 0;
            boolean isDelete = random.nextInt(6) == 0;
            boolean vanishes = isDelete || ttl > 0;
            KeyWitness witness = keys.get(key);
            KeyWitness.Write write = vanishes ? witness.vanishing(value) : witness.put(value);
            Precondition condition = anyCondition(write.floor.told());
            int asked = life;
            submit(
                    isDelete
                            ? new Request.Delete(name, condition)
                            : new Request.Put(name, value, ttl, condition),
                    reply -> {
                        assertEquals(life, asked, "an answer from the dead");
                        write.answered(reply);
                        acknowledged += write.fate == KeyWitness.Fate.DONE ? 1 : 0;
                    });
        }
    }

    private Precondition anyCondition(Version newest) {
        return switch (random.nextInt(6)) {
            case 0 -> Precondition.IF_ABSENT;
            case 1 ->
                    newest.equals(Version.NONE)
                            ? Precondition.NONE
                            : new Precondition.IfVersion(newest);
            default -> Precondition.NONE;
        };
    }

    private void submit(Request request, java.util.function.Consumer<Reply> answer) {
        underWay++;
        long deadline = driver.nowNanos() + random.nextLong(5_000_000_000L);
        boolean[] answered = new boolean[1];
        stack.keyValue()
                .submit(
                        request,
                        deadline,
                        reply -> {
                            assertTrue(!answered[0], "answered twice");
                            answered[0] = true;
                            underWay--;
                            answer.accept(reply);
                        });
    }

    private Reply ask(Request request) {
        var replies = new ArrayList<Reply>();
        long deadline = driver.nowNanos() + 60_000_000_000L;
        stack.keyValue().submit(request, deadline, replies::add);
        boolean answered = driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX);
        assertTrue(answered, () -> faults + driver.describe());
        return replies.getFirst();
    }

    private List<Item> scanAll(boolean reverse) {
        List<Item> items = new ArrayList<>();
        Bytes cursor = Bytes.EMPTY;
        do {
            Reply reply =
                    ask(
                            new Request.Scan(
                                    Bytes.EMPTY,
                                    Bytes.EMPTY,
                                    1 + random.nextInt(5),
                                    1 + random.nextInt(4_000),
                                    reverse,
                                    Request.Projection.ITEMS,
                                    Consistency.LINEARIZABLE,
                                    cursor));
            Reply.Page page = assertInstanceOf(Reply.Page.class, reply);
            items.addAll(page.items());
            cursor = page.cursor();
        } while (!cursor.isEmpty());
        return reverse ? items.reversed() : items;
    }

    private void assertNothingExpires() {
        for (Item item : scanAll(false)) {
            assertEquals(Item.NEVER, item.expiresAtMillis(), () -> item.key().toUtf8());
        }
    }

    private String anyKey() {
        return "k" + random.nextInt(KEYS);
    }
}
