package norikv.sim;

import java.util.Arrays;

/// A log as the invariants see it: the term of each entry, and a hash of everything up to it.
final class LogImage {
    static final long UNKNOWN = -1;

    private long base;
    private long last;
    private long[] terms = new long[64];
    private long[] hashes = new long[64];

    /// @param start the index of the snapshot that the log begins behind
    LogImage(long start, long term, long hash) {
        startBehind(start, term, hash);
    }

    void startBehind(long index, long term, long hash) {
        base = index;
        last = index;
        terms[0] = term;
        hashes[0] = hash;
    }

    void copyFrom(LogImage other) {
        base = other.base;
        last = other.last;
        terms = Arrays.copyOf(other.terms, other.terms.length);
        hashes = Arrays.copyOf(other.hashes, other.hashes.length);
    }

    long base() {
        return base;
    }

    long last() {
        return last;
    }

    long term(long index) {
        return index < base || index > last ? UNKNOWN : terms[(int) (index - base)];
    }

    long hash(long index) {
        return index < base || index > last ? UNKNOWN : hashes[(int) (index - base)];
    }

    /// Puts an entry at `index`; what stood there and behind is gone.
    void put(long index, long term, long hash) {
        int slot = (int) (index - base);
        assert slot > 0 && index <= last + 1 : index + " behind " + base + ".." + last;
        if (slot == terms.length) {
            terms = Arrays.copyOf(terms, 2 * slot);
            hashes = Arrays.copyOf(hashes, 2 * slot);
        }
        terms[slot] = term;
        hashes[slot] = hash;
        last = index;
    }

    void cutTo(long index) {
        last = Math.min(last, Math.max(index, base));
    }
}
