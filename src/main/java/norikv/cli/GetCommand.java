package norikv.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.client.GetOptions;
import norikv.client.Norikv;
import norikv.client.Read;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;
import norikv.json.Json;

/// `norikv get KEY`: what it prints, and with `-v` which way the read took: on standard error where
/// the output is the bare value.
final class GetCommand implements Command {
    static final Option ALLOW_MISSING =
            Option.flag("--allow-missing", "a key that is not there is no error");

    static final Option MIN_VERSION =
            Option.of("--min-version", "T:I", "see this version of its shard or a later one");
    static final Option MAX_STALENESS =
            Option.of("--max-staleness", "TIME", "how old a stale read may be, such as 2s");

    /// A read, and who leads the shard as far as the node knows that answered; empty: nobody.
    private record Seen(Read read, String leader) {}

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json", "table", "raw");
        ByteText text = ByteText.of(arguments);
        Bytes key = text.parse("key", arguments.operands(1, 1).getFirst());
        boolean isVerbose = arguments.has(Option.VERBOSE);
        Seen seen;
        try (Norikv client = Client.connect(arguments, terminal)) {
            GetOptions how = options(arguments, client.options().toGet());
            Read read = client.read(key, how);
            seen = new Seen(read, isVerbose ? leader(client, read, how) : "");
        } catch (NoriException e) {
            throw Client.complaint("get", text.show(key), e, List.of());
        }
        Optional<Item> found = seen.read().item();
        if (isVerbose && (output.equals("text") || output.equals("raw"))) {
            terminal.err().println(way(seen));
        }
        if (found.isEmpty() && !arguments.has(ALLOW_MISSING)) {
            throw new Complaint(
                    ErrorCode.NOT_FOUND.name(),
                    ErrorCode.NOT_FOUND.exitCode(),
                    "no such key: " + text.show(key),
                    List.of(),
                    "");
        }
        switch (output) {
            case "json" -> json(seen, isVerbose, terminal);
            case "table" -> table(seen, isVerbose, text, terminal);
            default -> {
                if (found.isPresent()) {
                    print(found.get().value(), output, text, terminal);
                }
            }
        }
        return 0;
    }

    private static GetOptions options(Arguments arguments, GetOptions defaults) {
        GetOptions how = defaults;
        if (arguments.has(MIN_VERSION)) {
            how = how.withMinVersion(Version.parse(arguments.value(MIN_VERSION, "")));
        }
        return arguments.has(MAX_STALENESS)
                ? how.withMaxStaleness(arguments.time(MAX_STALENESS, Duration.ZERO))
                : how;
    }

    /// {@return who leads the shard, as far as the node knows that answered} What is not stale only
    /// the leader answers.
    private static String leader(Norikv client, Read read, GetOptions how) {
        if (how.consistency() != Consistency.STALE) {
            return read.node();
        }
        Reply.Topology known = client.topology(read.node());
        int number = known.seats().get(read.shard().number()).leader();
        return number == 0 ? "" : known.members().get(number - 1).name();
    }

    private static String way(Seen seen) {
        Read read = seen.read();
        String version = read.item().map(item -> item.version().toString()).orElse("-");
        String leader = seen.leader().isEmpty() ? "-" : seen.leader();
        Age age = read.age();
        String old =
                age.equals(Age.NONE)
                        ? ""
                        : " applied=%s behind_ms=%d"
                                .formatted(age.applied(), age.behindMillis());
        return "shard=%s node=%s leader=%s attempts=%d version=%s%s"
                .formatted(read.shard(), read.node(), leader, read.attempts(), version, old);
    }

    private static void json(Seen seen, boolean isVerbose, Terminal terminal)
            throws IOException {
        Read read = seen.read();
        Json.Obj object = Json.object().with("found", read.item().isPresent());
        read.item().ifPresent(item -> JsonItem.shown(object, item));
        if (isVerbose) {
            object.with("shard", read.shard().number()).with("node", read.node());
            if (!seen.leader().isEmpty()) {
                object.with("leader", seen.leader());
            }
            object.with("attempts", read.attempts());
            if (!read.age().equals(Age.NONE)) {
                object.with("applied", JsonItem.version(read.age().applied()))
                        .with("behind_ms", read.age().behindMillis());
            }
        }
        terminal.println(object.toString());
    }

    private static void table(Seen seen, boolean isVerbose, ByteText text, Terminal terminal)
            throws IOException {
        Read read = seen.read();
        List<String> heading = new ArrayList<>(List.of("KEY", "VALUE", "VERSION", "TTL"));
        List<String> cells = new ArrayList<>();
        cells.add(text.show(read.key()));
        if (read.item().isPresent()) {
            Item item = read.item().get();
            cells.add(ScanCommand.shortened(item.value(), text));
            cells.add(item.version().toString());
            cells.add(ScanCommand.ttl(item, terminal.loops().clock().wallMillis()));
        } else {
            cells.addAll(List.of("-", "-", "-"));
        }
        if (isVerbose) {
            heading.addAll(List.of("SHARD", "NODE", "LEADER", "ATTEMPTS", "APPLIED", "BEHIND_MS"));
            cells.add(read.shard().toString());
            cells.add(read.node());
            cells.add(seen.leader().isEmpty() ? "-" : seen.leader());
            cells.add(Integer.toString(read.attempts()));
            boolean isStale = !read.age().equals(Age.NONE);
            cells.add(isStale ? read.age().applied().toString() : "-");
            cells.add(isStale ? Long.toString(read.age().behindMillis()) : "-");
        }
        Table table = new Table(heading.toArray(String[]::new));
        table.add(cells);
        table.flush(terminal);
    }

    private static void print(Bytes value, String output, ByteText text, Terminal terminal)
            throws IOException {
        if (output.equals("raw")) {
            terminal.out().write(value.array(), value.offset(), value.length());
        } else {
            terminal.println(text == ByteText.UTF8 ? ByteText.showText(value) : text.show(value));
        }
    }
}
