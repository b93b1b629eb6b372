package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The real process: how it starts, serves, stops. What it refuses is in [RefusedStartIT].
@Timeout(180)
final class ServerIT {
    /// All that a healthy node says on stderr. A word of the JVM is none of these.
    private static final Pattern OURS =
            Pattern.compile("NoriKV .*|  .*|stopping: .*|stopped");

    private static final int BIG_VALUE_BYTES = 256 << 10;
    private static final int GETS = 100;
    private static final int LOOKS_WITHOUT_CHANGE = 50;
    private static final String SENT_BYTES = "norikv_network_bytes_total{direction=\"tx\"";

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir private Path folder;

    @Test
    void whatWasWrittenIsThereAfterACleanStop() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder);
                Norikv client = node.mustBeReady().connect()) {
            assertTrue(node.endpoint().matches("127.0.0.1:[1-9][0-9]*"), node.endpoint());
            assertTrue(node.httpAddress().startsWith("http://127.0.0.1:"), node.httpAddress());
            client.put("user:42", "Ada");
            assertEquals(0, node.stop(), node::errors);
        }
        try (NodeProcess node = NodeProcess.start(folder);
                Norikv client = node.mustBeReady().connect()) {
            assertEquals("Ada", client.get("user:42").orElseThrow().value().toUtf8());
        }
    }

    @Test
    void aStopDuringTheStartIsAStopAsWell() throws Exception {
        for (String file : List.of("lock", "identity", "wal", "lsm")) {
            Path data = folder.resolve("until-" + file);
            assertEquals(0, NodeProcess.startAndStop(data, file), file);
            try (NodeProcess node = NodeProcess.start(data);
                    Norikv client = node.mustBeReady().connect()) {
                client.put("user:42", "Ada");
                assertEquals(0, node.stop(), node::errors);
            }
        }
    }

    @Test
    void theJvmAddsNoWordToWhatWeSay() throws Exception {
        List<String> asModule = List.of("-p", NodeProcess.JAR.toString(), "-m", "norikv");
        List<String> asJar = List.of("-jar", NodeProcess.JAR.toString());
        List<String> asJarStrictly = new ArrayList<>(NodeProcess.STRICT);
        asJarStrictly.addAll(asJar);
        List<String> strictly = new ArrayList<>(NodeProcess.STRICT);
        strictly.addAll(asModule);
        for (List<String> how : List.of(asModule, strictly, asJar, asJarStrictly)) {
            try (NodeProcess node = NodeProcess.run(how, folder, List.of())) {
                try (Norikv client = node.mustBeReady().connect()) {
                    client.put("a", "b");
                    client.get("a");
                }
                assertEquals(0, node.stop(), node::errors);
                assertEquals(
                        List.of(),
                        node.errors().lines().filter(l -> !OURS.matcher(l).matches()).toList());
            }
        }
    }

    @Test
    void aStopIsNoLongerReadyFirstThenAnswersWhatIsUnderWay() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder).mustBeReady();
                Norikv client = node.connect()) {
            client.put(Bytes.utf8("big"), Bytes.wrap(new byte[BIG_VALUE_BYTES]));
            try (RawPeer slow = RawPeer.greetedWithSmallBuffer(node.port())) {
                for (int id = 1; id <= GETS; id++) {
                    byte[] get =
                            RawPeer.request(
                                    1, out -> out.u8(0).lengthAndBytes(Bytes.utf8("big")));
                    slow.send(RawPeer.frame(FrameType.REQUEST, id, get));
                }
                assertEquals(1, slow.read().requestId());
                awaitStuck(node);
                node.askToStop();
                awaitStatus(node, "/readyz", 503);
                assertTrue(node.isAlive());
                assertEquals(200, status(node, "/livez"));

                int answered = readUntilSentAway(slow);
                assertTrue(answered > 0, "what was under way is answered");
            }
            assertEquals(0, node.awaitEnd(), node::errors);
        }
    }

    /// Waits until the node writes no more, because its peer does not read: else what is under way
    /// could be done before anybody looks.
    private static void awaitStuck(NodeProcess node) throws Exception {
        String before = "";
        for (int same = 0; same < LOOKS_WITHOUT_CHANGE; same++) {
            String sent =
                    get(node, "/metrics", "text/plain")
                            .lines()
                            .filter(line -> line.startsWith(SENT_BYTES))
                            .findFirst()
                            .orElseThrow();
            if (!sent.equals(before)) {
                before = sent;
                same = 0;
            }
        }
    }

    /// {@return how many values came}
    private static int readUntilSentAway(RawPeer slow) throws Exception {
        int values = 0;
        for (long id = 2; id <= GETS; id++) {
            RawPeer.Frame frame = slow.read();
            if (frame.type() == FrameType.GOAWAY) {
                return values;
            }
            switch (frame.reply()) {
                case Reply.Found(var value, _, _, _) -> {
                    assertEquals(BIG_VALUE_BYTES, value.length());
                    values++;
                }
                case Reply.Failed(var code, _, _, _) -> assertEquals(ErrorCode.UNAVAILABLE, code);
                default -> throw new AssertionError(frame.toString());
            }
        }
        return values;
    }

    @Test
    void aStopDoesNotWaitForeverForAClientThatDoesNotRead() throws Exception {
        try (NodeProcess node =
                        NodeProcess.start(folder, "--set", "server.drain_timeout=500ms")
                                .mustBeReady();
                Norikv client = node.connect()) {
            client.put(Bytes.utf8("big"), Bytes.wrap(new byte[BIG_VALUE_BYTES]));
            try (RawPeer deaf = RawPeer.greetedWithSmallBuffer(node.port())) {
                for (int id = 1; id <= GETS; id++) {
                    byte[] get =
                            RawPeer.request(
                                    1, out -> out.u8(0).lengthAndBytes(Bytes.utf8("big")));
                    deaf.send(RawPeer.frame(FrameType.REQUEST, id, get));
                }
                assertEquals(1, deaf.read().requestId());
                assertEquals(0, node.stop(), node::errors);
            }
        }
        try (NodeProcess node = NodeProcess.start(folder);
                Norikv client = node.mustBeReady().connect()) {
            assertEquals(BIG_VALUE_BYTES, client.get("big").orElseThrow().value().length());
        }
    }

    @Test
    void probesAndMetricsAnswerOverHttp() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder).mustBeReady()) {
            assertEquals("ok", get(node, "/livez", "text/plain").strip());
            String ready = get(node, "/readyz?verbose", "text/plain");
            assertTrue(ready.endsWith("readyz check passed\n"), ready);
            String started = get(node, "/startupz?verbose", "text/plain");
            assertTrue(started.contains("[+]recovery ok"), started);
            String classic = get(node, "/metrics", "text/plain");
            assertTrue(classic.contains("\nnorikv_wal_fsyncs_total "), classic);
            String open = get(node, "/metrics", "application/openmetrics-text;version=1.0.0");
            assertTrue(open.endsWith("# EOF\n"), open);
            assertEquals(404, status(node, "/nothing"));
        }
    }

    private static void awaitStatus(NodeProcess node, String path, int wanted) throws Exception {
        int got = status(node, path);
        // The class's time limit bounds this: nothing may hang.
        while (got != wanted) {
            got = status(node, path);
        }
    }

    private static int status(NodeProcess node, String path) throws Exception {
        return ask(node, path, "text/plain").statusCode();
    }

    private static String get(NodeProcess node, String path, String accept) throws Exception {
        HttpResponse<String> response = ask(node, path, accept);
        assertEquals(200, response.statusCode(), response::body);
        return response.body();
    }

    private static HttpResponse<String> ask(NodeProcess node, String path, String accept)
            throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(node.httpAddress() + path))
                        .header("Accept", accept)
                        .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
