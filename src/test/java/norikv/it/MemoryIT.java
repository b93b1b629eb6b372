package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.client.Scan;
import norikv.client.ScanOptions;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real node with a small heap, and clients that would fill a careless one. `-Dmemory.keys=N`,
/// `-Dmemory.scanned=N` and `-Dmemory.operations=N` for more.
@Timeout(300)
final class MemoryIT {
    private static final int KEYS = Integer.getInteger("memory.keys", 1_000_000);
    private static final int SCANNED_BY_EACH = Integer.getInteger("memory.scanned", 30_000);
    private static final int OPERATIONS = Integer.getInteger("memory.operations", 60_000);
    private static final String[] SMALL_HEAP = {"-Xmx256m", "-XX:+ExitOnOutOfMemoryError"};
    private static final int BATCH = 1_000;
    private static final int IN_FLIGHT = 8;
    private static final int SLOW_READERS = 20;
    private static final int DEAF_CLIENTS = 10;
    private static final int UNREAD_REQUESTS = 300;
    private static final int BIG_VALUE_BYTES = 256 << 10;
    private static final int FEW_KEYS = 2_000;

    /// What the heap may grow by while the data stays the same: caches that were not full yet.
    private static final long GROWTH_BYTES_MAX = 24L << 20;

    @TempDir private Path folder;

