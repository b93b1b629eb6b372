package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import norikv.adapter.nio.Listener;
import norikv.adapter.nio.NioOptions;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.observe.Meter;
import norikv.wire.Welcome;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The client and the real data port, with a map behind it.
final class DataPortTest {
    private static final ClientOptions OPTIONS =
            ClientOptions.defaults().withDeadline(Duration.ofSeconds(30));

    private final ThreadLoops loops =
            new ThreadLoops(
                    (where, cause) -> {
                        throw new AssertionError(where, cause);
                    });
    private final FakeStore store = new FakeStore();
    private final Listener first = listen(0, NioOptions.defaults());
    private final Norikv db = Norikv.connect("127.0.0.1:" + first.port(), OPTIONS);

    @AfterEach
    void close() {
        db.close();
        first.close();
    }

    @Test
    void everyVerbWorks() {
        Version at = db.put("a", "1");
        assertEquals(at, db.get("a").orElseThrow().version());
        assertEquals(4, db.batch().put("b", "2").get("b").delete("b").get("b").execute().size());
        assertEquals(1, db.count(ScanOptions.all()));
        assertEquals(List.of("a"), db.scan("").stream().map(i -> i.key().toUtf8()).toList());
        assertTrue(db.delete("a").existed());
        assertTrue(db.status().isReady());
        assertTrue(db.ping().toNanos() > 0);
        assertEquals(1024, db.sharding().totalShards());
    }

    @Test
    void theLargestValuesPassManyAtATime() {
        byte[] large = new byte[Limits.VALUE_BYTES_MAX];
        new java.util.Random(1).nextBytes(large);
        Bytes value = Bytes.wrap(large);
        List<CompletableFuture<Version>> puts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            puts.add(db.async().put(Bytes.utf8("k" + i), value));
        }
        puts.forEach(CompletableFuture::join);
        for (int i = 0; i < 20; i++) {
            assertEquals(value, db.get("k" + i).orElseThrow().value());
        }
    }

    @Test
    void aThousandCallsAtATimeAreAllAnswered() {
        for (int round = 0; round < 20; round++) {
            List<CompletableFuture<Version>> puts = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                puts.add(db.async().put("k" + i, "v" + round));
            }
            puts.forEach(CompletableFuture::join);
        }
        assertEquals(1_000, db.count(ScanOptions.all()));
    }

    @Test
    void whenANodeIsGoneTheNextOneIsAsked() {
        Listener second = listen(0, NioOptions.defaults());
        String both = "127.0.0.1:%d,127.0.0.1:%d".formatted(first.port(), second.port());
        try (second;
                var own = Norikv.connect(both, OPTIONS)) {
            own.put("a", "1");
            first.close();
            assertEquals("1", own.get("a").orElseThrow().value().toUtf8());
            own.put("a", "2");
            second.close();
            var patience = GetOptions.defaults().withDeadline(Duration.ofMillis(300));
            var gone =
                    assertThrows(
                            NoriException.class, () -> own.get(Bytes.utf8("a"), patience));
            assertEquals(ErrorCode.UNAVAILABLE.exitCode(), gone.code().exitCode());
        }
    }

    @Test
    void aNodeThatIsFullSaysSo() throws Exception {
        NioOptions one = NioOptions.defaults();
        one =
                new NioOptions(
                        1,
                        one.requestsInFlightMax(),
                        one.bytesInFlightMax(),
                        one.handshakeTimeout(),
                        one.idleTimeout(),
                        one.stallTimeout());
        try (Listener small = listen(0, one);
                var taken = Norikv.connect("127.0.0.1:" + small.port(), OPTIONS)) {
            taken.put("a", "1");
            String endpoint = "127.0.0.1:" + small.port();
            var refused =
                    assertThrows(NoriException.class, () -> Norikv.connect(endpoint, OPTIONS));
            assertTrue(
                    refused.code() == ErrorCode.RESOURCE_EXHAUSTED
                            || refused.code() == ErrorCode.UNAVAILABLE,
                    refused::toString);
        }
    }

    @Test
    void whoeverSpeaksHttpIsTold() throws Exception {
        try (var socket = new Socket("127.0.0.1", first.port())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes());
            String answer = new String(socket.getInputStream().readAllBytes());
            assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
            assertTrue(answer.endsWith("\r\n\r\nthis is the data port\n"), answer);
        }
    }

    private Listener listen(int port, NioOptions options) {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        Listener listener =
                Listener.bind(address, options, loops, Meter.NONE, "this is the data port");
        listener.serve(
                (request, _, answer) -> answer.reply(store.answer(request)),
                hello -> Welcome.to(hello, new NodeId("n1"), "c", new Sharding(1024), 0));
        return listener;
    }
}
