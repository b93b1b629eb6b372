package norikv.lsm;

import java.util.Arrays;

/// The items of many bands as one, in the order of their user keys: what a [RangeCursor] moves.
/// Made once, attached again and again.
///
/// A key belongs to one shard and so to one band; were it in two, the lower band's would come
/// first.
///
/// **Threads.** Confined to one at a time.
final class BandMerge implements KeyHeap.Ties {
    private static final int HEAD = InternalKey.HEAD_BYTES;

    private final KeyHeap heap = new KeyHeap(this);
    private final BandCursor[] bands;

    /// The bands that are wanted, ascending, and how many they are.
    private final int[] wanted;

    private int wantedCount;
    private boolean backward;

    /// The band of the current item; null if there is none.
    private BandCursor top;

    /// How many bytes all keys in the heap have in common at their beginning, at least: the eight
    /// bytes that are compared first come from behind them.
    private int common;

    BandMerge(int bandCount) {
        bands = new BandCursor[bandCount];
        wanted = new int[bandCount];
    }

    /// Goes over to a state, on no item yet.
    void attach(ReadState state, ScanView view, RangePlan plan) {
        wantedCount = 0;
        top = null;
        for (int band = 0; band < bands.length; band++) {
            if (view.wants(band)) {
                if (bands[band] == null) {
                    bands[band] = new BandCursor();
                }
                wanted[wantedCount++] = band;
                bands[band].attach(state, view, InternalKey.head(plan.space(), band), plan);
            }
        }
    }

    /// Lets go of the state.
    void detach() {
        top = null;
        for (int i = 0; i < wantedCount; i++) {
            bands[wanted[i]].detach();
        }
        wantedCount = 0;
    }

    /// {@return the band that has the current item, or where the walk paused; null if there is
    /// none}
    BandCursor top() {
        return top;
    }

    void seekToFirst() {
        top = null;
        for (int i = 0; i < wantedCount; i++) {
            bands[wanted[i]].seekToFirst();
        }
        gather(false);
    }

    void seekToLast() {
        top = null;
        for (int i = 0; i < wantedCount; i++) {
            bands[wanted[i]].seekToLast();
        }
        gather(true);
    }

    /// Moves to the first item at the user key or behind it.
    void seek(byte[] key, int offset, int length) {
        top = null;
        for (int i = 0; i < wantedCount; i++) {
            bands[wanted[i]].seek(key, offset, length, false);
        }
        gather(false);
    }

    /// Moves to the last item at the user key or before it.
    void seekForPrev(byte[] key, int offset, int length) {
        top = null;
        for (int i = 0; i < wantedCount; i++) {
            bands[wanted[i]].seekBefore(key, offset, length, true);
        }
        gather(true);
    }

    void next() {
        BandCursor moving = top;
        top = null; // if the move fails, there is no item
        if (backward) {
            turn(moving);
        } else {
            moving.next();
            settle(moving);
        }
    }

    void prev() {
        BandCursor moving = top;
        top = null; // if the move fails, there is no item
        if (!backward) {
            turn(moving);
        } else {
            moving.prev();
            settle(moving);
        }
    }

    /// Goes one item on in the other direction: every band is put beyond the current item.
    private void turn(BandCursor current) {
        boolean forward = backward;
        byte[] key = current.key();
        int length = current.keyLength() - HEAD;
        int own = heap.top();
        for (int i = 0; i < wantedCount; i++) {
            int band = wanted[i];
            if (band == own) {
                continue;
            }
            if (forward) {
                bands[band].seek(key, HEAD, length, band < own);
            } else {
                bands[band].seekBefore(key, HEAD, length, band < own);
            }
        }
        if (forward) {
            current.next();
        } else {
            current.prev();
        }
        gather(!forward);
    }

    /// Makes a heap of the bands that have an item.
    private void gather(boolean newBackward) {
        backward = newBackward;
        heap.begin(bands.length, backward);
        common = Integer.MAX_VALUE;
        BandCursor first = null;
        for (int i = 0; i < wantedCount; i++) {
            BandCursor band = bands[wanted[i]];
            if (band.isValid()) {
                if (first == null) {
                    first = band;
                } else {
                    common = Math.min(common, common(first, band));
                }
                heap.add(wanted[i], 0);
            }
        }
        if (heap.size() > 1) { // one alone is compared with nobody
            takePrefixes();
            heap.build();
        }
        top = heap.size() > 0 ? bands[heap.top()] : null;
    }

    private void settle(BandCursor moved) {
        if (!moved.isValid()) {
            heap.removeTop();
            top = heap.size() > 0 ? bands[heap.top()] : null;
            return;
        }
        if (heap.size() > 1) {
            int shared = common(bands[heap.child(1)], moved);
            if (shared < common) {
                common = shared;
                takePrefixes();
            }
            heap.replaceTop(prefix(moved));
        }
        top = bands[heap.top()];
    }

    private void takePrefixes() {
        for (int i = 0; i < heap.size(); i++) {
            heap.prefix(heap.child(i), prefix(bands[heap.child(i)]));
        }
    }

    private long prefix(BandCursor band) {
        int at = HEAD + common;
        int end = band.keyLength();
        return at >= end ? 0 : InternalKey.prefixOf(band.key(), at, end - at);
    }

    /// {@return how many bytes two user keys have in common at their beginning}
    private int common(BandCursor one, BandCursor other) {
        int oneLength = one.keyLength();
        int otherLength = other.keyLength();
        int at = Arrays.mismatch(one.key(), HEAD, oneLength, other.key(), HEAD, otherLength);
        return at < 0 ? oneLength - HEAD : at;
    }

    @Override
    public boolean comesFirst(int one, int other) {
        BandCursor left = bands[one];
        BandCursor right = bands[other];
        int order =
                Arrays.compareUnsigned(
                        left.key(),
                        HEAD,
                        left.keyLength(),
                        right.key(),
                        HEAD,
                        right.keyLength());
        return order != 0 ? order < 0 : one < other;
    }
}
