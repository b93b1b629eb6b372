package norikv.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import norikv.domain.Consistency;
import norikv.json.Json;
import norikv.server.Units;

/// What a benchmark does.
///
/// @param getPercent how many of a hundred operations of a mixed workload read
/// @param rate operations a second to begin, whatever the answers do; 0: each when one was answered
record BenchPlan(
        Workload workload,
        int getPercent,
        int clients,
        int pipeline,
        int connections,
        int valueBytes,
        long keys,
        Duration duration,
        Duration warmup,
        long rate,
        String distribution,
        int scanLimit,
        Consistency consistency,
        long seed) {
    static final Option WORKLOAD =
            Option.of("--workload", "W", "put, get, scan or mixed:80/20; lsm: help workloads");
    static final Option CLIENTS = Option.of("--clients", "N", "callers (64)");
    static final Option PIPELINE = Option.of("--pipeline", "N", "requests of a caller (1)");
    static final Option CONNECTIONS = Option.of("--connections", "N", "one for each caller");
    static final Option VALUE_SIZE = Option.of("--value-size", "N", "bytes of a value (1024)");
    static final Option KEYS = Option.of("--keys", "N", "how many keys (100000)");
    static final Option DURATION = Option.of("--duration", "TIME", "how long to measure (10s)");
    static final Option WARMUP = Option.of("--warmup", "TIME", "how long before that (3s)");
    static final Option RATE = Option.of("--rate", "N", "operations a second: an open loop");
    static final Option DIST = Option.of("--dist", "D", "keys: uniform, zipf:0.99 or seq");
    static final Option SCAN_LIMIT = Option.of("--scan-limit", "N", "items of a scan (10)");
    static final Option SEED = Option.of("--seed", "N", "of all that is random (1)");
    static final List<Option> OPTIONS =
            List.of(
                    WORKLOAD,
                    CLIENTS,
                    PIPELINE,
                    CONNECTIONS,
                    VALUE_SIZE,
                    KEYS,
                    DURATION,
                    WARMUP,
                    RATE,
                    DIST,
                    SCAN_LIMIT,
                    Client.CONSISTENCY,
                    SEED,
                    EngineBenchPlan.SECONDS);

    private static final int CLIENTS_MAX = 65_536;
    private static final int CONNECTIONS_MAX = 4096;
    private static final int PIPELINE_MAX = 4096;
    private static final int IN_FLIGHT_MAX = 1 << 18;
    private static final int VALUE_BYTES_MAX = 1 << 20;
    private static final long KEYS_MAX = 1_000_000_000;
    private static final long RATE_MAX = 10_000_000;
    private static final Duration TIME_MAX = Duration.ofDays(1);

    /// What is asked for.
    enum Workload {
        PUT,
        GET,
        MIXED,
        SCAN
    }

    static BenchPlan of(Arguments arguments) {
        String named = arguments.value(WORKLOAD, "mixed:80/20");
        int getPercent = named.startsWith("mixed:") ? share(named, arguments) : 0;
        Workload workload =
                switch (named) {
                    case "put" -> Workload.PUT;
                    case "get" -> Workload.GET;
                    case "scan" -> Workload.SCAN;
                    case String mixed when mixed.startsWith("mixed:") -> Workload.MIXED;
                    default ->
                            throw arguments.bad(WORKLOAD, "put, get, mixed:GET/PUT or scan");
                };
        int clients = (int) arguments.whole(CLIENTS, 1, CLIENTS_MAX, 64);
        int pipeline = (int) arguments.whole(PIPELINE, 1, PIPELINE_MAX, 1);
        if ((long) clients * pipeline > IN_FLIGHT_MAX) {
            throw Complaint.usage(
                    "--clients times --pipeline: want at most " + IN_FLIGHT_MAX, "");
        }
        int connectionsMax = Math.min(clients, CONNECTIONS_MAX);
        BenchPlan plan =
                new BenchPlan(
                        workload,
                        getPercent,
                        clients,
                        pipeline,
                        (int) arguments.whole(CONNECTIONS, 1, connectionsMax, connectionsMax),
                        valueBytes(arguments),
                        arguments.whole(KEYS, 1, KEYS_MAX, 100_000),
                        time(arguments, DURATION, Duration.ofSeconds(10)),
                        time(arguments, WARMUP, Duration.ofSeconds(3)),
                        arguments.whole(RATE, 1, RATE_MAX, 0),
                        arguments.value(DIST, "uniform"),
                        (int) arguments.whole(SCAN_LIMIT, 1, 10_000, 10),
                        Client.consistency(arguments),
                        arguments.whole(SEED, 0, Long.MAX_VALUE, 1));
        plan.chooser(new SplittableRandom(1), arguments); // refuses what it does not know
        return plan;
    }

    /// {@return which keys the operations take}
    KeyChooser chooser(SplittableRandom random, Arguments arguments) {
        if (distribution.equals("uniform")) {
            return KeyChooser.uniform(keys, random);
        }
        if (distribution.equals("seq")) {
            return KeyChooser.sequential(keys);
        }
        if (distribution.startsWith("zipf:")) {
            try {
                double exponent = Double.parseDouble(distribution.substring("zipf:".length()));
                if (exponent > 0 && exponent <= 10) {
                    return KeyChooser.zipf(keys, exponent, random);
                }
            } catch (NumberFormatException _) {
                // falls through to the one complaint for everything that is unknown
            }
        }
        throw arguments.bad(DIST, "uniform, zipf:0.99 (an exponent up to 10) or seq");
    }

    /// {@return whether the keys must be there before}
    boolean reads() {
        return workload != Workload.PUT;
    }

    String workloadName() {
        return switch (workload) {
            case PUT -> "put";
            case GET -> "get";
            case SCAN -> "scan";
            case MIXED -> "mixed:" + getPercent + "/" + (100 - getPercent);
        };
    }

    Json json() {
        return Json.object()
                .with("workload", workloadName())
                .with("clients", clients)
                .with("pipeline", pipeline)
                .with("connections", connections)
                .with("value_bytes", valueBytes)
                .with("keys", keys)
                .with("duration_s", duration.toNanos() / 1e9)
                .with("warmup_s", warmup.toNanos() / 1e9)
                .with("rate", rate)
                .with("dist", distribution)
                .with("scan_limit", scanLimit)
                .with("consistency", consistency.name().toLowerCase(Locale.ROOT))
                .with("seed", seed);
    }

    private static int share(String mixed, Arguments arguments) {
        String[] shares = mixed.substring("mixed:".length()).split("/", -1);
        try {
            int gets = Integer.parseInt(shares[0]);
            if (shares.length == 2 && gets >= 0 && gets + Integer.parseInt(shares[1]) == 100) {
                return gets;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint for everything that is no share
        }
        throw arguments.bad(WORKLOAD, "mixed:GET/PUT with two numbers that make 100");
    }

    private static int valueBytes(Arguments arguments) {
        String text = arguments.value(VALUE_SIZE, "1024");
        long bytes = Units.size(text).orElse(Units.size(text + "B").orElse(-1L));
        if (bytes < 0 || bytes > VALUE_BYTES_MAX) {
            throw arguments.bad(VALUE_SIZE, "0 to 1048576 bytes, or a size such as 4KiB");
        }
        return (int) bytes;
    }

    static Duration time(Arguments arguments, Option option, Duration fallback) {
        boolean none = arguments.value(option, "").equals("0s") && option == WARMUP;
        Duration time = none ? Duration.ZERO : arguments.time(option, fallback);
        if (time.compareTo(TIME_MAX) > 0) {
            throw arguments.bad(option, "at most a day");
        }
        return time;
    }
}
