package norikv.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import norikv.observe.Snapshot.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What instruments keep, and what the registry refuses.
final class RegistryTest {
    private static final Label PUT = new Label("op", "put");
    private static final Label GET = new Label("op", "get");

    private final Registry registry = new Registry(4);

    @Test
    void theSameNameAndLabelsGiveTheSameInstrument() {
        assertSame(
                registry.counter("norikv_a_total", "A.", PUT),
                registry.counter("norikv_a_total", "A.", PUT));
        assertSame(
                registry.durations("norikv_b_seconds", "B."),
                registry.durations("norikv_b_seconds", "B."));
    }

    @Test
    void countsOfManyThreadsAddUp() throws InterruptedException {
        Counter counter = registry.counter("norikv_a_total", "A.");
        Histogram histogram = registry.durations("norikv_b_seconds", "B.");
        int threads = 8;
        int each = 20_000;
        List<Thread> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            running.add(
                    Thread.startVirtualThread(
                            () -> {
                                for (int i = 1; i <= each; i++) {
                                    counter.increment();
                                    histogram.record(i * 1000L);
                                }
                            }));
        }
        for (Thread thread : running) {
            thread.join();
        }

        Distribution spread = distribution("norikv_b_seconds");
        assertEquals((long) threads * each, registry.snapshot().counters().get("norikv_a_total"));
        assertEquals((long) threads * each, spread.count());
        assertEquals(threads * 1000L * each * (each + 1L) / 2, spread.sum());
        assertEquals(10_000_000, spread.quantile(0.5), 320_000);
    }

    @Test
    void anObservationOnABoundIsInThatBucketAndOneAboveIsNot() {
        Histogram histogram = registry.durations("norikv_b_seconds", "B.");
        histogram.record(1_000_000);
        histogram.record(1_000_001);
        histogram.record(-5);
        histogram.record(Long.MAX_VALUE / 2);

        Distribution spread = distribution("norikv_b_seconds");
        assertEquals(1, spread.inBucket(bucket(spread, 100_000)));
        assertEquals(1, spread.inBucket(bucket(spread, 1_000_000)));
        assertEquals(1, spread.inBucket(bucket(spread, 2_500_000)));
        assertEquals(1, spread.inBucket(bucket(spread, Long.MAX_VALUE)));
    }

    @Test
    void everyBoundOfBothShapesIsExact() {
        Histogram durations = registry.durations("norikv_b_seconds", "B.");
        Histogram amounts = registry.amounts("norikv_c_bytes", "C.");
        for (String name : List.of("norikv_b_seconds", "norikv_c_bytes")) {
            Distribution shape = distribution(name);
            Histogram histogram = name.endsWith("bytes") ? amounts : durations;
            for (int i = 0; i < shape.buckets() - 1; i++) {
                histogram.record(shape.bound(i));
                histogram.record(shape.bound(i) + 1);
            }
            Distribution spread = distribution(name);
            assertEquals(1, spread.inBucket(0));
            for (int i = 1; i < spread.buckets() - 1; i++) {
                assertEquals(2, spread.inBucket(i), name + " bucket " + i);
            }
            assertEquals(1, spread.inBucket(spread.buckets() - 1));
        }
    }

    @Test
    void aGaugeIsAskedAndMayFail() {
        registry.gauge("norikv_a_bytes", "A.", () -> 1);
        registry.gauge("norikv_a_bytes", "A.", () -> 2.5);
        registry.gauge(
                "norikv_b_bytes",
                "B.",
                () -> {
                    throw new IllegalStateException("closed");
                });

        assertEquals(new Value.Real(2.5), value("norikv_a_bytes"));
        assertEquals(new Value.Real(Double.NaN), value("norikv_b_bytes"));
    }

    @Test
    void statusGetsCountersWithTheirLabels() {
        registry.counter("norikv_a_total", "A.", PUT).add(3);
        registry.counter("norikv_a_total", "A.", GET).add(4);
        registry.durations("norikv_b_seconds", "B.").record(1);
        registry.gauge("norikv_c_bytes", "C.", () -> 7);
        assertEquals(
                Map.of(
                        "norikv_a_total{op=\"put\"}",
                        3L,
                        "norikv_a_total{op=\"get\"}",
                        4L,
                        "norikv_b_seconds_count",
                        1L),
                registry.snapshot().counters());
    }

    @Test
    void whatContradictsIsRefused() {
        registry.counter("norikv_a_total", "A.", PUT);
        registry.gauge("norikv_g_bytes", "G.", () -> 1);
        refuses(() -> registry.counter("norikv_a_total", "Another text."));
        refuses(() -> registry.durations("norikv_g_bytes", "G."));
        refuses(() -> registry.gauge("norikv_a", "A.", () -> 1));
        refuses(() -> registry.counter("norikv_a_total", "A.", () -> 1, GET, GET));
    }

    @Test
    void whatScrapersWouldRejectIsRefused() {
        refuses(() -> registry.counter("norikv_a", "A."));
        refuses(() -> registry.gauge("norikv_a_total", "A.", () -> 1));
        refuses(() -> registry.gauge("norikv_a_count", "A.", () -> 1));
        refuses(() -> registry.durations("norikv_a_ms", "A."));
        refuses(() -> registry.amounts("norikv_a_sum", "A."));
        refuses(() -> registry.counter("norikv_A_total", "A."));
        refuses(() -> registry.counter("1_total", "A."));
        refuses(() -> registry.counter("norikv_a_total", " "));
        refuses(() -> registry.counter("norikv_a_total", "A.", new Label("shard", "7")));
        refuses(() -> registry.counter("norikv_a_total", "A.", new Label("Op", "7")));
        refuses(() -> registry.info("norikv_build", "A."));
    }

    @Test
    void theNumberOfNamesAndOfLabelSetsIsBounded() {
        for (int i = 0; i < Registry.SERIES_MAX; i++) {
            registry.counter("norikv_a_total", "A.", new Label("code", "c" + i));
        }
        refuses(() -> registry.counter("norikv_a_total", "A.", new Label("code", "more")));
        registry.counter("norikv_a_total", "A.", new Label("code", "c1")).increment();
        for (int i = 1; i < Registry.FAMILIES_MAX; i++) {
            registry.gauge("norikv_g" + i, "G.", () -> 1);
        }
        refuses(() -> registry.gauge("norikv_more", "G.", () -> 1));
    }

    @Test
    void countingAllocatesNothing() {
        Counter counter = registry.counter("norikv_a_total", "A.");
        Histogram histogram = registry.durations("norikv_b_seconds", "B.");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        for (int i = 0; i < 200_000; i++) {
            if (i == 100_000) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            counter.add(i);
            histogram.record(i);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 10_000, () -> "bytes for 100 000 counts: " + allocated);
    }

    private Distribution distribution(String name) {
        return ((Value.Spread) value(name)).distribution();
    }

    private Value value(String name) {
        return registry.snapshot().families().stream()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow()
                .series()
                .getFirst()
                .value();
    }

    private static int bucket(Distribution spread, long bound) {
        int bucket = 0;
        while (spread.bound(bucket) != bound) {
            bucket++;
        }
        return bucket;
    }

    private static void refuses(Executable action) {
        assertThrows(IllegalArgumentException.class, action);
    }
}
