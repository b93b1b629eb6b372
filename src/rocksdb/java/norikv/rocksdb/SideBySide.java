package norikv.rocksdb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import norikv.json.Json;
import norikv.json.JsonReader;

/// RocksDB and `norikv bench lsm` in turn, each in a process of its own with the same flags; who
/// goes first changes from round to round. Prints each line as it comes, then the medians of both
/// and how much better ours are: ratios of one run, because the machine's own speed moves.
///
/// `-Drounds=` (3), and the properties of [RocksLoad]. The open loop of every process after the
/// first goes at one rate, 60 % of what RocksDB sustained in the first, unless `-Drate=` says.
final class SideBySide {
    private static final int ROUNDS = Integer.getInteger("rounds", 3);
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String THEIRS = "rocksdbjni";
    private static final String OURS = "norikv";

    /// What of a line says what was done, and not how well.
    private static final Set<String> GIVEN =
            Set.of("value_bytes", "threads", "ops", "rate", "cache_bytes");

    /// Figures of which more is better.
    private static final String MORE_IS_BETTER = "_per_s";

    /// By workload and figure, then by system: what each round showed.
    private final Map<String, Map<String, List<Double>>> figures = new LinkedHashMap<>();

    private String rate = System.getProperty("rate", "");

    private SideBySide() {}

    /// Runs all rounds.
    public static void main(String[] args) throws Exception {
        var run = new SideBySide();
        for (int round = 0; round < ROUNDS; round++) {
            boolean theirsFirst = round % 2 == 0;
            run.read(theirsFirst ? run.theirs() : run.ours());
            run.read(theirsFirst ? run.ours() : run.theirs());
        }
        run.compare();
    }

    private List<String> theirs() {
        List<String> command = java();
        for (String name : List.of("keys", "value.bytes", "seconds", "seed", "workload")) {
            if (System.getProperty(name) != null) {
                command.add("-D%s=%s".formatted(name, System.getProperty(name)));
            }
        }
        if (!rate.isEmpty()) {
            command.add("-Drate=" + rate);
        }
        command.add("norikv.rocksdb.RocksBench");
        return command;
    }

    private List<String> ours() {
        List<String> command = java();
        Collections.addAll(command, "norikv.cli.Main", "bench", "lsm", "-o", "json");
        Map<String, String> flags = new TreeMap<>();
        flags.put("--keys", Integer.toString(RocksLoad.KEYS));
        flags.put("--value-size", Integer.toString(RocksLoad.VALUE_BYTES));
        flags.put("--seconds", Integer.toString(RocksLoad.SECONDS));
        flags.put("--seed", Long.toString(RocksLoad.SEED));
        flags.put("--workload", System.getProperty("workload", ""));
        flags.put("--rate", rate);
        flags.forEach(
                (flag, value) -> {
                    if (!value.isEmpty()) {
                        Collections.addAll(command, flag, value);
                    }
                });
        return command;
    }

    private static List<String> java() {
        List<String> command = new ArrayList<>();
        Collections.addAll(command, JAVA, "-Xmx2g", "--enable-native-access=ALL-UNNAMED");
        Collections.addAll(command, "-cp", System.getProperty("java.class.path"));
        return command;
    }

    private void read(List<String> command) throws Exception {
        Process process =
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                IO.println(line);
                note(line);
            }
        }
        if (process.waitFor() != 0) {
            throw new IOException("exit code %d of %s".formatted(process.exitValue(), command));
        }
    }

    private void note(String line) throws JsonReader.Malformed {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        if (!(JsonReader.read(bytes, 0, bytes.length) instanceof Json.Obj(var members))) {
            throw new IllegalStateException("an object, got " + line);
        }
        String system = ((Json.Str) members.get("system")).value();
        String workload = ((Json.Str) members.get("workload")).value();
        if (members.containsKey("threads")) {
            workload += ", threads " + members.get("threads");
        }
        for (Map.Entry<String, Json> member : members.entrySet()) {
            if (member.getValue() instanceof Json.Num(var text)
                    && !GIVEN.contains(member.getKey())) {
                figures.computeIfAbsent(workload + ", " + member.getKey(), _ -> new TreeMap<>())
                        .computeIfAbsent(system, _ -> new ArrayList<>())
                        .add(Double.parseDouble(text));
            }
        }
        if (rate.isEmpty() && members.get("rate") instanceof Json.Num(var text)) {
            rate = text;
        }
    }

    /// Prints what both measured: medians, in brackets the least and the most.
    private void compare() {
        String format = "%-46s %28s %28s %8s";
        IO.println(format.formatted("median (min-max)", "RocksDB", "NoriKV", "better"));
        figures.forEach(
                (name, bySystem) -> {
                    List<Double> theirs = bySystem.get(THEIRS);
                    List<Double> ours = bySystem.get(OURS);
                    if (theirs == null || ours == null) {
                        return; // only one of them does this
                    }
                    double ratio =
                            name.endsWith(MORE_IS_BETTER)
                                    ? median(ours) / median(theirs)
                                    : median(theirs) / median(ours);
                    String better = Double.isFinite(ratio) ? "%.2f".formatted(ratio) : "-";
                    IO.println(format.formatted(name, shown(theirs), shown(ours), better));
                });
    }

    private static String shown(List<Double> values) {
        return "%s (%s-%s)"
                .formatted(
                        shown(median(values)),
                        shown(Collections.min(values)),
                        shown(Collections.max(values)));
    }

    private static String shown(double value) {
        return value >= 1000 ? Long.toString(Math.round(value)) : "%.3f".formatted(value);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
