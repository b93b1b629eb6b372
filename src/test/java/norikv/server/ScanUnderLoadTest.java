package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.NodeId;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Scans of a whole node, on real threads, while others write and tables come and go.
@Timeout(120)
final class ScanUnderLoadTest {
    private static final int STABLE_KEYS = 300;
    private static final int CHURNED_KEYS = 300;
    private static final int WRITERS = 3;
    private static final int SCANS = 30;
    private static final int FLUSHES_MIN = 5;
    private static final long SCANS_MAX = 3_000;

    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger flushes = new AtomicInteger();
    private final AtomicInteger compactions = new AtomicInteger();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final Random random = new Random(Long.getLong("seed", 1));

    @Test
    void aScanHasEachLiveKeyOnceInOrderWhileTablesComeAndGo() throws InterruptedException {
        Stack stack = open();
        Set<Bytes> stable = new HashSet<>();
        for (int i = 0; i < STABLE_KEYS; i++) {
            stable.add(stableKey(i));
            assertInstanceOf(Reply.Written.class, ask(stack, put(stableKey(i), i)));
        }
        List<Map<Bytes, Bytes>> written = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            int own = w;
            Map<Bytes, Bytes> live = new TreeMap<>();
            written.add(live);
            writers.add(Thread.ofPlatform().start(() -> guarded(() -> write(stack, own, live))));
        }
        // At least so many scans, and until enough has happened below them.
        for (int i = 0; i < SCANS || flushes.get() < FLUSHES_MIN && i < SCANS_MAX; i++) {
            checkOrderAndStableKeys(scan(stack, i % 2 == 1), i % 2 == 1, stable);
        }
        isOver.set(true);
        for (Thread writer : writers) {
            writer.join();
        }

        assertEquals(List.of(), List.copyOf(faults));
        assertTrue(flushes.get() >= FLUSHES_MIN, () -> "flushes: " + flushes);
        assertTrue(compactions.get() > 0, "compactions");
        Map<Bytes, Bytes> expected = new TreeMap<>();
        written.forEach(expected::putAll);
        Map<Bytes, Bytes> found = new TreeMap<>();
        scan(stack, false).forEach(item -> found.put(item.key(), item.value()));
        found.keySet().removeIf(key -> stable.contains(key) && !expected.containsKey(key));
        assertEquals(expected, found);
        stack.close();
        assertEquals(List.of(), List.copyOf(faults));
    }

    private static void checkOrderAndStableKeys(
            List<Item> items, boolean reverse, Set<Bytes> stable) {
        Set<Bytes> left = new HashSet<>(stable);
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                int order = items.get(i - 1).key().compareTo(items.get(i).key());
                assertTrue(reverse ? order > 0 : order < 0, "each once, in order");
            }
            left.remove(items.get(i).key());
        }
        assertEquals(Set.of(), left, "live all the time, not in the scan");
    }

    /// Overwrites its share of the stable keys, writes and deletes its share of the others.
    private void write(Stack stack, int own, Map<Bytes, Bytes> live) {
        Random dice = new Random(own);
        for (int i = 0; !isOver.get(); i++) {
            boolean isStable = dice.nextInt(3) == 0;
            int share = dice.nextInt((isStable ? STABLE_KEYS : CHURNED_KEYS) / WRITERS);
            int number = share * WRITERS + own;
            Bytes key = isStable ? stableKey(number) : Bytes.utf8("c%04d".formatted(number));
            if (!isStable && dice.nextInt(3) == 0) {
                Reply reply = ask(stack, new Request.Delete(key, Precondition.NONE));
                if (reply instanceof Reply.Deleted) {
                    live.remove(key);
                }
            } else {
                Request.Put put = put(key, i);
                if (ask(stack, put) instanceof Reply.Written) {
                    live.put(key, put.value());
                }
            }
        }
    }

    private List<Item> scan(Stack stack, boolean reverse) {
        List<Item> items = new ArrayList<>();
        Bytes cursor = Bytes.EMPTY;
        do {
            var request =
                    new Request.Scan(
                            Bytes.EMPTY,
                            Bytes.EMPTY,
                            1 + random.nextInt(100),
                            1 + random.nextInt(20_000),
                            reverse,
                            Request.Projection.ITEMS,
                            Consistency.LINEARIZABLE,
                            cursor);
            Reply.Page page = assertInstanceOf(Reply.Page.class, ask(stack, request));
            items.addAll(page.items());
            cursor = page.cursor();
        } while (!cursor.isEmpty());
        return items;
    }

    private static Bytes stableKey(int number) {
        return Bytes.utf8("s%04d".formatted(number));
    }

    private static Request.Put put(Bytes key, int number) {
        Bytes value = Bytes.utf8(number + "-" + "x".repeat(400));
        return new Request.Put(key, value, Request.Put.NO_TTL, Precondition.NONE);
    }

    private static Reply ask(Stack stack, Request request) {
        var reply = new CompletableFuture<Reply>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        stack.keyValue().submit(request, deadline, reply::complete);
        return reply.join();
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | AssertionError e) {
            faults.add(e.toString());
        }
    }

    private void heard(Event event) {
        switch (event) {
            case Event.Lsm.FlushComplete _ -> flushes.incrementAndGet();
            case Event.Compaction.Finish _ -> compactions.incrementAndGet();
            default -> {}
        }
    }

    private Stack open() {
        int kib = 1 << 10;
        var memory = new LsmOptions.Memory(64 * kib, 4 << 20, 64 << 20, true);
        var options =
                new Stack.Options(
                        new Sharding(16),
                        LsmOptions.defaults()
                                .withBands(4)
                                .withMemory(memory)
                                .withTableBytes(32 * kib)
                                .withBlockBytes(kib)
                                .withLevels(new LsmOptions.Levels(2, 60, 64 * kib, 4)),
                        1 << 20,
                        0,
                        32 << 20,
                        Host.Options.defaults(2)
                                .withWorkers(2)
                                .withUnflushed(16 << 20, 100_000),
                        KeyValueNode.Options.defaults());
        var loops = new ThreadLoops((where, cause) -> faults.add(where + ": " + cause));
        Stack stack =
                Stack.open(
                        new Stack.Environment(
                                new SimDisk(1),
                                loops,
                                (where, cause) -> faults.add(where + ": " + cause),
                                Meter.NONE,
                                this::heard,
                                () -> new Reply.Status(Map.of(), List.of(), Map.of()),
                                Stack.Member.alone(
                                        new NodeId("n1"),
                                        options.sharding().totalShards(),
                                        77,
                                        new SplittableRandom(77))),
                        options);
        while (!stack.isRecovered()) {
            assertTrue(faults.isEmpty(), faults::toString);
            Thread.onSpinWait();
        }
        return stack;
    }
}
