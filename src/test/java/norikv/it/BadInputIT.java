package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.Reply;
import norikv.wire.Frame;
import norikv.wire.FrameType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sends a real node, with a small heap, what no good client sends. `-Dfuzz.frames=N` for more
/// frames, `-Dseed=` for others.
@Timeout(300)
final class BadInputIT {
    private static final int FRAMES = Integer.getInteger("fuzz.frames", 100_000);
    private static final int PEERS = 4;
    private static final int FRAMES_IN_A_ROW = 64;
    private static final int HALF_FRAMES = 200;

    @TempDir private static Path folder;

    private static NodeProcess node;

    @BeforeAll
    static void startNode() throws Exception {
        node =
                NodeProcess.start(
                                folder, "-Xmx192m", "-XX:+ExitOnOutOfMemoryError")
                        .mustBeReady();
    }

    @AfterAll
    static void theNodeIsUnharmed() throws Exception {
        try (NodeProcess started = node) {
            try (Norikv client = node.connect()) {
                client.put("after", "all");
                assertEquals("all", client.get("after").orElseThrow().value().toUtf8());
            }
            assertEquals(0, started.stop(), started::errors);
            assertTrue(!node.errors().contains("Exception"), node::errors);
        }
    }

    @Test
    void hostileFramesHurtNobodyElse() throws Exception {
        long seed = Long.getLong("seed", 1);
        System.Logger log = System.getLogger("norikv.test");
        log.log(System.Logger.Level.INFO, "seed=" + seed);
        var faults = new ConcurrentLinkedQueue<Throwable>();
        var isOver = new AtomicBoolean();
        Thread neighbour = spawn(faults, () -> writeAndRead(isOver));
        List<Thread> peers = new ArrayList<>();
        for (int i = 0; i < PEERS; i++) {
            long own = seed + i;
            peers.add(spawn(faults, () -> attack(own, FRAMES / PEERS)));
        }
        for (Thread peer : peers) {
            peer.join();
        }
        isOver.set(true);
        neighbour.join();

        assertEquals(List.of(), List.copyOf(faults), "seed " + seed);
    }

    @FunctionalInterface
    private interface Task {
        void run() throws java.io.IOException;
    }

