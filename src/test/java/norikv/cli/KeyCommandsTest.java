package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.ErrorCode;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The verbs on one key, word by word: scripts depend on what they print and how they end.
final class KeyCommandsTest {
    private final MemoryNode node = new MemoryNode();
    @TempDir Path folder;

    @AfterEach
    void close() {
        node.close();
        assertEquals(0, Run.FAULTS.size(), () -> Run.FAULTS.toString());
    }

    @Test
    void whatIsPutIsGot() {
        assertEquals(
                new Run(0, "OK version=1:1 shard=717\n", ""),
                node.run("put", "user:42", "{\"name\":\"Ada\"}", "--ttl", "1h"));
        assertEquals(new Run(0, "{\"name\":\"Ada\"}\n", ""), node.run("get", "user:42"));
        assertEquals("{\"name\":\"Ada\"}", node.run("get", "user:42", "-o", "raw").out());
        assertTrue(
                node.run("get", "user:42", "-o", "json")
                        .out()
                        .matches(
                                "\\{\"found\":true,\"value\":\\{\"utf8\":\".*\"},\"version\":"
                                        + "\\{\"term\":1,\"index\":1},\"expires_at_ms\":\\d+}\n"));
        assertEquals(
                "{\"ok\":true,\"version\":{\"term\":1,\"index\":2},\"shard\":717}\n",
                node.run("put", "-o", "json", "user:42", "v2").out());
    }

    @Test
    void aWriteTakesTheNameThatItIsDoneOnceUnder() {
        node.run("put", "k", "v", "--idempotency-key", "order-1");
        node.run("delete", "k", "--idempotency-key=order-2");
        assertEquals(java.util.List.of("order-1", "order-2"), node.names);
        assertEquals(2, node.run("put", "k", "v", "--idempotency-key", "").exitCode());
    }

    @Test
    void aReadShowsTheWayThatItTook() {
        node.run("put", "user:42", "Ada");
        assertEquals(
                new Run(
                        0, "Ada\n", "shard=717 node=n1 leader=n1 attempts=1 version=1:1\n"),
                node.run("get", "user:42", "-v"));
        assertEquals("Ada", node.run("get", "user:42", "-v", "-o", "raw").out());
        assertEquals(
                "{\"found\":true,\"value\":{\"utf8\":\"Ada\"},\"version\":{\"term\":1,"
                        + "\"index\":1},\"shard\":717,\"node\":\"n1\",\"leader\":\"n1\","
                        + "\"attempts\":1}\n",
                node.run("get", "user:42", "-v", "-o", "json").out());
        assertEquals(
                """
                KEY      VALUE  VERSION  TTL  SHARD  NODE  LEADER  ATTEMPTS  APPLIED  BEHIND_MS
                user:42  Ada    1:1      -    717    n1    n1      1         -        -
                """,
                node.run("get", "user:42", "-v", "-o", "table").out());
        assertEquals(
                """
                KEY      VALUE  VERSION  TTL
                user:42  Ada    1:1      -
                """,
                node.run("get", "user:42", "-o", "table").out());
        // Another node leads shard 717: a stale read is answered here all the same.
        String stale = node.run("get", "user:42", "-v", "--consistency", "stale").err();
        assertEquals("shard=717 node=n1 leader=n2 attempts=1 version=1:1\n", stale);
        Run missing = node.run("get", "nope", "-v");
        assertEquals(3, missing.exitCode());
        assertTrue(missing.err().contains(" attempts=1 version=-\nerror[NOT_FOUND]: no such"));
    }