    @Test
    void aMillionKeysAndTwentySlowReadersFitInASmallHeap() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder, SMALL_HEAP).mustBeReady();
                Norikv client = node.connect()) {
            inBatches(client, KEYS, i -> put(key(i), Bytes.utf8("v" + i)));
            List<RawPeer> stuck = new ArrayList<>();
            for (int i = 0; i < SLOW_READERS; i++) {
                stuck.add(askForPagesAndNotRead(node));
            }
            var faults = new ConcurrentLinkedQueue<Throwable>();
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < SLOW_READERS; i++) {
                int from = (int) ((long) i * KEYS / SLOW_READERS);
                Thread reader = Thread.ofVirtual().unstarted(() -> readFrom(node, from));
                reader.setUncaughtExceptionHandler((_, e) -> faults.add(e));
                reader.start();
                readers.add(reader);
            }
            var everything = ScanOptions.all().withDeadline(Duration.ofSeconds(60));
            assertEquals(KEYS, client.count(everything));
            for (Thread reader : readers) {
                reader.join();
            }

            assertEquals(List.of(), List.copyOf(faults));
            for (RawPeer peer : stuck) {
                assertTrue(peer.read().reply() instanceof Reply.Page, "answered all the same");
                peer.close();
            }
            assertEquals(0, node.stop(), node::errors);
        }
    }

    @Test
    void clientsThatNeverReadTheirRepliesDoNotGrowTheServer() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder, SMALL_HEAP).mustBeReady();
                Norikv client = node.connect()) {
            client.put(Bytes.utf8("big"), Bytes.wrap(new byte[BIG_VALUE_BYTES]));
            List<RawPeer> deaf = new ArrayList<>();
            for (int i = 0; i < DEAF_CLIENTS; i++) {
                RawPeer peer = RawPeer.greetedWithSmallBuffer(node.port());
                deaf.add(peer);
                for (int id = 1; id <= UNREAD_REQUESTS; id++) {
                    peer.send(
                            RawPeer.frame(
                                    FrameType.REQUEST,
                                    id,
                                    RawPeer.request(
                                            1,
                                            out ->
                                                    out.u8(0)
                                                            .lengthAndBytes(Bytes.utf8("big")))));
                }
            }
            // Together they asked for three times the heap. The node must serve others.
            inBatches(client, 10 * BATCH, i -> put(key(i), Bytes.utf8("v")));
            assertTrue(client.status().isReady());
            for (RawPeer peer : deaf) {
                peer.close();
            }
            assertEquals(0, node.stop(), node::errors);
        }
    }

    @Test
    void theHeapIsFlatUnderLoad() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder, SMALL_HEAP).mustBeReady();
                Norikv client = node.connect()) {
            Random random = new Random(1);
            byte[] value = new byte[1_000];
            IntFunction<Request.Single> mixed =
                    _ -> {
                        Bytes key = key(random.nextInt(FEW_KEYS));
                        return random.nextBoolean()
                                ? put(key, Bytes.wrap(value))
                                : new Request.Get(key, Consistency.LINEARIZABLE);
                    };
            inBatches(client, OPERATIONS, mixed);
            long before = heapBytesAfterCollection(node);
            inBatches(client, 2 * OPERATIONS, mixed);
            long after = heapBytesAfterCollection(node);

            System.getLogger("norikv.test")
                    .log(
                            System.Logger.Level.INFO,
                            "heap_bytes_before=%d after=%d".formatted(before, after));
            assertTrue(
                    after - before < GROWTH_BYTES_MAX,
                    () -> "heap grew from %d to %d bytes".formatted(before, after));
            assertEquals(0, node.stop(), node::errors);
        }
    }

    private static Bytes key(int number) {
        return Bytes.utf8("key%08d".formatted(number));
    }

    private static Request.Single put(Bytes key, Bytes value) {
        return new Request.Put(key, value, 0, Precondition.NONE);
    }

    /// Sends so many operations, some batches at a time; those refused for now are sent again by
    /// the client, one by one refused operations are not.
    private static void inBatches(
            Norikv client, int count, IntFunction<Request.Single> operation)
            throws InterruptedException {
        Semaphore window = new Semaphore(IN_FLIGHT);
        var failed = new ConcurrentLinkedQueue<Request>();
        for (int first = 0; first < count; first += BATCH) {
            List<Request.Single> operations = new ArrayList<>(BATCH);
            for (int i = first; i < first + BATCH; i++) {
                operations.add(operation.apply(i));
            }
            window.acquire();
            send(client, new Request.Batch(operations), window, failed);
        }
        window.acquire(IN_FLIGHT);
        window.release(IN_FLIGHT);
        while (!failed.isEmpty()) { // refused under pressure: slowly, then
            window.acquire(IN_FLIGHT);
            window.release(IN_FLIGHT - 1);
            send(client, failed.remove(), window, failed);
        }
        window.acquire(IN_FLIGHT);
        assertTrue(failed.isEmpty(), () -> "refused: " + failed.size());
    }

    private static void send(
            Norikv client,
            Request request,
            Semaphore window,
            ConcurrentLinkedQueue<Request> failed) {
        client.submit(
                request,
                Duration.ofSeconds(30),
                reply -> {
                    if (!(reply instanceof Reply.Batched(var replies))
                            || replies.stream().anyMatch(Reply.Failed.class::isInstance)) {
                        failed.add(request);
                    }
                    window.release();
                });
    }

    /// Reads small pages in order, from a place of its own.
    private static void readFrom(NodeProcess node, int from) {
        try (Norikv client = node.connect()) {
            int expected = from;
            var range = ScanOptions.range(key(from), Bytes.EMPTY)
                            .withPageBytes(50_000)
                            .withDeadline(Duration.ofSeconds(60));
            try (Scan scan = client.scan(range.withLimit(SCANNED_BY_EACH))) {
                for (Item item : scan) {
                    assertEquals(key(expected), item.key());
                    expected++;
                }
            }
            assertEquals(Math.min(from + SCANNED_BY_EACH, KEYS), expected);
        }
    }

    private static RawPeer askForPagesAndNotRead(NodeProcess node) throws Exception {
        RawPeer peer = RawPeer.greetedWithSmallBuffer(node.port());
        for (int id = 1; id <= UNREAD_REQUESTS; id++) {
            byte[] scan =
                    RawPeer.request(
                            5,
                            out -> {
                                out.u8(0).u8(0).u8(0).varint(1_000_000).varint(Integer.MAX_VALUE);
                                out.u8(0).u8(0).u8(0);
                            });
            peer.send(RawPeer.frame(FrameType.REQUEST, id, scan));
        }
        return peer;
    }

    /// {@return how much of the heap is in use when all garbage is gone}
    private static long heapBytesAfterCollection(NodeProcess node) throws Exception {
        jcmd(node, "GC.run");
        String heap = jcmd(node, "GC.heap_info");
        long bytes = 0;
        Matcher used = Pattern.compile("(?:DefNew|Tenured) .*?used (\\d+)K").matcher(heap);
        while (used.find()) {
            bytes += Long.parseLong(used.group(1)) << 10;
        }
        assertTrue(bytes > 0, heap);
        return bytes;
    }

    private static String jcmd(NodeProcess node, String command) throws Exception {
        String jcmd = Path.of(NodeProcess.JAVA).resolveSibling("jcmd").toString();
        Process process =
                new ProcessBuilder(jcmd, Long.toString(node.pid()), command)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), said);
        return said;
    }
}
