package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import norikv.json.JsonReader;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Operations from a file, line by line.
final class BatchCommandTest {
    private final MemoryNode node = new MemoryNode();

    @AfterEach
    void close() {
        node.close();
        assertEquals(0, Run.FAULTS.size(), () -> Run.FAULTS.toString());
    }

    @Test
    void eachLineIsDoneAndAnsweredInItsOrder() {
        String lines =
                put("a", "1", ",\"ttl_ms\":60000,\"idempotency_key\":\"order-1\"")
                        + "\n"
                        + get("a")
                        + put("b", "2", ",\"if_absent\":true")
                        + put("b", "3", ",\"if_version\":{\"term\":1,\"index\":2}")
                        + "{\"op\":\"delete\",\"key\":{\"base64\":\"Yg==\"},"
                        + "\"idempotency_key\":\"order-2\"}\n"
                        + "{\"op\":\"get\",\"key\":{\"utf8\":\"b\"},\"consistency\":\"stale\"}";
        Run run = node.runWith(lines, "batch", "--allow-missing");
        List<String> answers = run.out().lines().toList();
        assertEquals("", run.err());
        assertEquals(0, run.exitCode());
        String written =
                "{\"line\":%d,\"op\":\"put\",\"ok\":true,\"version\":{\"term\":1,\"index\":%d},"
                        + "\"shard\":%d}";
        assertEquals(6, answers.size(), run.out());
        assertEquals(written.formatted(1, 1, 894), answers.get(0));
        assertTrue(
                answers.get(1)
                        .matches(
                                "\\{\"line\":3,\"op\":\"get\",\"ok\":true,\"found\":true,"
                                        + "\"value\":\\{\"utf8\":\"1\"},\"version\":"
                                        + "\\{\"term\":1,\"index\":1}"
                                        + ",\"expires_at_ms\":\\d+,\"shard\":894}"),
                answers.get(1));
        assertEquals(written.formatted(4, 2, 745), answers.get(2));
        assertEquals(written.formatted(5, 3, 745), answers.get(3));
        assertEquals(
                "{\"line\":6,\"op\":\"delete\",\"ok\":true,\"existed\":true,\"version\":"
                        + "{\"term\":1,\"index\":4},\"shard\":745}",
                answers.get(4));
        assertEquals(
                "{\"line\":7,\"op\":\"get\",\"ok\":true,\"found\":false,\"shard\":745}",
                answers.get(5));
        assertEquals(List.of("order-1", "", "", "order-2"), node.names);
    }

    @Test
    void manyOperationsOnFewKeysAreDoneInTheOrderOfTheirLines() {
        node.unruly();
        var random = new Random(Long.getLong("seed", 7));
        var text = new StringBuilder();
        List<String> expected = new ArrayList<>();
        var model = new java.util.TreeMap<String, String>();
        for (int i = 0; i < 3000; i++) {
            String key = "k" + random.nextInt(1500);
            if (random.nextBoolean()) {
                text.append(put(key, "v" + i, ""));
                model.put(key, "v" + i);
                expected.add("put");
            } else {
                text.append(get(key));
                expected.add(model.getOrDefault(key, "-"));
            }
        }
        Run run = node.runWith(text.toString(), "batch", "--allow-missing");
        assertEquals("", run.err());
        List<String> answers = run.out().lines().toList();
        assertEquals(expected.size(), answers.size());
        for (int i = 0; i < expected.size(); i++) {
            String answer = answers.get(i);
            assertTrue(answer.startsWith("{\"line\":" + (i + 1) + ","), answer);
            String wanted = expected.get(i);
            String sign =
                    switch (wanted) {
                        case "put" -> "\"op\":\"put\",\"ok\":true";
                        case "-" -> "\"found\":false";
                        default -> "\"value\":{\"utf8\":\"" + wanted + "\"}";
                    };
            assertTrue(answer.contains(sign), () -> wanted + " in " + answer);
        }
    }

