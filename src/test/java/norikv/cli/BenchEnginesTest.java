package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
                        "put_open_loop",
                        "open_after_close",
                        "put_sync",
                        "put_sync",
                        "put_nosync_logged",
                        "open_after_kill"),
                names);
        assertNothingLeft();
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