    @Test
    void aReadTakesHowFreshItMustBe() {
        node.run("put", "k", "v");
        node.run("get", "k", "--consistency", "stale", "--max-staleness", "2s");
        node.run("get", "k", "--min-version", "1:7");
        node.runWith(
                "{\"op\":\"get\",\"key\":{\"utf8\":\"k\"},\"max_staleness_ms\":5,"
                        + "\"min_version\":{\"term\":2,\"index\":3}}",
                "batch");
        assertEquals(
                java.util.List.of(
                        new ReadBounds(Version.NONE, 2000),
                        new ReadBounds(new Version(1, 7), ReadBounds.ANY_AGE),
                        new ReadBounds(new Version(2, 3), 5)),
                node.bounds);
        assertEquals(2, node.run("get", "k", "--min-version", "7").exitCode());
        assertEquals(2, node.run("get", "k", "--max-staleness", "soon").exitCode());
        node.trouble(
                request ->
                        request instanceof Request.Get
                                ? Optional.of(
                                        new Reply.Missing(new Age(new Version(1, 9), 1500)))
                                : Optional.empty());
        Run old = node.run("get", "k", "-v", "--allow-missing", "-o", "json");
        assertTrue(
                old.out()
                        .endsWith(
                                "\"applied\":{\"term\":1,\"index\":9},\"behind_ms\":1500}\n"),
                old.out());
        Run text = node.run("get", "k", "-v", "--allow-missing");
        assertTrue(text.err().endsWith(" applied=1:9 behind_ms=1500\n"), text.err());
    }

    @Test
    void aMissingKeyEndsWithThree() {
        assertEquals(
                new Run(3, "", "error[NOT_FOUND]: no such key: nope\n"), node.run("get", "nope"));
        assertEquals(new Run(0, "", ""), node.run("get", "nope", "--allow-missing"));
        assertEquals(
                new Run(0, "{\"found\":false}\n", ""),
                node.run("get", "nope", "--allow-missing", "-o", "json"));
        assertEquals(
                "{\"ok\":false,\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no such key: nope\","
                        + "\"exit_code\":3,\"details\":[],\"help\":\"\"}}\n",
                node.run("get", "nope", "-o", "json").err());
    }

    @Test
    void conditionsThatDoNotHoldEndWithFour() {
        node.run("put", "user:42", "a");
        assertEquals(
                new Run(
                        4,
                        "",
                        """
                        error[PRECONDITION_FAILED]: put user:42: version 5:9 expected, found \
                        version 1:1; nothing was written
                          shard 717
                          help: re-read the key and retry with its current version, or drop \
                        --if-version
                        """),
                node.run("put", "user:42", "b", "--if-version", "5:9"));
        assertEquals(4, node.run("put", "user:42", "b", "--if-absent").exitCode());
        assertEquals(4, node.run("delete", "user:42", "--if-version=5:9").exitCode());
        assertEquals(0, node.run("put", "user:42", "b", "--if-version", "1:1").exitCode());
        assertEquals("b\n", node.run("get", "user:42").out());
    }

    @Test
    void aDeleteSaysWhetherThereWasAnything() {
        node.run("put", "user:42", "a");
        assertEquals("OK version=1:2 shard=717\n", node.run("delete", "user:42").out());
        assertEquals(
                "OK version=1:3 shard=717 (there was no such key)\n",
                node.run("delete", "user:42").out());
        String json = node.run("delete", "user:42", "-o", "json").out();
        assertTrue(json.endsWith(",\"existed\":false}\n"), json);
    }

    @Test
    void anyBytesGetThroughEveryCodec() throws IOException {
        node.run("put", "a\\xff", "\\x00b");
        assertEquals("00ff\n".replace("00ff", "0062"), node.run("get", "--hex", "61ff").out());
        assertEquals("AGI=\n", node.run("get", "--base64", "Yf8=").out());
        assertEquals("\\x00b\n", node.run("get", "a\\xff").out());

        Path file = folder.resolve("value");
        Files.write(file, new byte[] {1, (byte) 0xfe, '\n'});
        node.run("put", "f", "--value-file", file.toString());
        assertEquals("01fe0a\n", node.run("get", "--hex", "66").out());
        node.runWith("ä\n", "put", "f", "--value-file=-");
        assertEquals("ä\n", node.run("get", "f", "-o", "raw").out());
        assertEquals("-5\n", afterPut("-5"));
    }