    @Test
    void whatDoesNotHoldIsAnsweredAndTheRestIsDone() {
        Run run =
                node.runWith(
                        put("a", "1", "")
                                + get("nope")
                                + put("a", "2", ",\"if_absent\":true")
                                + "{\"op\":\"delete\",\"key\":{\"utf8\":\"b\"},"
                                + "\"if_version\":{\"term\":1,\"index\":9}}\n"
                                + put("c", "3", ""),
                        "batch");
        List<String> answers = run.out().lines().toList();
        assertEquals(5, answers.size(), run.out());
        assertEquals(
                "{\"line\":3,\"op\":\"put\",\"ok\":false,\"error\":{\"code\":\"ALREADY_EXISTS\","
                        + "\"message\":\"no live value expected, found version 1:1; nothing was "
                        + "written\",\"exit_code\":4},\"found_version\":{\"term\":1,\"index\":1},"
                        + "\"shard\":894}",
                answers.get(2));
        assertTrue(
                answers.get(3).contains("version 1:9 expected, found no live value"),
                answers.get(3));
        assertTrue(node.items.containsKey(Bytes.utf8("c")));
        assertEquals(3, run.exitCode());
        assertEquals(
                """
                error[NOT_FOUND]: batch: line 2: get: no such key
                  5 operations were sent and answered: 2 done, 3 not, 0 perhaps
                """,
                run.err());
        String both = get("nope") + put("a", "2", ",\"if_absent\":true");
        Run allowed = node.runWith(both, "batch", "--allow-missing");
        assertEquals(4, allowed.exitCode(), allowed.err());
    }

    @Test
    void aBadLineNamesLineExpectationFoundValueAndWhatWasDone() {
        assertEquals(
                new Run(
                        2,
                        answer(1, 1, 894),
                        """
                        error[INVALID_ARGUMENT]: batch: line 2: byte 1: op: want "get", "put" or \
                        "delete"; did you mean put?, got "putt"
                          1 operations were sent and answered: 1 done, 0 not, 0 perhaps
                          nothing from line 2 on was sent
                          help: norikv help batch shows what a line looks like
                        """),
                node.runWith(
                        put("a", "1", "") + "{\"op\":\"putt\"}\n" + put("b", "2", ""), "batch"));
        assertEquals(1, node.items.size());
        bad(put("a", "1", ",\"ttl_ms\":\"1h\""), 2, "ttl_ms: want 1 to 3153600000000 millis");
        bad(put("a", "1", ",\"ttl_ms\":\"1h\""), 2, "got \"1h\"");
        bad(put("a", "1", ",\"ttl_ms\":0"), 2, "got 0");
        bad(put("a", "1", ",\"ttl\":5"), 2, "unknown member 'ttl'; did you mean ttl_ms?");
        bad(put("a", "1", ",\"if_absent\":1"), 2, "if_absent: want true or false, got 1");
        bad(put("a", "1", ",\"if_version\":\"1:7\""), 2, "both above 0, got \"1:7\"");
        bad(
                put("a", "1", ",\"if_absent\":true,\"if_version\":{\"term\":1,\"index\":7}"),
                2,
                "exclude each other");
        bad(put("a", "1", ",\"idempotency_key\":\"\""), 2, "1 to 255 bytes, got \"\"");
        bad("{\"op\":\"put\",\"key\":{\"utf8\":\"a\"}}", 2, "value: want");
        bad("{\"op\":\"get\",\"key\":{\"utf8\":\"a\"},\"value\":1}", 2, "unknown member 'value'");
        bad("{\"op\":\"get\",\"key\":{\"utf8\":\"a\"},\"consistency\":\"old\"}", 2, "got 'old'");
        bad("[1]", 2, "want an object");
        bad(put("k".repeat(2000), "1", ""), 8, "key: 1 to 1024 bytes, got 2000");
        bad(" ".repeat(LineReader.LINE_BYTES_MAX + 1), 2, "want at most 8388608 bytes a line");
    }

