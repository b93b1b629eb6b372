package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Scans, counts, exports and imports.
final class RangeCommandsTest {
    private final MemoryNode node = new MemoryNode();

    @AfterEach
    void close() {
        node.close();
        assertEquals(0, Run.FAULTS.size(), () -> Run.FAULTS.toString());
    }

    @Test
    void aScanListsARangeInEveryFormat() {
        put("user:1", "a");
        put("user:2", "\0");
        put("v", "c");
        assertEquals("user:1\ta\nuser:2\t\\x00\n", node.run("scan", "user:").out());
        assertEquals(
                "user:2\nuser:1\n", node.run("scan", "user:", "--keys-only", "--reverse").out());
        assertEquals("user:2\t\\x00\nv\tc\n", node.run("scan", "--from", "user:2").out());
        assertEquals("user:1\ta\n", node.run("scan", "--to", "user:2").out());
        assertEquals("76\t63\n", node.run("scan", "--hex", "76").out());
        assertEquals(
                """
                KEY     VALUE  VERSION  TTL
                user:1  a      1:7      -
                user:2  \\x00   1:7      -
                """,
                node.run("scan", "user:", "-o", "table").out());
        assertEquals(
                "{\"key\":{\"utf8\":\"v\"},\"value\":{\"utf8\":\"c\"},\"version\":{\"term\":1,"
                        + "\"index\":7}}\n",
                node.run("scan", "v", "-o", "ndjson").out());
        assertEquals(
                "{\"items\":[{\"key\":{\"utf8\":\"v\"},\"version\":{\"term\":1,\"index\":7}}],"
                        + "\"cursor\":null}\n",
                node.run("scan", "v", "-o", "json", "--keys-only").out());
        assertEquals(
                "{\"items\":[],\"cursor\":null}\n", node.run("scan", "w", "-o", "json").out());
        assertEquals(
                "{\"items\":[],\"cursor\":null,\"behind_ms\":0}\n",
                node.run("scan", "w", "-o", "json", "-v").out());
        assertEquals("behind_ms=0\n", node.run("scan", "w", "-v").err());
        String[] stale = {"scan", "v", "--consistency", "stale", "--max-staleness", "2s"};
        assertEquals("v\tc\n", node.run(stale).out());
        assertEquals(2, node.run("scan", "--max-staleness", "soon").exitCode());
    }

    @Test
    void aScanSaysHowToGoOn() {
        for (int i = 0; i < 5; i++) {
            put("k" + i, "v");
        }
        Run first = node.run("scan", "k", "--limit", "2", "--keys-only");
        assertEquals("k0\nk1\n", first.out());
        assertTrue(first.err().startsWith("-- 2 shown, more may follow; go on with --cursor nk1."));
        String cursor = first.err().replaceAll("(?s).*--cursor (\\S+)\n", "$1");
        Run rest = node.run("scan", "k", "--keys-only", "--cursor", cursor);
        assertEquals(new Run(0, "k2\nk3\nk4\n", ""), rest);
        assertEquals(2, node.run("scan", "k", "--cursor", "nonsense").exitCode());
        assertEquals(2, node.run("scan", "k", "--limit", "0").exitCode());
        assertEquals(2, node.run("scan", "k", "--from", "a").exitCode());
        assertEquals(2, node.run("scan", "--from", "b", "--to", "a").exitCode());
    }

    @Test
    void aLongTableKeepsItsColumns() {
        for (int i = 0; i < 1500; i++) {
            put("k%04d".formatted(i), i == 1200 ? "v".repeat(100) : "v");
        }
        put("k0001", "\u00ff".repeat(3));
        node.items.put(
                Bytes.utf8("k0002"),
                new Item(Bytes.utf8("k0002"), Bytes.hex("ff00"), new Version(1, 7), 0));
        List<String> lines =
                node.run("scan", "--limit", "2000", "-o", "table").out().lines().toList();
        assertEquals(1501, lines.size());
        assertEquals("k0001  ÿÿÿ        1:7      -", lines.get(2));
        assertEquals("k0002  <2 bytes>  1:7      -", lines.get(3));
        assertTrue(lines.get(1201).contains("v".repeat(39) + "…  1:7"), lines.get(1201));
    }

    @Test
    void aCountIsANumber() {
        put("a1", "v");
        put("a2", "v");
        put("b", "v");
        assertEquals("3\n", node.run("count").out());
        assertEquals("2\n", node.run("count", "a").out());
        assertEquals(
                "{\"count\":1}\n",
                node.run("count", "--from", "a2", "--to", "b", "-o", "json").out());
    }

    @Test
    void whatIsExportedAndImportedAgainIsTheSame() {
        Random random = new Random(Long.getLong("seed", 12));
        for (int i = 0; i < 3000; i++) {
            byte[] key = new byte[8 + random.nextInt(40)];
            byte[] value = new byte[random.nextInt(600)];
            random.nextBytes(key);
            random.nextBytes(value);
            Bytes k = i % 2 == 0 ? Bytes.wrap(key) : Bytes.utf8("käse\n" + i);
            node.items.put(k, new Item(k, Bytes.wrap(value), new Version(1, 1), Item.NEVER));
        }
        TreeMap<Bytes, Item> before = new TreeMap<>(node.items);
        Run export = node.run("export");
        assertEquals(3000, export.out().lines().count());
        assertEquals("", export.err());
        node.items.clear();

        Run imported = node.runWith(export.out(), "import");

        assertEquals(new Run(0, "OK imported=3000 expired=0\n", ""), imported);
        assertEquals(before.keySet(), node.items.keySet());
        before.forEach((k, item) -> assertEquals(item.value(), node.items.get(k).value()));
        assertEquals(export.out(), node.run("export").out());
    }