    @Test
    void limitsAreNamedWithTheValueThatBrokeThem() throws IOException {
        assertError(2, "INVALID_ARGUMENT]: put: key: 1 to 1024 bytes, got 0", "put", "", "v");
        assertError(8, "KEY_TOO_LARGE]: get ", "get", "k".repeat(1025));
        assertError(2, "above 0s, got '0s'", "put", "k", "v", "--ttl", "0s");
        assertError(2, "--ttl: want a time such as 150ms", "put", "k", "v", "--ttl", "5");
        assertError(2, "term:index such as 1:7, got 'x'", "put", "k", "v", "--if-version=x");
        assertError(2, "exclude each other", "put", "k", "v", "--if-version=1:1", "--if-absent");
        assertError(2, "consistency: linearizable, lease or stale", "get", "k", "--consistency=x");
        Path file = folder.resolve("large");
        Files.write(file, new byte[(1 << 20) + 1]);
        assertError(
                8,
                "VALUE_TOO_LARGE]: put k: value: at most 1048576 bytes, got 1048577",
                "put",
                "k",
                "--value-file",
                file.toString());
        assertError(2, "USAGE]: cannot read ", "put", "k", "--value-file", folder + "/none");
    }

    @Test
    void whoCannotBeReachedIsNamed() {
        node.close();
        Run run = node.run("put", "k", "v", "--timeout", "500ms");
        assertEquals(5, run.exitCode());
        assertTrue(run.err().startsWith("error[UNAVAILABLE]: put k: connect: no node answers: "));
        assertTrue(run.err().contains(node.endpoint()), run.err());
        assertTrue(run.err().contains("norikv server starts one"), run.err());
    }

    @Test
    void anUnknownOutcomeEndsWithSix() {
        node.trouble(
                request ->
                        request instanceof Request.Put
                                ? Optional.of(
                                        new Reply.Failed(
                                                ErrorCode.INDETERMINATE, "the log is closing", 0))
                                : Optional.empty());
        Run run = node.run("put", "user:42", "v");
        assertEquals(6, run.exitCode());
        assertTrue(run.err().startsWith("error[INDETERMINATE]: put user:42: "), run.err());
        assertTrue(run.err().contains("the log is closing"), run.err());
    }

    @Test
    void healthSaysWhatIsWrong() {
        assertEquals(new Run(0, "ok node_id=n1\n", ""), node.run("health"));
        assertTrue(node.run("health", "-o", "json").out().startsWith("{\"ready\":true,"));
        node.checks.add(new Reply.Check("log", false, "still reading"));
        assertEquals(
                new Run(
                        10,
                        "",
                        "error[CHECK_FAILED]: the server is not ready\n  log: still reading\n"),
                node.run("health", "--wait", "250ms"));
        assertEquals(10, node.run("health", "-o", "json").exitCode());
        node.close();
        assertEquals(5, node.run("health", "--timeout", "200ms").exitCode());
    }

    @Test
    void healthWaitsForAServerThatIsNotReadyYet() {
        node.checks.set(0, new Reply.Check("log", false, "still reading"));
        node.trouble(
                _ -> {
                    if (node.requests() > 3) {
                        node.checks.set(0, new Reply.Check("log", true, ""));
                    }
                    return Optional.empty();
                });
        assertEquals(0, node.run("health", "--wait", "20s").exitCode());
    }

    @Test
    void endpointsComeFromTheFlagBeforeTheVariable() {
        Map<String, String> wrong = Map.of("NORIKV_ENDPOINTS", "127.0.0.1:1");
        assertEquals(0, Run.with(wrong, "", "-e", node.endpoint(), "put", "k", "v").exitCode());
        assertEquals(2, Run.of("get", "k", "-e", "no port: x").exitCode());
    }

    private String afterPut(String value) {
        node.run("put", "k", "--", value);
        assertEquals(Bytes.utf8(value), node.items.get(Bytes.utf8("k")).value());
        return node.run("get", "k").out();
    }

    private void assertError(int exitCode, String part, String... args) {
        Run run = node.run(args);
        assertEquals(exitCode, run.exitCode(), run.err());
        assertTrue(run.err().contains(part), run.err());
        assertEquals("", run.out());
    }
}
