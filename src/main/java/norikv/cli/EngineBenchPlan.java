package norikv.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a benchmark of the engine, or of the log, alone does.
///
/// @param folder where: in the current one, and removed at the end
/// @param workloads which; empty: all
/// @param warmup how long reads are gone through before they are measured, once at least
/// @param rate operations a second of the open loop; 0: 60 % of what puts reach just before
record EngineBenchPlan(
        Path folder,
        List<String> workloads,
        int keys,
        int valueBytes,
        int seconds,
        Duration warmup,
        long rate,
        long seed,
        boolean json) {
    static final Option SECONDS =
            Option.of("--seconds", "N", "lsm, log: how long a timed workload takes (3)");

    private static final int KEYS_MIN = 1000;
    private static final int KEYS_MAX = 1_000_000_000;
    private static final int VALUE_BYTES_MAX = 1 << 20;
    private static final int SECONDS_MAX = 86_400;
    private static final long RATE_MAX = 10_000_000;

    static EngineBenchPlan of(Arguments arguments, Terminal terminal) {
        String named = arguments.value(BenchPlan.WORKLOAD, "");
        return new EngineBenchPlan(
                makeFolder(),
                named.isEmpty() ? List.of() : List.of(named.split(",")),
                (int) arguments.whole(BenchPlan.KEYS, KEYS_MIN, KEYS_MAX, 500_000),
                (int) arguments.whole(BenchPlan.VALUE_SIZE, 0, VALUE_BYTES_MAX, 100),
                (int) arguments.whole(SECONDS, 1, SECONDS_MAX, 3),
                BenchPlan.time(arguments, BenchPlan.WARMUP, Duration.ZERO),
                arguments.whole(BenchPlan.RATE, 1, RATE_MAX, 0),
                arguments.whole(BenchPlan.SEED, Long.MIN_VALUE, Long.MAX_VALUE, 1),
                arguments.output(terminal, "text", "json").equals("json"));
    }

    /// The current folder says which disk is measured.
    private static Path makeFolder() {
        try {
            return Files.createTempDirectory(Path.of("").toAbsolutePath(), "norikv-bench-");
        } catch (IOException e) {
            throw Complaint.usage("bench: cannot make a folder here: " + e.getMessage(), "");
        }
    }

    /// {@return whether the workload was asked for}
    boolean wants(String workload) {
        return workloads.isEmpty() || workloads.contains(workload);
    }

    /// Complains of workloads that there are not.
    void requireKnown(List<String> known) {
        List<String> unknown = new ArrayList<>(workloads);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw Complaint.usage(
                    "--workload: want some of %s, got '%s'"
                            .formatted(String.join(",", known), String.join(",", unknown)),
                    "");
        }
    }

    /// Removes the folder with all that is in it.
    void removeFolder() throws IOException {
        remove(folder);
    }

    private static void remove(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            List<Path> inside;
            try (var entries = Files.list(path)) {
                inside = entries.toList();
            }
            for (Path one : inside) {
                remove(one);
            }
        }
        Files.delete(path);
    }
}
