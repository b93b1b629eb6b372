package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `norikv torture` says of a history, and what it refuses. Runs are in `TortureIT`.
final class TortureCommandTest {
    private static final String PUT =
            line(
                    "{'process':1,'op':'put','key':'k','value':'a','call_ns':1,'return_ns':2,",
                    "'outcome':'ok','version':{'term':1,'index':1}}");
    private static final String SEEN =
            line(
                    "{'process':2,'op':'get','key':'k','consistency':'lease','call_ns':3,",
                    "'return_ns':4,'outcome':'ok','value_out':'a',",
                    "'version':{'term':1,'index':1}}");
    private static final String LOST =
            line(
                    "{'process':2,'op':'get','key':'k','consistency':'lease','call_ns':5,",
                    "'return_ns':6,'outcome':'missing'}");

    @TempDir Path folder;

    @Test
    void aGoodHistoryEndsWithZero() throws IOException {
        Run run = Run.of("torture", "--check", file(PUT + SEEN));
        assertEquals("linearizable (1 keys, 2 ops)\n", run.out());
        assertEquals(0, run.exitCode());
    }

    @Test
    void aBrokenHistoryEndsWithTen() throws IOException {
        Run run = Run.of("torture", "--check", file(PUT + SEEN + LOST));
        assertEquals(10, run.exitCode());
        assertTrue(run.out().startsWith("NOT linearizable, key k: "), run.out());
        assertTrue(run.out().contains("\"outcome\":\"missing\""), run.out());
        Run json = Run.of("torture", "--check", file(PUT + SEEN + LOST), "-o", "json");
        assertEquals(10, json.exitCode());
        assertTrue(json.out().startsWith("{\"ok\":false,"), json.out());
    }

    @Test
    void whatIsNoHistoryIsRefusedWithItsLine() throws IOException {
        Run run = Run.of("torture", "--check", file(PUT + "{}\n"));
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("history line 2"), run.err());
        assertEquals(2, Run.of("torture", "--check", folder + "/none").exitCode());
        assertEquals(2, Run.of("torture", "--faults", "fire").exitCode());
        assertEquals(2, Run.of("torture", "--nodes", "0").exitCode());
    }

    private String file(String text) throws IOException {
        Path file = folder.resolve("h.ndjson");
        Files.writeString(file, text);
        return file.toString();
    }

    private static String line(String... parts) {
        return String.join("", parts).replace('\'', '"') + "\n";
    }
}
