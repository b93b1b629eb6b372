package norikv.observe;

import java.util.concurrent.atomic.AtomicLongArray;

/// The histogram of a [Registry].
///
/// ```text
/// stripe: [ bucket 0 … bucket n | sum | fine cell 0 … fine cell m ]
/// ```
///
/// **Threads.** Any. A thread counts in the stripe that its id falls on, so that threads rarely
/// meet on one cache line; a reader adds the stripes up. **Limits.** All memory is taken when it is
/// made: about 10 KiB a stripe, at most [#STRIPES_MAX] stripes. Numbers of 2^42 and more (73
/// minutes in nanoseconds, 4 TiB) share one fine cell; buckets and sum are exact.
final class HistogramCells implements Histogram {
    /// The most stripes, whatever the machine.
    static final int STRIPES_MAX = 16;

    static final LogLinear SCALE = new LogLinear(5, 42);

    /// Spreads neighbouring thread ids: the golden ratio in 64 bits.
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final Shape shape;
    private final int fine;
    private final AtomicLongArray[] stripes;
    private final int stripeShift;

    HistogramCells(Shape shape, int stripesWanted) {
        this.shape = shape;
        fine = shape.bounds().length + 2;
        int log = Integer.SIZE - Integer.numberOfLeadingZeros(stripesWanted - 1);
        stripes = new AtomicLongArray[Math.min(STRIPES_MAX, 1 << log)];
        // A shift by 63 leaves one bit, which a single stripe masks away below.
        stripeShift = Long.SIZE - Math.max(1, Integer.numberOfTrailingZeros(stripes.length));
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new AtomicLongArray(fine + SCALE.cells());
        }
    }

    @Override
    public void record(long value) {
        long recorded = Math.max(0, value);
        long spread = Thread.currentThread().threadId() * SPREAD;
        AtomicLongArray stripe = stripes[(int) (spread >>> stripeShift) & (stripes.length - 1)];
        int cell = SCALE.cellOf(recorded);
        stripe.getAndAdd(shape.bucketOf(recorded, cell), 1);
        stripe.getAndAdd(fine - 1, recorded);
        stripe.getAndAdd(fine + cell, 1);
    }

    /// {@return what was counted so far}
    Distribution read() {
        long[] sum = new long[fine + SCALE.cells()];
        for (AtomicLongArray stripe : stripes) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += stripe.get(i);
            }
        }
        return new Distribution(shape, sum);
    }

    /// Which buckets the exposition shows.
    ///
    /// @param bounds upper bounds, inclusive, rising, each at least twice the one before, so that a
    ///     fine cell holds at most one of them
    /// @param firstBucket by fine cell: the bucket of the cell's lowest number
    record Shape(long[] bounds, byte[] firstBucket) {
        /// Nanoseconds; the bounds of the seconds that dashboards expect.
        static final Shape DURATIONS =
                of(
                        100_000L,
                        250_000L,
                        500_000L,
                        1_000_000L,
                        2_500_000L,
                        5_000_000L,
                        10_000_000L,
                        25_000_000L,
                        50_000_000L,
                        100_000_000L,
                        250_000_000L,
                        500_000_000L,
                        1_000_000_000L,
                        2_500_000_000L,
                        5_000_000_000L);

        /// Powers of four up to 64 Mi.
        static final Shape AMOUNTS =
                of(
                        1L << 0, 1L << 2, 1L << 4, 1L << 6, 1L << 8, 1L << 10, 1L << 12, 1L << 14,
                        1L << 16, 1L << 18, 1L << 20, 1L << 22, 1L << 24, 1L << 26);

        private static Shape of(long... bounds) {
            byte[] firstBucket = new byte[SCALE.cells()];
            for (int cell = 0; cell < firstBucket.length; cell++) {
                byte bucket = 0;
                while (bucket < bounds.length && bounds[bucket] < SCALE.low(cell)) {
                    bucket++;
                }
                firstBucket[cell] = bucket;
            }
            return new Shape(bounds, firstBucket);
        }

        int bucketOf(long value, int cell) {
            int bucket = firstBucket[cell];
            return bucket < bounds.length && value > bounds[bucket] ? bucket + 1 : bucket;
        }
    }
}
