package norikv.adapter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.observe.Label;
import norikv.observe.Registry;
import norikv.port.Health;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Over real loopback, with requests written byte by byte.
final class HttpEndpointTest {
    private static final String OPEN_METRICS =
            "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final String CLASSIC = "text/plain; version=0.0.4; charset=utf-8";

    private final List<Reply.Check> ready = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final Registry registry = new Registry(1);
    private final HttpEndpoint endpoint =
            HttpEndpoint.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    new ThreadLoops((where, _) -> faults.add(where)),
                    new FakeHealth(),
                    registry::snapshot);

    @AfterEach
    void nothingWasFatal() {
        endpoint.close();
        assertEquals(List.of(), faults);
    }

    @Test
    void metricsComeInTheFormatThatIsWantedMost() throws IOException {
        registry.counter("norikv_a_total", "A.").add(3);
        String prometheus2 =
                "application/openmetrics-text;version=1.0.0,"
                        + "application/openmetrics-text;version=0.0.1;q=0.75,"
                        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        String prometheus3 =
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                        + "application/openmetrics-text;version=0.0.1;q=0.4,"
                        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                        + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        assertEquals(OPEN_METRICS, metrics(prometheus2).header("Content-Type"));
        assertEquals(OPEN_METRICS, metrics(prometheus3).header("Content-Type"));
        for (String accept :
                List.of(
                        "text/plain", "*/*", "garbage", ";;;,,q=9", "text/html,*/*;q=0.1",
                        "application/openmetrics-text;q=0.4,text/plain;q=0.5",
                        "application/openmetrics-text;q=0", "application/openmetrics-text;q=x")) {
            assertEquals(CLASSIC, metrics(accept).header("Content-Type"), accept);
        }
        assertEquals(CLASSIC, get("/metrics").header("Content-Type"));
        assertTrue(metrics(prometheus2).body().endsWith("norikv_a_total 3\n# EOF\n"));
        assertTrue(get("/metrics").body().endsWith("norikv_a_total 3\n"));
    }

    @Test
    void aLongBodyIsPackedForWhoAsks() throws IOException {
        for (int i = 0; i < 100; i++) {
            registry.counter("norikv_a_total", "A.", new Label("code", "c" + i)).add(3);
        }
        Answer packed = get("/metrics", "Accept-Encoding: gzip");
        assertEquals("gzip", packed.header("Content-Encoding"));
        assertEquals(get("/metrics").body(), packed.unpacked());
        assertEquals("", get("/metrics", "Accept-Encoding: gzip;q=0").header("Content-Encoding"));
        assertEquals("", get("/metrics", "Accept-Encoding: br").header("Content-Encoding"));
        assertEquals("", get("/livez", "Accept-Encoding: gzip").header("Content-Encoding"));
    }

    @Test
    void healthIsOkOrSaysWhatIsNot() throws IOException {
        ready.add(new Reply.Check("wal", true, ""));
        ready.add(new Reply.Check("quorum", true, ""));
        assertEquals("200 ok", get("/readyz").brief());
        assertEquals(
                "200 [+]wal ok\n[+]quorum ok\nreadyz check passed\n",
                get("/readyz?verbose").brief());

        ready.set(1, new Reply.Check("quorum", false, "12 shards without leader"));
        String failed =
                "503 [+]wal ok\n[-]quorum failed: 12 shards without leader\nreadyz check failed\n";
        assertEquals(failed, get("/readyz").brief());
        assertEquals(failed, get("/readyz?verbose=1").brief());
        assertEquals("200 ok", get("/readyz?exclude=quorum").brief());
        assertEquals("200 ok", get("/readyz?exclude=x&exclude=%71uorum").brief());
        assertEquals(
                "200 [+]wal ok\nwarning: no check is called x\nreadyz check passed\n",
                get("/readyz?verbose&exclude=quorum&exclude=x").brief());
        assertEquals("200 ok", get("/readyz/wal").brief());
        assertEquals(503, get("/readyz/quorum").status());
        assertEquals(404, get("/readyz/nothing").status());
        assertEquals(404, get("/readyz/").status());
    }

    @Test
    void healthSpeaksJsonToWhoAsks() throws IOException {
        ready.add(new Reply.Check("disk", false, "no \"room\"\n"));
        Answer json = get("/readyz", "Accept: application/json");
        assertEquals("application/json; charset=utf-8", json.header("Content-Type"));
        assertEquals(
                "503 {\"status\":\"failed\",\"checks\":[{\"name\":\"disk\",\"ok\":false,"
                        + "\"detail\":\"no \\\"room\\\"\\u000a\"}]}\n",
                json.brief());
        assertEquals(json.brief(), get("/health").brief());
        assertEquals(
                "text/plain; charset=utf-8",
                get("/readyz", "Accept: text/html,*/*;q=0.8").header("Content-Type"));
    }

    @Test
    void thePathsOfOthersAreKept() throws IOException {
        assertEquals("200 ok", get("/healthz").brief());
        assertEquals("200 ok", get("/livez").brief());
        assertEquals("200 ok", get("/startupz").brief());
        assertEquals("200 OK", get("/health/quick").brief());
        ready.add(new Reply.Check("disk", false, ""));
        assertEquals("503 UNAVAILABLE", get("/health/quick").brief());
    }

    @Test
    void onlyExactPathsAreThere() throws IOException {
        for (String path :
                List.of("/", "/metricsx", "/metrics/", "//metrics", "/healthz/wal", "/METRICS")) {
            assertEquals(404, get(path).status(), path);
        }
    }

    @Test
    void nothingButGetAndHead() throws IOException {
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X")) {
            Answer answer = send(method + " /metrics HTTP/1.1\r\nContent-Length: 0\r\n");
            assertEquals(405, answer.status(), method);
            assertEquals("GET, HEAD", answer.header("Allow"), method);
        }
        assertEquals(404, send("POST /x HTTP/1.1\r\nContent-Length: 0\r\n").status());
    }

    @Test
    void headIsGetWithoutTheBody() throws IOException {
        registry.counter("norikv_a_total", "A.").add(3);
        Answer head = send("HEAD /metrics HTTP/1.1\r\n");
        assertEquals(200, head.status());
        assertEquals("", head.body());
        assertEquals(get("/metrics").header("Content-Length"), head.header("Content-Length"));
        assertEquals(CLASSIC, head.header("Content-Type"));
    }

    @Test
    void everyAnswerIsSafeForABrowser() throws IOException {
        for (String path : List.of("/metrics", "/livez", "/nothing")) {
            Answer answer = get(path);
            assertEquals("nosniff", answer.header("X-Content-Type-Options"));
            assertEquals("no-store", answer.header("Cache-Control"));
            assertEquals("no-referrer", answer.header("Referrer-Policy"));
            assertEquals(
                    "default-src 'self'; frame-ancestors 'none'",
                    answer.header("Content-Security-Policy"));
            assertEquals("", answer.header("Access-Control-Allow-Origin"));
        }
    }

    @Test
    void aTakenPortIsRefusedWithItsName() {
        var taken = new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.port());
        var loops = new ThreadLoops((_, _) -> {});
        var refused =
                assertThrows(
                        NoriException.Refused.class,
                        () ->
                                HttpEndpoint.start(
                                        taken, loops, new FakeHealth(), registry::snapshot));
        assertEquals(ErrorCode.CANNOT_START, refused.code());
        assertTrue(refused.getMessage().contains(":" + endpoint.port() + ": "));
    }

    @Test
    void whatIsNoHttpIsAnsweredOrClosedAndNobodyElseNotices() throws IOException {
        for (String text : List.of("\r\n", "\0\1\2\3", "GET", "GET % HTTP/1.1", "GET / X Y")) {
            assertFalse(raw(text + "\r\n\r\n").startsWith("HTTP/1.1 200"), text);
        }
        assertTrue(raw("GET /" + "x".repeat(40_000) + " HTTP/1.1\r\n\r\n").length() < 1000);
        assertEquals("200 ok", get("/livez").brief());
    }

    private Answer metrics(String accept) throws IOException {
        return get("/metrics", "Accept: " + accept);
    }

    private Answer get(String path, String... headers) throws IOException {
        String lines = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return send("GET " + path + " HTTP/1.1\r\n" + lines);
    }

    private Answer send(String head) throws IOException {
        String answer = raw(head + "Host: x\r\nConnection: close\r\n\r\n");
        int end = answer.indexOf("\r\n\r\n");
        return new Answer(answer.substring(0, end), answer.substring(end + 4));
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            byte[] answer;
            try {
                answer = socket.getInputStream().readAllBytes();
            } catch (java.net.SocketException _) {
                answer = new byte[0]; // reset by a server that had not read all of it
            }
            return new String(answer, StandardCharsets.ISO_8859_1);
        }
    }

    /// An answer, taken apart.
    private record Answer(String head, String body) {
        int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        String header(String name) {
            for (String line : head.split("\r\n")) {
                if (line.toLowerCase().startsWith(name.toLowerCase() + ": ")) {
                    return line.substring(name.length() + 2);
                }
            }
            return "";
        }

        String brief() {
            return status() + " " + body;
        }

        String unpacked() throws IOException {
            byte[] packed = body.getBytes(StandardCharsets.ISO_8859_1);
            try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    /// Alive and started; ready as the test says.
    private final class FakeHealth implements Health {
        @Override
        public List<Reply.Check> live() {
            return List.of(new Reply.Check("loops", true, ""));
        }

        @Override
        public List<Reply.Check> ready() {
            return List.copyOf(ready);
        }

        @Override
        public List<Reply.Check> started() {
            return List.of(new Reply.Check("recovery", true, ""));
        }
    }
}