    private static Thread spawn(ConcurrentLinkedQueue<Throwable> faults, Task task) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                task.run();
                            } catch (java.io.IOException | RuntimeException | AssertionError e) {
                                faults.add(e);
                            }
                        });
    }

    /// A good client that must not notice anything.
    private static void writeAndRead(AtomicBoolean isOver) {
        try (Norikv client = node.connect()) {
            for (int i = 0; !isOver.get(); i++) {
                String value = "v" + i;
                client.put("neighbour", value);
                assertEquals(value, client.get("neighbour").orElseThrow().value().toUtf8());
            }
        }
    }

    private static void attack(long seed, int frames) throws java.io.IOException {
        var hostile = new HostileFrames(seed);
        int sent = 0;
        while (sent < frames) {
            try (RawPeer peer = RawPeer.greeted(node.port())) {
                sendAndCountReplies(peer, hostile, FRAMES_IN_A_ROW);
                peer.send(hostile.brokenFrame());
                peer.endOutput();
                peer.readToEnd();
            }
            try (RawPeer peer = new RawPeer(node.port())) { // not even a HELLO
                peer.send(hostile.brokenFrame());
                peer.endOutput();
                peer.readToEnd();
            }
            sent += FRAMES_IN_A_ROW + 2;
        }
    }

    private static void sendAndCountReplies(RawPeer peer, HostileFrames hostile, int count)
            throws java.io.IOException {
        ByteWriter row = new ByteWriter(1 << 14, 1 << 22);
        Set<Long> open = new HashSet<>();
        for (long id = 1; id <= count; id++) {
            byte[] frame = hostile.soundFrame(id);
            row.bytes(frame, 0, frame.length);
            open.add(id);
        }
        peer.send(row.toBytes().toByteArray());
        while (!open.isEmpty()) {
            RawPeer.Frame answer = peer.read();
            assertEquals(FrameType.REPLY, answer.type(), answer::toString);
            assertTrue(open.remove(answer.requestId()), () -> "answered once: " + answer);
        }
    }

    @Test
    void promisesOfLargeFramesTakeNoMemory() throws Exception {
        List<RawPeer> peers = new ArrayList<>();
        for (int i = 0; i < HALF_FRAMES; i++) {
            RawPeer peer = RawPeer.greeted(node.port());
            peers.add(peer);
            peer.send(HostileFrames.announcing(Frame.PAYLOAD_BYTES_MAX));
            peer.send(new byte[10_000]);
        }
        try (Norikv client = node.connect()) {
            client.put(Bytes.utf8("large"), Bytes.wrap(new byte[Limits.VALUE_BYTES_MAX]));
            assertEquals(
                    Limits.VALUE_BYTES_MAX, client.get("large").orElseThrow().value().length());
        }
        for (RawPeer peer : peers) {
            peer.close();
        }
    }

    @Test
    void whatIsOutsideOfALimitGetsAnErrorThatNamesLimitAndValue() throws Exception {
        try (RawPeer peer = RawPeer.greeted(node.port())) {
            refuses(peer, 1, ErrorCode.INVALID_ARGUMENT, "1 to 1024 bytes, got 0", get(0));
            refuses(peer, 1, ErrorCode.KEY_TOO_LARGE, "1 to 1024 bytes, got 1025", get(1025));
            refuses(
                    peer,
                    2,
                    ErrorCode.VALUE_TOO_LARGE,
                    "at most 1048576 bytes, got 1048577",
                    out -> filled(filled(out.u8(0).u8(0), 1), (1 << 20) + 1));
            refuses(
                    peer,
                    2,
                    ErrorCode.INVALID_ARGUMENT,
                    "ttl_ms: 0 to " + Limits.TTL_MILLIS_MAX + ", got 3153600000001",
                    out -> filled(out.u8(0).varint(Limits.TTL_MILLIS_MAX + 1), 1).u8(0));
            refuses(
                    peer,
                    1,
                    ErrorCode.INVALID_ARGUMENT,
                    "consistency: 0 (linearizable), 1 (lease) or 2 (stale), got 3",
                    out -> filled(out.u8(3), 1));
            refuses(
                    peer,
                    5,
                    ErrorCode.INVALID_ARGUMENT,
                    "from <= to, got from 0x62 > to 0x61",
                    scan("b", "a", ""));
            refuses(peer, 5, ErrorCode.BAD_CURSOR, "cursor", scan("", "", "no cursor of ours"));
            refuses(
                    peer,
                    4,
                    ErrorCode.INVALID_ARGUMENT,
                    "at most 10000 operations, got 10001",
                    out -> out.varint(10_001));
            refuses(peer, 12, ErrorCode.VERSION_UNSUPPORTED, "1 to 11, got 12", _ -> {});
        }
    }

    @Test
    void aFrameBeyondTheLimitIsRefusedByItsHeader() throws Exception {
        try (RawPeer peer = RawPeer.greeted(node.port())) {
            peer.send(HostileFrames.announcing(Frame.PAYLOAD_BYTES_MAX + 1));

            RawPeer.Frame answer = peer.read();
            assertEquals(FrameType.GOAWAY, answer.type());
            Reply.Failed failed = (Reply.Failed) answer.reply();
            assertEquals(ErrorCode.REQUEST_TOO_LARGE, failed.code());
            assertTrue(
                    failed.message()
                            .contains(
                                    "at most %d bytes, got %d"
                                            .formatted(
                                                    Frame.PAYLOAD_BYTES_MAX,
                                                    Frame.PAYLOAD_BYTES_MAX + 1)),
                    failed::message);
            assertEquals(0, peer.readToEnd().length);
        }
    }

    @Test
    void anHttpClientIsToldInOneLineWhatThisPortIs() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI address = URI.create("http://" + node.endpoint() + "/metrics");
            HttpResponse<String> response =
                    http.send(
                            HttpRequest.newBuilder(address).build(),
                            HttpResponse.BodyHandlers.ofString());

            assertEquals(400, response.statusCode());
            assertTrue(response.body().contains("data port"), response::body);
            assertEquals(1, response.body().lines().count());
        }
    }

    private static void refuses(
            RawPeer peer, int kind, ErrorCode code, String text, Consumer<ByteWriter> body)
            throws java.io.IOException {
        peer.send(RawPeer.frame(FrameType.REQUEST, 77, RawPeer.request(kind, body)));
        RawPeer.Frame answer = peer.read();
        assertEquals(77, answer.requestId());
        assertTrue(answer.reply() instanceof Reply.Failed, answer::toString);
        Reply.Failed failed = (Reply.Failed) answer.reply();
        assertEquals(code, failed.code(), failed::message);
        assertTrue(failed.message().contains(text), failed::message);
    }

    private static Consumer<ByteWriter> get(int keyBytes) {
        return out -> filled(out.u8(0), keyBytes);
    }

    private static Consumer<ByteWriter> scan(String from, String to, String cursor) {
        return out -> {
            out.u8(0).u8(0).u8(0).varint(10).varint(1_000);
            out.lengthAndBytes(Bytes.utf8(from)).lengthAndBytes(Bytes.utf8(to));
            out.lengthAndBytes(Bytes.utf8(cursor));
        };
    }

    /// Writes a byte string of so many `k`.
    private static ByteWriter filled(ByteWriter out, int count) {
        byte[] bytes = new byte[count];
        java.util.Arrays.fill(bytes, (byte) 'k');
        return out.lengthAndBytes(Bytes.wrap(bytes));
    }
}
