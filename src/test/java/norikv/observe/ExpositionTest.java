package norikv.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The two texts, letter by letter where scrapers are strict, and as a whole where none of them is.
final class ExpositionTest {
    private final Registry registry = new Registry(2);

    @Test
    void aCounterIsNamedAsEachFormatWants() {
        registry.counter("norikv_wal_bytes_total", "Bytes \"written\" to a\\b\nlog.").add(7);
        assertEquals(
                """
                # HELP norikv_wal_bytes_total Bytes "written" to a\\\\b\\nlog.
                # TYPE norikv_wal_bytes_total counter
                norikv_wal_bytes_total 7
                """,
                classic());
        assertEquals(
                """
                # TYPE norikv_wal_bytes counter
                # UNIT norikv_wal_bytes bytes
                # HELP norikv_wal_bytes Bytes \\"written\\" to a\\\\b\\nlog.
                norikv_wal_bytes_total 7
                # EOF
                """,
                openMetrics());
    }

    @Test
    void gaugesShowEveryNumber() {
        registry.gauge("norikv_g", "G.", () -> Double.NaN, new Label("kind", "a"));
        registry.gauge("norikv_g", "G.", () -> Double.POSITIVE_INFINITY, new Label("kind", "b"));
        registry.gauge("norikv_g", "G.", () -> -0.25, new Label("kind", "c\"\\\n"));
        assertEquals(
                """
                # HELP norikv_g G.
                # TYPE norikv_g gauge
                norikv_g{kind="a"} NaN
                norikv_g{kind="b"} +Inf
                norikv_g{kind="c\\"\\\\\\n"} -0.25
                """,
                classic());
    }

    @Test
    void anInfoIsAGaugeInTheClassicText() {
        registry.info("norikv_build_info", "What runs.", new Label("version", "1.2"));
        assertEquals(
                """
                # HELP norikv_build_info What runs.
                # TYPE norikv_build_info gauge
                norikv_build_info{version="1.2"} 1
                """,
                classic());
        assertEquals(
                """
                # TYPE norikv_build info
                # HELP norikv_build What runs.
                norikv_build_info{version="1.2"} 1
                # EOF
                """,
                openMetrics());
    }

    @Test
    void aSummaryHasCountAndSum() {
        registry.summary(
                "jvm_gc_collection_seconds", "Pauses.", () -> 3, () -> 0.5, new Label("gc", "G1"));
        assertEquals(
                """
                # TYPE jvm_gc_collection_seconds summary
                # UNIT jvm_gc_collection_seconds seconds
                # HELP jvm_gc_collection_seconds Pauses.
                jvm_gc_collection_seconds_count{gc="G1"} 3
                jvm_gc_collection_seconds_sum{gc="G1"} 0.5
                # EOF
                """,
                openMetrics());
    }

    @Test
    void durationsAreShownInTheBucketsOfDashboards() {
        registry.durations("norikv_d_seconds", "D.", new Label("op", "put")).record(1_000_000);
        List<String> bounds = new ArrayList<>();
        classic().lines()
                .filter(line -> line.contains("_bucket"))
                .forEach(line -> bounds.add(line.replaceAll(".*le=\"(.*)\".*", "$1")));
        assertEquals(
                List.of(
                        ("0.0001 0.00025 0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5"
                                        + " 1.0 2.5 5.0 +Inf")
                                .split(" ")),
                bounds);
        assertTrue(classic().contains("{op=\"put\",le=\"0.0005\"} 0\n"));
        assertTrue(classic().contains("{op=\"put\",le=\"0.001\"} 1\n"));
        assertTrue(classic().contains("norikv_d_seconds_sum{op=\"put\"} 0.001\n"));
    }

    @Test
    void boundsAreCanonical() {
        assertEquals("0.0001", Exposition.canonical(1e-4));
        assertEquals("1e-05", Exposition.canonical(1e-5));
        assertEquals("1.0", Exposition.canonical(1));
        assertEquals("262144.0", Exposition.canonical(1 << 18));
        assertEquals("1e+06", Exposition.canonical(1e6));
        assertEquals("1.048576e+06", Exposition.canonical(1 << 20));
        assertEquals("1e+10", Exposition.canonical(1e10));
    }

    @Test
    void bothTextsHoldTogetherAsAWhole() {
        Random random = new Random(Long.getLong("seed", 3));
        for (String op : List.of("put", "get", "delete")) {
            Histogram d = registry.durations("norikv_d_seconds", "D.", new Label("op", op));
            Histogram a = registry.amounts("norikv_batch_bytes", "B.", new Label("op", op));
            registry.counter("norikv_r_total", "R.", new Label("op", op)).add(5);
            for (int i = 0; i < 1000; i++) {
                d.record(random.nextLong() >>> random.nextInt(1, 63));
                a.record(random.nextLong() >>> random.nextInt(30, 63));
            }
        }
        registry.gauge("norikv_connections", "C.", () -> 2, new Label("role", "client"));
        holdsTogether(classic());
        String strict = openMetrics();
        holdsTogether(strict);
        assertTrue(strict.endsWith("\n# EOF\n"));
        assertEquals(strict.length() - 6, strict.indexOf("# EOF"));
        assertFalse(classic().contains("# EOF"));
        assertFalse(classic().contains("# UNIT"));
    }

    /// Checks what no scraper tells: no series twice, families in one piece, `# TYPE` once a
    /// family, buckets that only rise and end in the count.
    private static void holdsTogether(String text) {
        assertFalse(text.contains("\n\n") || text.contains("\r") || text.startsWith("\n"));
        assertTrue(text.endsWith("\n"));
        Set<String> series = new HashSet<>();
        Set<String> typed = new HashSet<>();
        Map<String, Long> lastBucket = new HashMap<>();
        String family = "";
        for (String line : text.lines().toList()) {
            if (line.startsWith("# TYPE ")) {
                family = line.split(" ")[2];
                assertTrue(typed.add(family), line);
            } else if (!line.startsWith("# ")) {
                String name = line.substring(0, line.lastIndexOf(' '));
                long value = (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
                assertTrue(series.add(name), line);
                assertTrue(name.startsWith(family), () -> "out of its family: " + line);
                String group = name.replaceAll("_(bucket|count)", "").replaceAll(",le=.*", "}");
                if (name.contains("_bucket")) {
                    assertTrue(value >= lastBucket.getOrDefault(group, 0L), line);
                    lastBucket.put(group, value);
                } else if (name.contains("_count")) {
                    assertEquals(lastBucket.get(group), value, line);
                }
            }
        }
        assertEquals(6, lastBucket.size());
    }

    private String classic() {
        return Exposition.CLASSIC.write(registry.snapshot());
    }

    private String openMetrics() {
        return Exposition.OPEN_METRICS.write(registry.snapshot());
    }
}
