package norikv.observe;

/// What a [Histogram] of a [Registry] counted: exact counts for the fixed buckets of the
/// exposition, and quantiles to about 3 % from finer cells.
public final class Distribution {
    private final HistogramCells.Shape shape;
    private final long[] cells;

    /// @param cells laid out as [HistogramCells] says; given away
    Distribution(HistogramCells.Shape shape, long[] cells) {
        this.shape = shape;
        this.cells = cells;
    }

    /// {@return how many buckets there are, the last one without an upper bound}
    public int buckets() {
        return shape.bounds().length + 1;
    }

    /// {@return the upper bound of `bucket`, inclusive, as it was recorded (nanoseconds for
    /// durations); of the last bucket [Long#MAX_VALUE]}
    public long bound(int bucket) {
        return bucket == shape.bounds().length ? Long.MAX_VALUE : shape.bounds()[bucket];
    }

    /// {@return how many observations `bucket` alone holds}
    public long inBucket(int bucket) {
        return cells[bucket];
    }

    /// {@return how many observations there are: the sum of all buckets}
    public long count() {
        long count = 0;
        for (int i = 0; i < buckets(); i++) {
            count += cells[i];
        }
        return count;
    }

    /// {@return the sum of all observations}
    public long sum() {
        return cells[buckets()];
    }

    /// {@return a number that a share of `q` of the observations does not exceed, 0 of nothing}
    ///
    /// @param q 0 to 1
    public long quantile(double q) {
        int fine = buckets() + 1;
        long total = 0;
        for (int i = fine; i < cells.length; i++) {
            total += cells[i];
        }
        long rank = Math.clamp((long) Math.ceil(q * total), 1, Math.max(1, total));
        long seen = 0;
        for (int i = fine; i < cells.length; i++) {
            seen += cells[i];
            if (seen >= rank) {
                long low = HistogramCells.SCALE.low(i - fine);
                return low + (HistogramCells.SCALE.high(i - fine) - low) / 2;
            }
        }
        return 0;
    }
}
