package norikv.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.bytes.Utf8;
import norikv.client.Norikv;
import norikv.client.Scan;
import norikv.client.ScanOptions;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.json.Json;

/// `norikv scan [PREFIX]`: the first keys of a range, and how to go on; with `-v` how old the
/// oldest page was.
final class ScanCommand implements Command {
    static final Option LIMIT = Option.of("--limit", "N", "how many, 100 if nothing is said");
    static final Option REVERSE = Option.flag("--reverse", "from the greatest key to the least");
    static final Option KEYS_ONLY = Option.flag("--keys-only", "without values");
    static final Option CURSOR = Option.of("--cursor", "C", "go on where a scan ended");

    private static final long LIMIT_DEFAULT = 100;

    /// So many lines of a table are held to find how wide its columns are.
    private static final int TABLE_ROWS_MAX = 1000;

    private static final int TABLE_VALUE_CHARS_MAX = 40;

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "table", "json", "ndjson");
        ByteText text = ByteText.of(arguments);
        long limit = arguments.whole(LIMIT, 1, Long.MAX_VALUE, LIMIT_DEFAULT);
        try (Norikv client = Client.connect(arguments, terminal)) {
            ScanOptions how =
                    Range.of(arguments, text, client.options().toScan())
                            .withLimit(limit)
                            .withCursor(arguments.value(CURSOR, ""));
            how = arguments.has(REVERSE) ? how.withReverse() : how;
            boolean keysOnly = arguments.has(KEYS_ONLY);
            how = keysOnly ? how.withKeysOnly() : how;
            try (Scan scan = client.scan(how)) {
                switch (output) {
                    case "json" -> json(scan, keysOnly, arguments, terminal);
                    case "ndjson" -> lines(scan, item -> ndjson(item, keysOnly), terminal);
                    case "table" -> table(scan, keysOnly, text, terminal);
                    default -> lines(scan, item -> plain(item, keysOnly, text), terminal);
                }
                tellTheRest(scan, output, terminal);
                if (arguments.has(Option.VERBOSE) && !output.equals("json")) {
                    terminal.err().println("behind_ms=" + scan.behindMillis());
                }
            }
        } catch (NoriException e) {
            throw Client.complaint("scan", "", e, List.of());
        }
        return 0;
    }

    /// Writes an item as a line.
    @FunctionalInterface
    private interface Line {
        String of(Item item);
    }

    private static void lines(Scan scan, Line line, Terminal terminal) throws IOException {
        for (Item item : scan) {
            terminal.println(line.of(item));
        }
    }

    private static String plain(Item item, boolean keysOnly, ByteText text) {
        String key = text.show(item.key());
        return keysOnly ? key : key + "\t" + text.show(item.value());
    }

    private static String ndjson(Item item, boolean keysOnly) {
        return jsonOf(item, keysOnly).toString();
    }

    private static Json.Obj jsonOf(Item item, boolean keysOnly) {
        Json.Obj object = Json.object().with("key", JsonItem.bytes(item.key()));
        if (keysOnly) {
            object.with("version", JsonItem.version(item.version()));
            return JsonItem.expiry(object, item);
        }
        return JsonItem.shown(object, item);
    }

    private static void json(
            Scan scan, boolean keysOnly, Arguments arguments, Terminal terminal)
            throws IOException {
        String between = "{\"items\":[";
        for (Item item : scan) {
            terminal.print(between + jsonOf(item, keysOnly));
            between = ",";
        }
        terminal.print(between.equals(",") ? "]" : between + "]");
        Optional<String> cursor = scan.cursor();
        String next = cursor.map(text -> new Json.Str(text).toString()).orElse("null");
        String age =
                arguments.has(Option.VERBOSE) ? ",\"behind_ms\":" + scan.behindMillis() : "";
        terminal.println(",\"cursor\":" + next + age + "}");
    }

    private static void table(Scan scan, boolean keysOnly, ByteText text, Terminal terminal)
            throws IOException {
        long nowMillis = terminal.loops().clock().wallMillis();
        Table table =
                keysOnly
                        ? new Table("KEY", "VERSION", "TTL")
                        : new Table("KEY", "VALUE", "VERSION", "TTL");
        int held = 0;
        for (Item item : scan) {
            List<String> cells = new ArrayList<>();
            cells.add(text.show(item.key()));
            if (!keysOnly) {
                cells.add(shortened(item.value(), text));
            }
            cells.add(item.version().toString());
            cells.add(ttl(item, nowMillis));
            table.add(cells);
            held++;
            if (held % TABLE_ROWS_MAX == 0) {
                table.flush(terminal);
            }
        }
        table.flush(terminal);
    }

    /// {@return the head of a value, as it stands in a table}
    static String shortened(Bytes value, ByteText text) {
        int end = value.offset() + value.length();
        if (!Utf8.isValid(value.array(), value.offset(), end) && text == ByteText.UTF8) {
            return "<" + value.length() + " bytes>";
        }
        Bytes head = value.slice(0, Math.min(value.length(), 4 * TABLE_VALUE_CHARS_MAX));
        String shown = text.show(head);
        int most = TABLE_VALUE_CHARS_MAX;
        return shown.codePointCount(0, shown.length()) <= most
                ? shown
                : shown.substring(0, shown.offsetByCodePoints(0, most - 1)) + "…";
    }

    /// {@return how long the item still lives, as it stands in a table}
    static String ttl(Item item, long nowMillis) {
        if (item.expiresAtMillis() == Item.NEVER) {
            return "-";
        }
        long seconds = Math.max(0, item.expiresAtMillis() - nowMillis) / 1000;
        String hours = seconds >= 3600 ? seconds / 3600 + "h" : "";
        String minutes = seconds >= 60 ? seconds / 60 % 60 + "m" : "";
        return hours + minutes + seconds % 60 + "s";
    }

    private static void tellTheRest(Scan scan, String output, Terminal terminal)
            throws IOException {
        Optional<String> cursor = scan.cursor();
        if (cursor.isPresent() && !output.equals("json")) {
            terminal.out().flush();
            terminal.err()
                    .println(
                            "-- %d shown, more may follow; go on with --cursor %s"
                                    .formatted(scan.count(), cursor.get()));
        }
    }
}
