package norikv.observe;

/// A distribution of non-negative numbers to three significant digits: for whoever measures on one
/// thread and adds up afterwards, such as a load generator.
///
/// **Threads.** One owner. **Limits.** A quantile is off by at most 0.1 % of itself. Memory comes
/// in pieces of 4 KiB, one for each power of two that occurs, at most 55. Recording allocates
/// nothing once the pieces are there.
public final class HistogramData {
    private static final int BITS = 9;
    private static final int PIECE = 1 << BITS;
    private static final int TOP_BIT = Long.SIZE - 1;
    private static final LogLinear SCALE = new LogLinear(BITS, TOP_BIT);

    /// Counts by cell; a null piece is all zeros.
    private final long[][] pieces = new long[(SCALE.cells() >>> BITS) + 1][];

    private long count;
    private double sum;
    private long min = Long.MAX_VALUE;
    private long max;

    /// Nothing counted so far.
    public HistogramData() {}

    /// Counts one observation; negative ones count as zero.
    public void record(long value) {
        long recorded = Math.max(0, value);
        add(SCALE.cellOf(recorded), 1);
        count++;
        sum += recorded;
        min = Math.min(min, recorded);
        max = Math.max(max, recorded);
    }

    /// Adds all that `other` counted.
    public void add(HistogramData other) {
        for (int i = 0; i < other.pieces.length; i++) {
            long[] from = other.pieces[i];
            for (int j = 0; from != null && j < from.length; j++) {
                if (from[j] != 0) {
                    add((i << BITS) + j, from[j]);
                }
            }
        }
        count += other.count;
        sum += other.sum;
        min = Math.min(min, other.min);
        max = Math.max(max, other.max);
    }

    /// Forgets everything, and keeps the memory.
    public void clear() {
        for (long[] piece : pieces) {
            if (piece != null) {
                java.util.Arrays.fill(piece, 0);
            }
        }
        count = 0;
        sum = 0;
        min = Long.MAX_VALUE;
        max = 0;
    }

    public long count() {
        return count;
    }

    /// {@return the arithmetic mean, 0 of nothing}
    public double mean() {
        return count == 0 ? 0 : sum / count;
    }

    /// {@return the lowest observation, 0 of nothing}
    public long min() {
        return count == 0 ? 0 : min;
    }

    /// {@return the highest observation, exactly; 0 of nothing}
    public long max() {
        return max;
    }

    /// {@return a number that a share of `q` of the observations does not exceed, 0 of nothing}
    ///
    /// @param q 0 to 1
    public long quantile(double q) {
        long rank = Math.clamp((long) Math.ceil(q * count), 1, Math.max(1, count));
        long seen = 0;
        for (int i = 0; i < pieces.length; i++) {
            long[] piece = pieces[i];
            for (int j = 0; piece != null && j < piece.length; j++) {
                seen += piece[j];
                if (seen >= rank) {
                    return middle((i << BITS) + j);
                }
            }
        }
        return 0;
    }

    /// Calls `reader` for each cell that is not empty, from the lowest.
    public void forEach(CellReader reader) {
        for (int i = 0; i < pieces.length; i++) {
            long[] piece = pieces[i];
            for (int j = 0; piece != null && j < piece.length; j++) {
                if (piece[j] != 0) {
                    reader.cell(Math.min(SCALE.high((i << BITS) + j), max), piece[j]);
                }
            }
        }
    }

    /// Reads cells.
    @FunctionalInterface
    public interface CellReader {
        /// @param upper the highest number that the cell counts
        void cell(long upper, long count);
    }

    private long middle(int cell) {
        long low = SCALE.low(cell);
        return Math.clamp(low + (SCALE.high(cell) - low) / 2, min, max);
    }

    private void add(int cell, long times) {
        long[] piece = pieces[cell >>> BITS];
        if (piece == null) {
            piece = new long[PIECE];
            pieces[cell >>> BITS] = piece;
        }
        piece[cell & (PIECE - 1)] += times;
    }
}
