package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// How fast compactions may write.
final class PacerTest {
    private static final long MIB = 1 << 20;
    private static final long SECOND = 1_000_000_000;

    @Test
    void aBurstIsFreeAndWhatFollowsKeepsToTheRate() {
        var pacer = new Pacer();
        long now = 7;
        assertEquals(now, pacer.pace(Pacer.BURST_BYTES, 0, 0, now));
        long written = 0;
        while (now < 7 + 10 * SECOND) {
            now = pacer.pace(MIB, 0, 0, now);
            written += MIB;
        }

        double rate = written / 10.0;
        assertEquals(1, rate / Pacer.RATE_MIN, 0.05);
    }

    @Test
    void underPressureThereIsNoLimit() {
        var pacer = new Pacer();
        for (int i = 0; i < 1000; i++) {
            assertEquals(5, pacer.pace(MIB, 0, 0.01, 5));
        }
    }

    @Test
    void noRestIsLong() {
        var pacer = new Pacer();
        assertEquals(5 + Pacer.REST_NANOS_MAX, pacer.pace(1000 * MIB, 0, 0, 5));
    }

    /// Work comes in at some steady rate: debt settles at some seconds' worth of it.
    @Test
    void debtDoesNotGrowWhateverTheLoad() {
        var random = new SplittableRandom(Long.getLong("seed", 1));
        for (int load = 1; load <= 400; load *= 3) {
            var pacer = new Pacer();
            double debt = 0;
            long now = 0;
            long seen = 0;
            double highest = 0;
            for (int i = 0; i < 20_000; i++) {
                debt += (now - seen) / (double) SECOND * load * MIB;
                seen = now;
                long step = Math.min((long) debt, random.nextLong(MIB / 4, MIB));
                debt -= step;
                highest = Math.max(highest, debt);
                now = Math.max(now + SECOND / 1000, pacer.pace(step, (long) debt, 0, now));
            }
            double bound = (Pacer.PAY_SECONDS + 2.0) * load * MIB + Pacer.BURST_BYTES;
            double worst = highest;
            assertTrue(worst <= bound, () -> "debt %f at most %f".formatted(worst, bound));
        }
    }
}
