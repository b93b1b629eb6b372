package norikv.cli;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/// Which key comes next, as a number of `[0, keys)`.
///
/// **Source.** The Zipfian one is the rejection-inversion of Hörmann and Derflinger,
/// "Rejection-inversion to generate variates from monotone discrete distributions", 1996: no table,
/// whatever the number of keys. Its ranks are spread over the keys, so that the hot ones are not
/// neighbours.
final class KeyChooser implements LongSupplier {
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final LongSupplier next;

    private KeyChooser(LongSupplier next) {
        this.next = next;
    }

    static KeyChooser uniform(long keys, SplittableRandom random) {
        return new KeyChooser(() -> random.nextLong(keys));
    }

    /// {@return one key after the other, then from the first again}
    static KeyChooser sequential(long keys) {
        long[] at = {-1};
        return new KeyChooser(() -> at[0] = (at[0] + 1) % keys);
    }

    /// @param exponent above 0: the greater, the hotter the hottest
    static KeyChooser zipf(long keys, double exponent, SplittableRandom random) {
        Zipf ranks = new Zipf(keys, exponent, random);
        return new KeyChooser(() -> Long.remainderUnsigned(ranks.next() * SPREAD, keys));
    }

    @Override
    public long getAsLong() {
        return next.getAsLong();
    }

    /// Ranks 1 … n, rank k with a probability proportional to k^-s.
    static final class Zipf {
        private final long n;
        private final double s;
        private final SplittableRandom random;
        private final double areaFirst;
        private final double areaLast;
        private final double sure;

        Zipf(long n, double s, SplittableRandom random) {
            this.n = n;
            this.s = s;
            this.random = random;
            areaFirst = area(1.5) - 1;
            areaLast = area(n + 0.5);
            sure = 2 - areaInverse(area(2.5) - Math.pow(2, -s));
        }

        long next() {
            while (true) {
                double u = areaLast + random.nextDouble() * (areaFirst - areaLast);
                double x = areaInverse(u);
                long k = Math.clamp(Math.round(x), 1, n);
                if (k - x <= sure || u >= area(k + 0.5) - Math.pow(k, -s)) {
                    return k;
                }
            }
        }

        /// The integral of x^-s.
        private double area(double x) {
            double rise = 1 - s;
            return Math.abs(rise) < 1e-9 ? Math.log(x) : (Math.pow(x, rise) - 1) / rise;
        }

        private double areaInverse(double area) {
            double rise = 1 - s;
            return Math.abs(rise) < 1e-9
                    ? Math.exp(area)
                    : Math.pow(Math.max(0, 1 + area * rise), 1 / rise);
        }
    }
}
