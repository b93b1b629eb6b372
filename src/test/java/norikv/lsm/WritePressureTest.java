package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// What each part of the load does to the pressure.
final class WritePressureTest {
    private static final int MIB = 1 << 20;
    private static final LsmOptions OPTIONS =
            LsmOptions.defaults()
                    .withMemory(new LsmOptions.Memory(24 * MIB, 96L * MIB, 192L * MIB, false))
                    .withLevels(new LsmOptions.Levels(4, 8, 20, 96L * MIB, 10));

    private final WritePressure pressure = new WritePressure(OPTIONS);

    @Test
    void memoryCountsFromTwoMemtablesToTheBudget() {
        assertEquals(0, of(48L * MIB, 0, 0));
        assertEquals(0.5, of(72L * MIB, 0, 0));
        assertEquals(1, of(96L * MIB, 0, 0));
        assertEquals(2, of(144L * MIB, 0, 0));
    }

    @Test
    void theDepthOfLevelZeroCountsFromTheBusyTrigger() {
        assertEquals(0, of(0, 8, 0));
        assertEquals(0.5, of(0, 14, 0));
        assertEquals(1, of(0, 20, 0));
    }

    @Test
    void debtCountsFromHalfOfWhatThereMayBe() {
        long max = pressure.debtBytesMax();
        assertEquals(64L * 96 * MIB, max);
        assertEquals(0, of(0, 0, max / 2));
        assertEquals(0.5, of(0, 0, max / 4 * 3));
        assertEquals(1, of(0, 0, max));
    }

    @Test
    void theLogCountsForWhoWritesAndNotForWhoApplies() {
        var idle = new WritePressure.Load(0, 0, 0);
        assertEquals(0, pressure.of(idle, 50, 100));
        assertEquals(0.5, pressure.of(idle, 75, 100));
        assertEquals(1, pressure.of(idle, 100, 100));
        assertEquals(0, pressure.ofStorage(idle));
    }

    @Test
    void theScarcestSaysHowHardItIs() {
        double both = pressure.of(new WritePressure.Load(72L * MIB, 17, 0), 60, 100);
        assertEquals(0.75, both);
    }

    @Test
    void everyPartRisesWithoutAStep() {
        double before = 0;
        for (long bytes = 0; bytes <= 200L * MIB; bytes += MIB) {
            double now = of(bytes, 0, 0);
            assertTrue(now >= before && now - before < 0.03, () -> "a step to " + now);
            before = now;
        }
    }

    private double of(long memtableBytes, int depth, long debt) {
        return pressure.ofStorage(new WritePressure.Load(memtableBytes, depth, debt));
    }
}
