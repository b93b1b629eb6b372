package norikv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What `norikv` can be told to do, with everything that help says about it.
enum Verb {
    SERVER(
            "",
            "run a node until it is told to end",
            concat(ServerFlags.options(), List.of(Option.HELP)),
            "norikv server",
            "norikv server --data-dir /var/lib/norikv --rpc-addr 10.0.0.1:7447",
            "norikv server --config my.properties --set storage.bands=64"),
    PUT(
            "KEY VALUE",
            "write a key",
            client(
                    PutCommand.TTL,
                    PutCommand.IF_VERSION,
                    PutCommand.IF_ABSENT,
                    PutCommand.VALUE_FILE,
                    Option.HEX,
                    Option.BASE64),
            "norikv put user:42 '{\"name\":\"Ada\"}' --ttl 1h",
            "norikv put user:42 v2 --if-version 1:7",
            "norikv put logo --value-file logo.png"),
    GET(
            "KEY",
            "read a key",
            client(
                    GetCommand.ALLOW_MISSING,
                    Client.CONSISTENCY,
                    Option.HEX,
                    Option.BASE64),
            "norikv get user:42",
            "norikv get user:42 -o json",
            "norikv get logo -o raw > logo.png"),
    DELETE(
            "KEY",
            "remove a key",
            client(PutCommand.IF_VERSION, Option.HEX, Option.BASE64),
            "norikv delete user:42",
            "norikv delete user:42 --if-version 1:7"),
    SCAN(
            "[PREFIX]",
            "list the first keys of a range, in byte order",
            client(
                    Range.FROM,
                    Range.TO,
                    ScanCommand.LIMIT,
                    ScanCommand.REVERSE,
                    ScanCommand.KEYS_ONLY,
                    ScanCommand.CURSOR,
                    Client.CONSISTENCY,
                    Option.HEX,
                    Option.BASE64),
            "norikv scan user: --limit 3 -o table",
            "norikv scan --from a --to b --keys-only",
            "norikv scan user: -o ndjson --cursor nk1.AAMB"),
    COUNT(
            "[PREFIX]",
            "count the keys of a range",
            client(Range.FROM, Range.TO, Client.CONSISTENCY, Option.HEX, Option.BASE64),
            "norikv count",
            "norikv count user:"),
    EXPORT(
            "[PREFIX]",
            "write a range to standard output, one JSON object a line",
            client(
                    Range.FROM,
                    Range.TO,
                    ScanCommand.CURSOR,
                    Client.CONSISTENCY,
                    Option.HEX,
                    Option.BASE64),
            "norikv export > all.ndjson",
            "norikv export user: | gzip > users.ndjson.gz"),
    IMPORT(
            "[FILE]",
            "write every item of an export",
            client(),
            "norikv import < all.ndjson",
            "norikv import users.ndjson -e 127.0.0.1:7447"),
    HEALTH(
            "",
            "ask whether the server is ready",
            client(HealthCommand.WAIT),
            "norikv health",
            "norikv health --wait 30s -e 127.0.0.1:7447"),
    BENCH(
            "",
            "put load on a server and measure it",
            client(BenchPlan.OPTIONS.toArray(Option[]::new)),
            "norikv bench --workload put --pipeline 16",
            "norikv bench --workload mixed:80/20 --dist zipf:0.99 --duration 30s",
            "norikv bench --workload get --rate 20000 -o json"),
    CONFIG(
            "print|check|explain KEY",
            "show, check and explain settings of a server",
            concat(List.of(Option.OUTPUT, Option.HELP), ServerFlags.options()),
            "norikv config print --config my.properties",
            "norikv config check --set storage.bands=64",
            "norikv config explain storage.memtable_bytes"),
    HELP(
            "[VERB|exit-codes|config]",
            "say what a verb does",
            List.of(Option.HELP),
            "norikv help config",
            "norikv help exit-codes"),
    VERSION(
            "",
            "say which version this is",
            List.of(Option.OUTPUT, Option.HELP),
            "norikv version",
            "norikv version -o json");

    private final String operands;
    private final String summary;
    private final List<Option> options;
    private final List<String> examples;

    Verb(String operands, String summary, List<Option> options, String... examples) {
        this.operands = operands;
        this.summary = summary;
        this.options = options;
        this.examples = List.of(examples);
    }

    static Optional<Verb> named(String word) {
        for (Verb verb : values()) {
            if (verb.word().equals(word)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }

    static List<String> words() {
        List<String> words = new ArrayList<>();
        for (Verb verb : values()) {
            words.add(verb.word());
        }
        return words;
    }

    /// {@return how it is written}
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String operands() {
        return operands;
    }

    String summary() {
        return summary;
    }

    List<Option> options() {
        return options;
    }

    List<String> examples() {
        return examples;
    }

    Command command() {
        return switch (this) {
            case SERVER -> new ServerCommand();
            case PUT -> new PutCommand();
            case GET -> new GetCommand();
            case DELETE -> new DeleteCommand();
            case SCAN -> new ScanCommand();
            case COUNT -> new CountCommand();
            case EXPORT -> new ExportCommand();
            case IMPORT -> new ImportCommand();
            case HEALTH -> new HealthCommand();
            case BENCH -> new BenchCommand();
            case CONFIG -> new ConfigCommand();
            case HELP -> new HelpCommand();
            case VERSION -> new VersionCommand();
        };
    }

    private static List<Option> client(Option... own) {
        return concat(List.of(own), Option.CLIENT);
    }

    private static List<Option> concat(List<Option> first, List<Option> second) {
        List<Option> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }
}
