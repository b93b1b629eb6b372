package norikv.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import norikv.torture.CatchUpReport.Latencies;
import org.junit.jupiter.api.Test;

/// What is measured when, how long things are waited for, and what the figures say.
final class CatchUpTest {
    private static final Duration CALM = Duration.ofSeconds(10);

    private final Script script = new Script();

    @Test
    void aNodeIsAwayUntilTheLogsAreBeyondItAndMeasuredUntilItHasAll() {
        script.beyondAfter = Duration.ofSeconds(7);
        script.caughtUpAfter = Duration.ofSeconds(3);
        CatchUpReport report = run();

        assertEquals(
                List.of(
                        "WARMUP", "5s", "CALM", "10s", "AWAY", "stop", "7s", "BACK", "start",
                        "3s", "END"),
                script.log());
        assertEquals(Duration.ofSeconds(7), report.awayFor());
        assertEquals(Duration.ofSeconds(3), report.backFor());
        assertTrue(report.isGood());
    }

    @Test
    void nothingIsWaitedForForEver() {
        script.beyondAfter = Duration.ofDays(1);
        script.caughtUpAfter = Duration.ofDays(1);
        CatchUpReport report = run();

        assertFalse(report.isBeyondLogs());
        assertFalse(report.hasCaughtUp());
        assertFalse(report.isGood());
        assertEquals(CatchUp.AWAY_MAX, report.awayFor());
        assertEquals(CatchUp.BACK_MAX, report.backFor());
    }

    @Test
    void callersMayBeTwiceAsSlowAndNoMore() {
        script.latencies.put(CatchUp.Phase.CALM, took(100, 10));
        script.latencies.put(CatchUp.Phase.BACK, took(100, 20));
        assertTrue(run().isGood());
        assertEquals(2, run().ratio());

        script.latencies.put(CatchUp.Phase.BACK, took(100, 21));
        assertFalse(run().isGood());
    }

    @Test
    void aCallThatFailsWhileTheNodeIsAwayIsNotItsFaultWhenItIsBack() {
        script.latencies.put(CatchUp.Phase.AWAY, new Latencies(new long[] {5}, 3));
        assertTrue(run().isGood());

        script.latencies.put(CatchUp.Phase.BACK, new Latencies(new long[] {5}, 1));
        assertFalse(run().isGood());
    }

    @Test
    void percentilesAreThoseOfSortedCalls() {
        Latencies thousand =
                Latencies.of(LongStream.rangeClosed(1, 1000).map(i -> 1001 - i).toArray(), 0);
        assertEquals(500, thousand.perMille(500));
        assertEquals(990, thousand.p99());
        assertEquals(999, thousand.perMille(999));
        assertEquals(1000, thousand.perMille(1000));
        assertEquals(7, took(1, 7).p99());
        assertEquals(0, Latencies.of(new long[0], 0).p99());
    }

    private CatchUpReport run() {
        script.begin();
        return new CatchUp(script, _ -> {}).run(CALM);
    }

    private static Latencies took(int count, long nanos) {
        return Latencies.of(LongStream.range(0, count).map(_ -> nanos).toArray(), 0);
    }

    /// Notes what is done, and says what it is told to.
    private static final class Script implements CatchUp.Stage {
        final Map<CatchUp.Phase, Latencies> latencies = new EnumMap<>(CatchUp.Phase.class);
        Duration beyondAfter = Duration.ZERO;
        Duration caughtUpAfter = Duration.ZERO;
        private final List<String> done = new ArrayList<>();
        private Duration waited = Duration.ZERO;

        Script() {
            for (CatchUp.Phase phase : CatchUp.Phase.values()) {
                latencies.put(phase, took(10, 10));
            }
        }

        void begin() {
            done.clear();
            waited = Duration.ZERO;
        }

        List<String> log() {
            return done;
        }

        private void note(String what) {
            if (!waited.isZero()) {
                done.add(waited.toSeconds() + "s");
                waited = Duration.ZERO;
            }
            done.add(what);
        }

        @Override
        public void enter(CatchUp.Phase phase) {
            note(phase.toString());
        }

        @Override
        public void await(Duration time) {
            waited = waited.plus(time);
        }

        @Override
        public void stopNode() {
            note("stop");
        }

        @Override
        public boolean isBeyondLogs() {
            return waited.compareTo(beyondAfter) >= 0;
        }

        @Override
        public void startNode() {
            note("start");
        }

        @Override
        public boolean hasCaughtUp() {
            return waited.compareTo(caughtUpAfter) >= 0;
        }

        @Override
        public Latencies latencies(CatchUp.Phase phase) {
            return latencies.get(phase);
        }

        @Override
        public Map<String, Long> streams() {
            return Map.of("norikv_snapshot_streams_total", 16L);
        }

        @Override
        public List<String> troubles() {
            return List.of();
        }
    }
}
