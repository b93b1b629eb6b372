package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.json.Json;
import norikv.json.JsonReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// That the load is what was asked for, and that what is told is what happened. Not how fast.
final class BenchCommandTest {
    private static final List<String> SHORT =
            List.of(
                    "bench", "--duration=200ms", "--warmup=50ms", "--keys=300", "--clients=4",
                    "--value-size=100", "-o", "json");

    private final MemoryNode node = new MemoryNode();

    @AfterEach
    void close() {
        node.close();
        assertEquals(0, Run.FAULTS.size(), () -> Run.FAULTS.toString());
    }

    @Test
    void everyWorkloadIsCountedByOperation() throws JsonReader.Malformed {
        for (String workload : List.of("put", "get", "mixed:50/50", "scan")) {
            Json.Obj report = bench("--workload", workload, "--pipeline=3", "--connections", "2");
            Json.Obj ops = object(report, "ops");
            Set<String> expected =
                    workload.startsWith("mixed") ? Set.of("get", "put") : Set.of(workload);
            assertEquals(expected, ops.members().keySet());
            assertEquals("{}", object(report, "errors").toString());
            assertEquals("\"norikv.bench/1\"", report.member("schema").orElseThrow().toString());
            assertEquals(
                    "\"" + workload + "\"",
                    object(report, "params").member("workload").orElseThrow().toString());
            for (String op : expected) {
                Json.Obj one = object(ops, op);
                assertTrue(number(one, "count") > 0, workload);
                assertTrue(number(one, "ops_per_s") > 0, workload);
                assertEquals(
                        Set.of("50", "90", "95", "99", "99.9", "99.99"),
                        object(one, "p").members().keySet());
                assertTrue(number(object(one, "p"), "50") <= number(one, "max_us"));
            }
        }
        assertEquals(300, node.items.size());
        assertEquals(100, node.items.firstEntry().getValue().value().length());
        assertEquals(16, node.items.firstKey().length());
    }

    @Test
    void theServersCountersAreThoseOfTheMeasuredTime() throws JsonReader.Malformed {
        Json.Obj report = bench("--workload", "put");
        double puts = number(object(report, "server"), "norikv_puts_total");
        double counted = number(object(object(report, "ops"), "put"), "count");
        // Those under way at either end are counted by one side alone.
        assertEquals(counted, puts, 2 * 4 + 1);
        assertEquals(
                "\"n1\"", object(report, "cluster").member("node_id").orElseThrow().toString());
    }

    @Test
    void anOpenLoopBeginsAsOftenAsItWasTold() throws JsonReader.Malformed {
        Json.Obj report =
                bench("--workload=get", "--rate=2000", "--pipeline=16", "--warmup=0s");
        double due = 2000 * number(report, "seconds");
        assertEquals(due, number(report, "count") + number(report, "backlog"), 0.1 * due);
    }

    @Test
    void anOpenLoopIsMeasuredFromWhenItShouldHaveBegun() throws JsonReader.Malformed {
        boolean[] stalled = {false};
        node.trouble(
                request -> {
                    // The very first: on a busy machine the rest can only come later still.
                    if (request instanceof Request.Get && !stalled[0]) {
                        stalled[0] = true;
                        node.stall(150_000_000);
                    }
                    return Optional.empty();
                });
        // Long enough that a busy machine, too, begins in time what the stall held up.
        Json.Obj report =
                bench("--workload=get", "--rate=1000", "--warmup=0s", "--duration=1s");
        Json.Obj get = object(object(report, "ops"), "get");
        double late = 0;
        var hist = assertInstanceOf(Json.Arr.class, get.member("hist").orElseThrow());
        for (Json bar : hist.elements()) {
            List<Json> upperAndCount = ((Json.Arr) bar).elements();
            if (Double.parseDouble(upperAndCount.get(0).toString()) > 50_000) {
                late += Double.parseDouble(upperAndCount.get(1).toString());
            }
        }
        // A stall of 150 ms delays 150 operations that should have begun in it. Counted from their
        // real beginning only the four that were under way would be late.
        assertTrue(late > 50, "late: " + late);
    }

    @Test
    void errorsAreCountedBySymbolAndDoNotEndIt() throws JsonReader.Malformed {
        int[] count = {0};
        node.trouble(
                request ->
                        request instanceof Request.Get && count[0]++ % 2 == 0
                                ? Optional.of(
                                        new Reply.Failed(ErrorCode.WRITE_STALL, "slow down", 1))
                                : Optional.empty());
        Json.Obj report = bench("--workload", "get");
        assertTrue(number(object(report, "errors"), "WRITE_STALL") > 0);
        assertTrue(number(object(object(report, "ops"), "get"), "count") > 0);
    }

