package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import norikv.json.Json;
import norikv.json.JsonReader;
import org.junit.jupiter.api.Test;

/// The benches of the engines print what they promise and leave nothing behind.
final class BenchEnginesTest {
    @Test
    void theEngineIsMeasuredByTheNamesThatOthersUse() throws IOException {
        Run run =
                Run.of(
                        "bench", "lsm", "--keys", "2000", "--value-size", "20", "--seconds", "1",
                        "-o", "json", "--rate", "1000", "--warmup", "100ms");
        assertEquals(0, run.exitCode(), run::toString);
        List<String> names = new ArrayList<>();
        for (String line : run.out().lines().toList()) {
            assertTrue(line.startsWith("{\"system\":\"norikv\",\"workload\":\""), line);
            names.add(line.split("\"")[7]);
        }
        assertEquals(
                List.of(
                        "load_random_batch100",
                        "put_nosync",
                        "amplification",
                        "get_hit",
                        "get_hit_into",
                        "get_miss",
                        "seek_next10",
                        "scan_all_per_entry",
                        "seek_next10_view",
                        "scan_all_per_entry_view",
                        "get_beside_writer",
                        "open_after_close",
                        "put_open_loop",
                        "get_hit_cold",
                        "put_sync",
                        "put_sync",
                        "put_nosync_logged",
                        "open_after_kill"),
                names);
        assertNothingLeft();
    }

    @Test
    void whatIsNotAllCachedAndWhatComesOfALoadIsMeasured()
            throws IOException, JsonReader.Malformed {
        Run run =
                Run.of(
                        "bench", "lsm", "--keys", "20000", "--value-size", "100", "--seconds", "1",
                        "-o", "json", "--rate", "500", "--workload",
                        "amplification,get_beside_writer,put_open_loop,get_hit_cold,"
                                + "open_after_close,open_after_kill");
        assertEquals(0, run.exitCode(), run::toString);
        Map<String, Map<String, Json>> lines = lines(run);
        long data = 20_000 * 116;

        assertTrue(number(lines, "amplification", "space") >= 1, run::out);
        double calls = number(lines, "amplification", "write_calls");
        // A sixth may be overwritten in memory; 0 where the system does not count.
        assertTrue(calls == 0 || calls >= 0.8, run::out);
        assertTrue(number(lines, "get_beside_writer", "ops_per_s") > 0, run::out);
        assertTrue(number(lines, "get_beside_writer", "writer_ops_per_s") > 0, run::out);
        assertEquals(500, number(lines, "put_open_loop", "rate"));
        assertTrue(number(lines, "put_open_loop", "sustained_per_s") > 0, run::out);
        assertEquals(data / 10, number(lines, "get_hit_cold", "cache_bytes"));
        double read = number(lines, "get_hit_cold", "read_bytes_per_op");
        assertTrue(read == 0 || read >= 1000, "most of it is not in the cache: " + run.out());
        assertTrue(number(lines, "open_after_close", "kept_bytes") >= data, run::out);
        assertTrue(number(lines, "open_after_kill", "kept_bytes") >= data, run::out);
        assertNothingLeft();
    }

    @Test
    void helpNamesEveryWorkload() {
        String help = Run.of("help", "workloads").out();
        String known = Run.of("bench", "lsm", "--workload", "?").err();
        String names = known.replaceAll("(?s).*want some of (\\S+), got.*", "$1");
        for (String name : names.split(",")) {
            String shown = name.endsWith("_view") ? "…_view " : name;
            assertTrue(help.contains(shown), name);
        }
        assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
    }

    private static Map<String, Map<String, Json>> lines(Run run)
            throws JsonReader.Malformed {
        Map<String, Map<String, Json>> lines = new HashMap<>();
        for (String line : run.out().lines().toList()) {
            byte[] text = line.getBytes(StandardCharsets.UTF_8);
            Map<String, Json> members =
                    ((Json.Obj) JsonReader.read(text, 0, text.length)).members();
            lines.put(((Json.Str) members.get("workload")).value(), members);
        }
        return lines;
    }

    private static double number(
            Map<String, Map<String, Json>> lines, String workload, String name) {
        return Double.parseDouble(((Json.Num) lines.get(workload).get(name)).text());
    }

    @Test
    void theLogIsMeasured() throws IOException {
        Run run =
                Run.of(
                        "bench", "log", "--value-size", "128", "--seconds", "1", "--workload",
                        "log_append_sync");
        assertEquals(0, run.exitCode(), run::toString);
        assertEquals(3, run.out().lines().count());
        assertTrue(run.out().contains("threads 64  ops_per_s "), run::out);
        assertNothingLeft();
    }

    @Test
    void anUnknownWorkloadIsAMistake() throws IOException {
        assertEquals(2, Run.of("bench", "lsm", "--workload", "get_hat").exitCode());
        assertEquals(2, Run.of("bench", "vogon").exitCode());
        assertNothingLeft();
    }

    private static void assertNothingLeft() throws IOException {
        try (Stream<Path> here = Files.list(Path.of(""))) {
            assertEquals(
                    List.of(),
                    here.filter(f -> f.toString().startsWith("norikv-bench-")).toList());
        }
    }
}