    @Test
    void expiryTravelsAndWhatIsExpiredStaysAway() {
        long soon = 4_000_000_000_000L;
        Run run =
                node.runWith(
                        line("a", "v", ",\"expires_at_ms\":" + soon)
                                + line("b", "v", ",\"expires_at_ms\":1000")
                                + "\n  \r\n"
                                + line("c", "v", ",\"version\":{\"term\":1,\"index\":1}").strip(),
                        "import",
                        "-o",
                        "json");
        assertEquals("{\"ok\":true,\"imported\":2,\"expired\":1}\n", run.out());
        assertEquals(List.of(Bytes.utf8("a"), Bytes.utf8("c")), List.copyOf(node.items.keySet()));
        assertEquals(soon, node.items.get(Bytes.utf8("a")).expiresAtMillis(), 60_000);
    }

    @Test
    void theLaterLineOfAKeyWins() {
        node.unruly();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            text.append(line("k" + i % 700, "v" + i, ""));
        }
        text.append(line("x", "1", "")).append(line("x", "2", ""));
        assertEquals("OK imported=2002 expired=0\n", node.runWith(text.toString(), "import").out());
        for (int i = 0; i < 700; i++) {
            int last = i + (1999 - i) / 700 * 700;
            assertEquals(Bytes.utf8("v" + last), node.items.get(Bytes.utf8("k" + i)).value());
        }
        assertEquals(Bytes.utf8("2"), node.items.get(Bytes.utf8("x")).value());
    }

    @Test
    void theFirstBadLineIsNamedAndAllBeforeItIsWritten() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1234; i++) {
            text.append(line("k" + i, "v", ""));
        }
        Run run = node.runWith(text + "{\"key\":1}\n" + line("z", "v", ""), "import");
        assertEquals(
                new Run(
                        2,
                        "",
                        """
                        error[INVALID_ARGUMENT]: import: line 1235: byte 1: key: want \
                        {"utf8":"…"} or {"base64":"…"}, got 1
                          1234 items were written, nothing was passed over
                          help: importing the whole file again is safe
                        """),
                run);
        assertEquals(1234, node.items.size());
        assertEquals(8, node.runWith(line("k".repeat(2000), "v", ""), "import").exitCode());
        Run endless = node.runWith(" ".repeat(LineReader.LINE_BYTES_MAX + 1), "import");
        assertTrue(endless.err().contains("line 1: want at most 8388608 bytes a line"));
    }

    @Test
    void aFailedWriteIsNamedByItsLineAndNothingIsLostSilently() {
        fail("k777", ErrorCode.CORRUPTION);
        Run run = node.runWith(lines(1000) + "nonsense", "import");
        assertEquals(9, run.exitCode(), run.err());
        assertTrue(run.err().startsWith("error[CORRUPTION]: import: line 778: "), run.err());
        long told = Long.parseLong(run.err().replaceAll("(?s).*\n  (\\d+) items were.*", "$1"));
        assertEquals(node.items.size(), told);

        fail("k3", ErrorCode.INDETERMINATE);
        run = node.runWith(lines(10), "import");
        assertEquals(6, run.exitCode());
        assertTrue(run.err().contains("\n  9 items were written"), run.err());
        assertTrue(run.err().contains("\n  1 more may have been written\n"), run.err());
    }

    @Test
    void whatAnOverloadedServerRefusesIsWrittenLater() {
        List<Integer> refusals = Collections.synchronizedList(new ArrayList<>());
        node.trouble(
                request -> {
                    if (request instanceof Request.Put && refusals.size() < 700) {
                        refusals.add(1);
                        return Optional.of(
                                new Reply.Failed(ErrorCode.RESOURCE_EXHAUSTED, "slow down", 5));
                    }
                    return Optional.empty();
                });
        assertEquals("OK imported=1000 expired=0\n", node.runWith(lines(1000), "import").out());
        assertEquals(1000, node.items.size());
    }

    @Test
    void anExportThatBreaksOffSaysSo() {
        for (int i = 0; i < 3000; i++) {
            put("k%04d".formatted(i), "v".repeat(1000));
        }
        node.trouble(
                request ->
                        request instanceof Request.Scan scan && !scan.cursor().isEmpty()
                                ? Optional.of(
                                        new Reply.Failed(ErrorCode.CORRUPTION, "bad block", 0))
                                : Optional.empty());
        Run run = node.run("export");
        assertEquals(9, run.exitCode());
        long written = run.out().lines().count();
        assertTrue(written > 0 && written < 3000);
        assertTrue(run.err().contains("\n  " + written + " items were written: the export is not"));
        assertTrue(run.err().contains("go on with --cursor nk1."), run.err());
    }

    private void fail(String key, ErrorCode code) {
        node.items.clear();
        node.trouble(
                request ->
                        request instanceof Request.Put put && put.key().equals(Bytes.utf8(key))
                                ? Optional.of(new Reply.Failed(code, "bad", 0))
                                : Optional.empty());
    }

    private void put(String key, String value) {
        Bytes k = Bytes.utf8(key);
        Bytes v = Bytes.wrap(value.getBytes(StandardCharsets.UTF_8));
        node.items.put(k, new Item(k, v, new Version(1, 7), Item.NEVER));
    }

    private static String lines(int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(line("k" + i, "v", ""));
        }
        return text.toString();
    }

    private static String line(String key, String value, String more) {
        return "{\"key\":{\"utf8\":\"%s\"},\"value\":{\"utf8\":\"%s\"}%s}\n"
                .formatted(key, value, more);
    }
}
