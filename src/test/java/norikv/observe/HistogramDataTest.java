package norikv.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Against a sorted array, the slow twin.
final class HistogramDataTest {
    private static final double[] QUANTILES = {0, 0.5, 0.9, 0.99, 0.999, 1};

    @Test
    void quantilesAgreeWithASortedArrayToThreeDigits() {
        long seed = Long.getLong("seed", 11);
        Random random = new Random(seed);
        long[] values = new long[50_000];
        HistogramData data = new HistogramData();
        for (int i = 0; i < values.length; i++) {
            values[i] = (long) Math.exp(random.nextGaussian() * 2 + 12);
            data.record(values[i]);
        }
        Arrays.sort(values);

        for (double q : QUANTILES) {
            long exact = values[(int) Math.max(0, Math.ceil(q * values.length) - 1)];
            assertEquals(exact, data.quantile(q), 0.001 * exact + 1, "seed " + seed + " q " + q);
        }
        assertEquals(values[values.length - 1], data.max());
        assertEquals(values[0], data.min());
        assertEquals(Arrays.stream(values).average().orElseThrow(), data.mean(), 1);
    }

    @Test
    void addingUpPartsGivesTheWhole() {
        HistogramData odd = new HistogramData();
        HistogramData even = new HistogramData();
        HistogramData all = new HistogramData();
        for (int i = 0; i < 10_000; i++) {
            (i % 2 == 0 ? even : odd).record(i * 997L);
            all.record(i * 997L);
        }

        odd.add(even);

        assertEquals(cellsOf(all), cellsOf(odd));
        assertEquals(all.count(), odd.count());
        assertEquals(all.max(), odd.max());
        assertEquals(all.min(), odd.min());
    }

    @Test
    void nothingHasNoQuantile() {
        HistogramData data = new HistogramData();
        data.record(5);
        data.clear();
        assertEquals(0, data.count());
        assertEquals(0, data.quantile(0.99));
        assertEquals(0, data.max());
        assertEquals(0, data.min());
        assertEquals(List.of(), cellsOf(data));
    }

    @Test
    void negativeAndHugeNumbersAreKept() {
        HistogramData data = new HistogramData();
        data.record(-3);
        data.record(Long.MAX_VALUE);
        assertEquals(0, data.quantile(0));
        assertEquals(Long.MAX_VALUE, data.max());
        assertEquals(2, data.count());
    }

    private static List<String> cellsOf(HistogramData data) {
        List<String> cells = new ArrayList<>();
        data.forEach((upper, count) -> cells.add(upper + "=" + count));
        return cells;
    }
}
