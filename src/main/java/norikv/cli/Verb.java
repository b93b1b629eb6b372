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
    DEV(
            "",
            "run a cluster in one process, and throw its data away at the end",
            List.of(
                    DevCommand.NODES,
                    DevCommand.PORT,
                    DevCommand.DATA_DIR,
                    DevCommand.SET,
                    Option.HELP),
            "norikv dev",
            "norikv dev --nodes 5 --port 17000",
            "norikv dev --data-dir ./dev-data"),
    PUT(
            "KEY VALUE",
            "write a key",
            client(
                    PutCommand.TTL,
                    PutCommand.IF_VERSION,
                    PutCommand.IF_ABSENT,
                    PutCommand.IDEMPOTENCY_KEY,
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
                    GetCommand.MIN_VERSION,
                    GetCommand.MAX_STALENESS,
                    Option.VERBOSE,
                    Option.HEX,
                    Option.BASE64),
            "norikv get user:42",
            "norikv get user:42 -v -o table",
            "norikv get logo -o raw > logo.png"),
    DELETE(
            "KEY",
            "remove a key",
            client(
                    PutCommand.IF_VERSION,
                    PutCommand.IDEMPOTENCY_KEY,
                    Option.HEX,
                    Option.BASE64),
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
                    GetCommand.MAX_STALENESS,
                    Option.VERBOSE,
                    Option.HEX,
                    Option.BASE64),
            "norikv scan user: --limit 3 -o table",
            "norikv scan --from a --to b --keys-only",
            "norikv scan user: -o ndjson --cursor nk1.AAMB"),
    COUNT(
            "[PREFIX]",
            "count the keys of a range",
            client(
                    Range.FROM,
                    Range.TO,
                    Client.CONSISTENCY,
                    GetCommand.MAX_STALENESS,
                    Option.HEX,
                    Option.BASE64),
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
                    GetCommand.MAX_STALENESS,
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
    BATCH(
            "[FILE]",
            "do what each line says (JSON objects), and answer each with a line",
            client(GetCommand.ALLOW_MISSING, Client.CONSISTENCY),
            "norikv batch < ops.ndjson",
            "{\"op\":\"put\",\"key\":{\"utf8\":\"a\"},\"value\":{\"utf8\":\"1\"}}",
            "  more of a put: ttl_ms, if_absent or if_version, idempotency_key",
            "{\"op\":\"delete\",\"key\":{\"base64\":\"AP8=\"}}",
            "  more of a delete: if_version {\"term\":1,\"index\":7}, idempotency_key",
            "{\"op\":\"get\",\"key\":{\"utf8\":\"a\"}}",
            "  more of a get: consistency, min_version, max_staleness_ms"),
    HEALTH(
            "",
            "ask whether the server is ready",
            client(HealthCommand.WAIT),
            "norikv health",
            "norikv health --wait 30s -e 127.0.0.1:7447"),
    BENCH(
            "[lsm|log]",
            "put load on a server, or on the engine alone, and measure it",
            client(BenchPlan.OPTIONS.toArray(Option[]::new)),
            "norikv bench lsm --keys 500000 --value-size 100 --seconds 3 -o json"),
    TORTURE(
            "",
            "kill, freeze and part real nodes, and check that no client can tell",
            TortureCommand.OPTIONS,
            "norikv torture",
            "norikv torture --seconds 600 --faults kill,partition --seed 7",
            "norikv torture --check h.ndjson",
            "norikv torture --catch-up --seconds 30 --rate 400"),
    CLUSTER(
            "status|topology",
            "show the nodes of a cluster, as any of them knows it",
            client(),
            "norikv cluster status",
            "norikv cluster topology -o json"),
    SHARD(
            "list|locate KEY|show N|move-leader N --to NODE|hash N",
            "show shards and their replicas, compare them, move leaders",
            client(ShardCommand.TO, Option.HEX, Option.BASE64),
            "norikv shard list",
            "norikv shard locate user:42 -o json",
            "norikv shard show 717",
            "norikv shard move-leader 717 --to n2    (stays there for ten minutes)",
            "norikv shard hash 717"),
    VERIFY(
            "DIR",
            "read all of a data folder that nobody uses, and tell what is wrong",
            List.of(VerifyCommand.QUIET, Option.OUTPUT, Option.HELP),
            "norikv verify /var/lib/norikv",
            "norikv verify orders -o json"),
    INSPECT(
            "wal|sst|manifest FILE",
            "show what a file of a data folder holds",
            List.of(InspectCommand.LIMIT, Option.OUTPUT, Option.HELP),
            "norikv inspect wal norikv-data/wal/000001.log --limit 20",
            "norikv inspect sst norikv-data/lsm/000012.sst -o json",
            "norikv inspect manifest norikv-data/lsm/MANIFEST-000003"),
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
            case DEV -> new DevCommand();
            case PUT -> new PutCommand();
            case GET -> new GetCommand();
            case DELETE -> new DeleteCommand();
            case SCAN -> new ScanCommand();
            case COUNT -> new CountCommand();
            case EXPORT -> new ExportCommand();
            case IMPORT -> new ImportCommand();
            case BATCH -> new BatchCommand();
            case HEALTH -> new HealthCommand();
            case BENCH -> new BenchCommand();
            case TORTURE -> new TortureCommand();
            case CLUSTER -> new ClusterCommand();
            case SHARD -> new ShardCommand();
            case VERIFY -> new VerifyCommand();
            case INSPECT -> new InspectCommand();
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
