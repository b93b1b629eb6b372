package norikv.raft;

/// The appends that one follower has not acknowledged: the end and the bytes of each, oldest first.
///
/// **Limits.** [RaftOptions#inFlightMessagesMax()] and [RaftOptions#inFlightBytesMax()]; the
/// last message may go beyond the bytes. The ring grows as needed: most followers of most groups
/// never have more than one on its way.
final class Window {
    private static final int RING_MIN = 4;

    private long[] ends = new long[RING_MIN];
    private int[] sizes = new int[RING_MIN];
    private int oldest;
    private int count;
    private long bytes;

    boolean isFull(RaftOptions options) {
        return count >= options.inFlightMessagesMax() || bytes >= options.inFlightBytesMax();
    }

    int count() {
        return count;
    }

    void add(long end, int size) {
        if (count == ends.length) {
            grow();
        }
        int slot = slot(count);
        ends[slot] = end;
        sizes[slot] = size;
        count++;
        bytes += size;
    }

    /// Forgets what ends at `match` or before.
    void acknowledge(long match) {
        while (count > 0 && ends[oldest] <= match) {
            bytes -= sizes[oldest];
            oldest = slot(1);
            count--;
        }
    }

    void clear() {
        oldest = 0;
        count = 0;
        bytes = 0;
    }

    private int slot(int position) {
        return oldest + position & ends.length - 1;
    }

    private void grow() {
        long[] moreEnds = new long[2 * ends.length];
        int[] moreSizes = new int[2 * ends.length];
        for (int i = 0; i < count; i++) {
            moreEnds[i] = ends[slot(i)];
            moreSizes[i] = sizes[slot(i)];
        }
        ends = moreEnds;
        sizes = moreSizes;
        oldest = 0;
    }
}