    @Test
    void loadingTriesAgainWhatWasRefused() throws JsonReader.Malformed {
        int[] count = {0};
        node.trouble(
                request ->
                        request instanceof Request.Put && count[0]++ < 250
                                ? Optional.of(
                                        new Reply.Failed(
                                                ErrorCode.RESOURCE_EXHAUSTED, "slow down", 1))
                                : Optional.empty());
        assertEquals("{}", object(bench("--workload", "get"), "errors").toString());
        assertEquals(300, node.items.size());
    }

    @Test
    void peopleGetATable() {
        Run run = node.run("bench", "--workload=put", "--duration=100ms", "--warmup=0s");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().matches("(?s)RESULT +[\\d,]+ op/s  p99 .*op +count.*put .*none\n.*"));
        assertEquals("", run.err());
    }

    @Test
    void noServerAndNonsenseAreTold() {
        for (List<String> bad :
                List.of(
                        List.of("--workload", "mixed:80/30"),
                        List.of("--workload", "mixed:80"),
                        List.of("--workload", "read"),
                        List.of("--dist", "zipf:0"),
                        List.of("--dist", "normal"),
                        List.of("--value-size", "2MiB"),
                        List.of("--clients", "4", "--connections", "5"),
                        List.of("--clients", "65536", "--pipeline", "100"),
                        List.of("--duration", "10"))) {
            List<String> line = new java.util.ArrayList<>(List.of("bench"));
            line.addAll(bad);
            assertEquals(2, node.run(line.toArray(String[]::new)).exitCode(), bad.toString());
        }
        node.close();
        Run run = node.run("bench", "--duration", "100ms");
        assertEquals(5, run.exitCode());
        assertTrue(run.err().contains(node.endpoint()), run.err());
    }

    @Test
    void valuesAreRandomAndNeverTheSameArrayRange() {
        BenchPlan plan = plan("--workload", "put", "--value-size", "64");
        BenchRequests requests = new BenchRequests(plan, arguments());
        Set<Bytes> values = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            values.add(((Request.Put) requests.next()).value());
        }
        assertTrue(values.size() > 990);
    }

    @Test
    void aZipfianChoiceFollowsItsLaw() {
        long seed = Long.getLong("seed", 13);
        KeyChooser.Zipf zipf = new KeyChooser.Zipf(1000, 0.99, new SplittableRandom(seed));
        int[] counts = new int[1001];
        int draws = 200_000;
        for (int i = 0; i < draws; i++) {
            counts[(int) zipf.next()]++;
        }
        double norm = 0;
        for (int k = 1; k <= 1000; k++) {
            norm += Math.pow(k, -0.99);
        }
        for (int k : new int[] {1, 2, 3, 10, 100}) {
            double expected = draws * Math.pow(k, -0.99) / norm;
            assertEquals(expected, counts[k], 6 * Math.sqrt(expected), "seed " + seed + " k " + k);
        }
        assertEquals(0, counts[0]);
    }

    @Test
    void everyChoiceStaysWithinTheKeys() {
        for (String dist : List.of("uniform", "seq", "zipf:0.5", "zipf:1", "zipf:3")) {
            BenchPlan plan = plan("--dist", dist, "--keys", "7");
            KeyChooser chooser = plan.chooser(new SplittableRandom(1), arguments());
            Set<Long> seen = new HashSet<>();
            for (int i = 0; i < 5000; i++) {
                seen.add(chooser.getAsLong());
            }
            assertTrue(seen.stream().allMatch(key -> key >= 0 && key < 7), dist);
            assertTrue(seen.size() > 2, dist);
        }
    }

    private Json.Obj bench(String... more) throws JsonReader.Malformed {
        List<String> line = new java.util.ArrayList<>(SHORT);
        line.addAll(List.of(more));
        Run run = node.run(line.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        byte[] out = run.out().getBytes(StandardCharsets.UTF_8);
        return assertInstanceOf(Json.Obj.class, JsonReader.read(out, 0, out.length));
    }

    private static BenchPlan plan(String... flags) {
        List<String> line = new java.util.ArrayList<>(List.of("bench"));
        line.addAll(List.of(flags));
        return BenchPlan.of(Arguments.parse(line.toArray(String[]::new)));
    }

    private static Arguments arguments() {
        return Arguments.parse(new String[] {"bench"});
    }

    private static Json.Obj object(Json.Obj in, String name) {
        return assertInstanceOf(Json.Obj.class, in.member(name).orElseThrow(), name);
    }

    private static double number(Json.Obj in, String name) {
        return Double.parseDouble(in.member(name).orElseThrow().toString());
    }
}