    @Test
    void aFailureEndsTheBatchAndSaysHowFarItCame() {
        fail("k777", ErrorCode.CORRUPTION);
        var text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append(put("k" + i, "v", ""));
        }
        Run run = node.runWith(text.toString(), "batch");
        assertEquals(9, run.exitCode(), run.err());
        assertTrue(
                run.err().startsWith("error[CORRUPTION]: batch: line 778: put: "), run.err());
        long answered = run.out().lines().count();
        assertTrue(run.err().contains("\n  " + answered + " operations were sent and "));
        assertTrue(run.err().contains("\n  nothing behind line " + answered + " was sent\n"));
        assertEquals(answered - 1, node.items.size());
        assertTrue(answered < 20_000, () -> "answered " + answered);
    }

    @Test
    void anOutcomeThatIsNotKnownIsToldBeforeAllElse() {
        fail("k3", ErrorCode.INDETERMINATE);
        Run run = node.runWith(get("nope") + put("k3", "v", "") + put("k4", "v", ""), "batch");
        assertEquals(6, run.exitCode());
        assertTrue(run.err().startsWith("error[INDETERMINATE]: batch: line 2: put: "), run.err());
        assertTrue(run.err().contains("answered: 1 done, 1 not, 1 perhaps"), run.err());
    }

    @Test
    void whatAnOverloadedServerRefusesIsDoneLater() {
        List<Integer> refusals = new ArrayList<>();
        node.trouble(
                request -> {
                    if (request instanceof Request.Single && refusals.size() < 700) {
                        refusals.add(1);
                        return Optional.of(
                                new Reply.Failed(ErrorCode.RESOURCE_EXHAUSTED, "slow down", 5));
                    }
                    return Optional.empty();
                });
        var text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            text.append(put("k" + i, "v", ""));
        }
        Run run = node.runWith(text.toString(), "batch");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(1000, run.out().lines().filter(l -> l.contains("\"ok\":true")).count());
    }

    /// Sixty-four reads under way at most: each may bring a mebibyte.
    @Test
    void readsOfLongValuesTakeBoundedMemory() {
        Bytes value = Bytes.wrap(new byte[1000]);
        var text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            Bytes key = Bytes.utf8("k" + i);
            node.items.put(key, new Item(key, value, new Version(1, 1), Item.NEVER));
            text.append(get("k" + i));
        }
        List<Integer> sizes = new ArrayList<>();
        node.trouble(
                request -> {
                    if (request instanceof Request.Batch(var operations)) {
                        sizes.add(operations.size());
                    }
                    return Optional.empty();
                });
        assertEquals(0, node.runWith(text.toString(), "batch").exitCode());
        assertTrue(sizes.stream().allMatch(size -> size <= 64), sizes::toString);
    }

    @Test
    void whatWasReadIsAnsweredBeforeMoreIsWaitedFor() {
        var out = new ByteArrayOutputStream();
        byte[] first = put("a", "1", "").getBytes(StandardCharsets.UTF_8);
        byte[] second = get("a").getBytes(StandardCharsets.UTF_8);
        List<Long> answersBefore = new ArrayList<>();
        var slow =
                new InputStream() {
                    private int reads;

                    @Override
                    public int read() {
                        throw new AssertionError();
                    }

                    @Override
                    public int read(byte[] into, int from, int length) {
                        answersBefore.add(out.toString(StandardCharsets.UTF_8).lines().count());
                        byte[] next = List.of(first, second, new byte[0]).get(reads++);
                        System.arraycopy(next, 0, into, from, next.length);
                        return next.length == 0 ? -1 : next.length;
                    }
                };
        var terminal =
                new Terminal(
                        slow,
                        out,
                        new PrintStream(OutputStream.nullOutputStream()),
                        Map.of("NORIKV_ENDPOINTS", node.endpoint()),
                        false,
                        new ThreadLoops((where, cause) -> Run.FAULTS.add(where + ": " + cause)));
        assertEquals(0, CommandLine.run(new String[] {"batch"}, terminal));
        assertEquals(List.of(0L, 1L, 2L), answersBefore);
    }

    @Test
    void noLineHangsOrThrowsAnythingElse() {
        var random = new Random(Long.getLong("seed", 5));
        String good =
                put("a", "1", ",\"ttl_ms\":5,\"if_version\":{\"term\":1,\"index\":7},"
                        + "\"idempotency_key\":\"x\"");
        for (int run = 0; run < Integer.getInteger("runs", 20_000); run++) {
            byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(3); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                JsonOperation.read(
                        bytes, 0, bytes.length, norikv.domain.Consistency.LINEARIZABLE);
            } catch (JsonReader.Malformed | norikv.domain.NoriException.Malformed _) {
                // the two answers to what is wrong
            }
        }
    }

    private void bad(String line, int exitCode, String message) {
        Run run = node.runWith("\n\n" + line, "batch");
        assertEquals(exitCode, run.exitCode(), run.err());
        assertTrue(run.err().contains("batch: line 3: "), run.err());
        assertTrue(run.err().contains(message), run.err());
        assertTrue(run.err().contains("nothing from line 3 on was sent"), run.err());
        assertEquals("", run.out());
    }

    private void fail(String key, ErrorCode code) {
        node.trouble(
                request ->
                        request instanceof Request.Put put && put.key().equals(Bytes.utf8(key))
                                ? Optional.of(new Reply.Failed(code, "bad", 0))
                                : Optional.empty());
    }

    private static String answer(int line, int index, int shard) {
        return "{\"line\":%d,\"op\":\"put\",\"ok\":true,\"version\":{\"term\":1,\"index\":%d},"
                        .formatted(line, index)
                + "\"shard\":%d}\n".formatted(shard);
    }

    private static String put(String key, String value, String more) {
        return "{\"op\":\"put\",\"key\":{\"utf8\":\"%s\"},\"value\":{\"utf8\":\"%s\"}%s}\n"
                .formatted(key, value, more);
    }

    private static String get(String key) {
        return "{\"op\":\"get\",\"key\":{\"utf8\":\"%s\"}}\n".formatted(key);
    }
}
