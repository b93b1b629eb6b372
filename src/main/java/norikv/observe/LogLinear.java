package norikv.observe;

/// How a non-negative number is put into a cell so that the cell's width is a fixed share of the
/// number: each power of two is cut into `2^bits` equal cells, and numbers below `2^(bits+1)` have
/// a cell of their own.
///
/// **Limits.** A cell is at most `2^-bits` of its lowest value wide. Numbers of `2^topBit` and more
/// share the last cell.
record LogLinear(int bits, int topBit) {
    /// {@return how many cells there are}
    int cells() {
        return ((topBit - bits + 1) << bits) + 1;
    }

    int cellOf(long value) {
        if (value >>> topBit != 0) {
            return cells() - 1;
        }
        int shift = shiftOf(value);
        return (shift << bits) + (int) (value >>> shift);
    }

    /// {@return the lowest number of `cell`}
    long low(int cell) {
        int shift = Math.max(0, (cell >>> bits) - 1);
        return (long) (cell - (shift << bits)) << shift;
    }

    /// {@return the highest number of `cell`; of the last one too, as if it were as wide as the
    /// others}
    long high(int cell) {
        int shift = Math.max(0, (cell >>> bits) - 1);
        return low(cell) + (1L << shift) - 1;
    }

    private int shiftOf(long value) {
        return Math.max(0, Long.SIZE - 1 - bits - Long.numberOfLeadingZeros(value));
    }
}
