package norikv.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// That a history is written as `wire/history.md` says, and that nothing else is read.
final class HistoryTextTest {
    private static final Path WIRE = Path.of("wire");
    private static final int RUNS = Integer.getInteger("runs", 20_000);

    private static final String GET =
            "{\"process\":1,\"op\":\"get\",\"key\":\"k\",\"consistency\":\"stale\","
                    + "\"call_ns\":1,\"return_ns\":2,\"outcome\":\"missing\"}";

    @Test
    void theVectorsAreReadAndWrittenAsTheyAre() throws IOException {
        String text = Files.readString(WIRE.resolve("vectors").resolve("history.ndjson"));

        List<Operation> history = HistoryText.read(Bytes.utf8(text));

        assertEquals(13, history.size());
        assertEquals(text, HistoryText.write(history));
        Call compareAndSet =
                new Call.Put(Bytes.utf8("x"), new Precondition.IfVersion(new Version(1, 7)));
        Outcome written = new Outcome.Written(new Version(1, 9));
        assertEquals(
                new Operation(3, Bytes.utf8("k17"), compareAndSet, 100, 250, written),
                history.getFirst());
        assertEquals(
                new Outcome.Deleted(false, new Version(2, 5)), history.get(10).outcome());
    }

    @Test
    void theExampleOfThePageIsTheFirstVector() throws IOException {
        String page = Files.readString(WIRE.resolve("history.md"));
        String vectors = Files.readString(WIRE.resolve("vectors").resolve("history.ndjson"));
        assertTrue(page.contains("    " + vectors.lines().findFirst().orElseThrow() + "\n"));
        assertTrue(page.contains((HistoryText.LINE_BYTES_MAX >> 20) + " MiB"));
        assertTrue(page.replace(" ", "").contains(HistoryText.OPERATIONS_MAX + "operations"));
    }

    @Test
    void whatIsLeftOutIsNull() {
        Operation expected =
                new Operation(
                        1,
                        Bytes.utf8("k"),
                        new Call.Get(Consistency.STALE),
                        1,
                        2,
                        new Outcome.Missing(Version.NONE));
        assertEquals(List.of(expected), HistoryText.read(Bytes.utf8("\n" + GET + "\n\n")));
        assertEquals(List.of(expected), HistoryText.read(Bytes.utf8(GET)));
        assertEquals(List.of(), HistoryText.read(Bytes.EMPTY));
    }

    @Test
    void whatIsNoOperationIsRefusedWithItsLine() {
        refuses("[]", "want an object");
        refuses(GET.replace("\"k\"", "1"), "key: want a text or {\"base64\":\"…\"}");
        refuses(GET.replace("\"k\"", "{\"base64\":\"A\"}"), "key: want base64");
        refuses(GET.replace("\"get\"", "\"read\""), "op: want put, get, delete or cas");
        refuses(GET.replace("\"get\"", "null"), "op: want a text");
        refuses(GET.replace("process", "proces"), "unknown member 'proces'");
        refuses(GET.replace(":1,\"op", ":1.5,\"op"), "process: want a whole number of 64 bits");
        refuses(GET.replace(":2,", ":0,"), "history: want return >= call, got 0 < 1");
        refuses(GET.replace("stale", "old"), "consistency: linearizable, lease or stale, got");
        refuses(GET.replace("missing", "gone"), "outcome: want ok, missing, mismatch, definite");
        refuses(GET.replace("missing", "ok"), "value_out: want a text");
        refuses(GET.replace("missing", "mismatch"), "history: want an outcome of Get");
        refuses(with(GET, "\"value\":\"x\""), "value: want null");
        refuses(with(GET, "\"expect\":\"absent\""), "expect: want null");
        refuses(with(GET, "\"value_out\":\"x\""), "value_out: want null");
        refuses(with(GET, "\"version\":{\"term\":0,\"index\":1}"), "version: want {\"term\"");
        refuses(with(GET, "\"version\":{\"term\":1}"), "version: want {\"term\"");
        String put = GET.replace("\"get\"", "\"put\"").replace("\"stale\"", "null");
        refuses(put, "value: want a text");
        refuses(with(put, "\"value\":\"x\""), "history: want an outcome of Put");
        String cas = with(put.replace("put", "cas"), "\"value\":\"x\"");
        refuses(cas, "expect: want a condition");
        refuses(with(cas, "\"expect\":\"gone\""), "expect: want {\"term\"");
        refuses(with(put, "\"value\":\"x\",\"expect\":\"absent\""), "expect: want null");
        String failed = GET.replace("missing", "definite");
        refuses(with(failed, "\"version\":{\"term\":1,\"index\":1}"), "version: want null");
    }

    @Test
    void aLineBeyondTheLimitIsRefused() {
        String spaces = " ".repeat(HistoryText.LINE_BYTES_MAX - GET.length());
        assertEquals(1, HistoryText.read(Bytes.utf8(GET + spaces)).size());
        refuses(GET + spaces + " ", "want at most 8388608 bytes");
    }

    @Test
    void anyHistorySurvives() {
        long seed = Long.getLong("seed", 7);
        var random = new Random(seed);
        for (int run = 0; run < RUNS; run += 10) {
            List<Operation> history = new RandomHistory(random).next();
            Bytes text = Bytes.utf8(HistoryText.write(history));
            assertEquals(history, HistoryText.read(text), "seed " + seed + " run " + run);
        }
    }

    @Test
    void noLineThrowsAnythingElse() throws IOException {
        long seed = Long.getLong("seed", 8);
        var random = new Random(seed);
        byte[] good = Files.readAllBytes(WIRE.resolve("vectors").resolve("history.ndjson"));
        int refused = 0;
        for (int run = 0; run < RUNS / 10; run++) {
            byte[] bytes = good.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                List<Operation> read = HistoryText.read(Bytes.wrap(bytes));
                assertEquals(
                        read,
                        HistoryText.read(Bytes.utf8(HistoryText.write(read))),
                        "seed " + seed + " run " + run);
            } catch (NoriException.Malformed _) {
                refused++;
            }
        }
        assertTrue(refused > 0);
    }

    private static String with(String line, String member) {
        return line.substring(0, line.length() - 1) + "," + member + "}";
    }

    private static void refuses(String line, String message) {
        Bytes text = Bytes.utf8("\n" + line);
        var error =
                assertThrows(
                        NoriException.Malformed.class, () -> HistoryText.read(text), message);
        assertTrue(
                error.getMessage().startsWith("history line 2: byte 1: " + message)
                        || error.getMessage().startsWith("history line 2: " + message),
                error.getMessage());
    }
}
