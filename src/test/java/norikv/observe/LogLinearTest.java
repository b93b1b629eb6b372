package norikv.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// That cells lie side by side and are as narrow as promised.
final class LogLinearTest {
    @Test
    void cellsLieSideBySideWithoutGapOrOverlap() {
        LogLinear scale = new LogLinear(5, 42);
        for (int cell = 0; cell < scale.cells() - 1; cell++) {
            assertEquals(cell, scale.cellOf(scale.low(cell)));
            assertEquals(cell, scale.cellOf(scale.high(cell)));
            assertEquals(scale.high(cell) + 1, scale.low(cell + 1));
        }
    }

    @Test
    void numbersBeyondTheTopShareTheLastCell() {
        LogLinear scale = new LogLinear(5, 42);
        assertEquals(scale.cells() - 1, scale.cellOf(1L << 42));
        assertEquals(scale.cells() - 1, scale.cellOf(Long.MAX_VALUE));
    }

    @Test
    void aCellIsNarrowerThanItsShareOfEachNumber() {
        long seed = Long.getLong("seed", 7);
        RandomGenerator random = new java.util.Random(seed);
        LogLinear scale = new LogLinear(9, 63);
        for (int i = 0; i < 100_000; i++) {
            long value = random.nextLong() >>> (1 + random.nextInt(62));
            int cell = scale.cellOf(value);
            long low = scale.low(cell);
            long high = scale.high(cell);
            assertTrue(low <= value && value <= high, () -> "seed " + seed + " value " + value);
            assertTrue((high - low) <= low / 512.0, () -> "seed " + seed + " value " + value);
        }
    }
}
