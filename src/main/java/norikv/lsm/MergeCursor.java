package norikv.lsm;

import norikv.bytes.Region;
import norikv.sstable.Cursor;

/// Many cursors as one, in the order of entries.
///
/// A binary heap of the sources that are valid; the first eight bytes of each one's key are kept
/// beside it, so most comparisons touch no entry. Of two equal entries that of the earlier source
/// comes first. Moving on allocates nothing.
///
/// **Threads.** Confined to one. **Limits.** As many sources as a read state has memtables, young
/// tables and levels.
final class MergeCursor implements Cursor {
    private final Cursor[] sources;
    private final long[] prefixes;
    private final int[] heap;
    private int size;
    private boolean backward;
    private Cursor top;

    /// Takes the sources over: they are closed with this.
    ///
    /// @param sources newest first
    MergeCursor(Cursor[] sources) {
        this.sources = sources;
        this.prefixes = new long[sources.length];
        this.heap = new int[sources.length];
    }

    @Override
    public boolean isValid() {
        return size > 0;
    }

    @Override
    public void seekToFirst() {
        size = 0;
        for (Cursor source : sources) {
            source.seekToFirst();
        }
        gather(false);
    }

    @Override
    public void seekToLast() {
        size = 0;
        for (Cursor source : sources) {
            source.seekToLast();
        }
        gather(true);
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
        size = 0;
        for (Cursor source : sources) {
            source.seek(key, offset, length);
        }
        gather(false);
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
        size = 0;
        for (Cursor source : sources) {
            source.seekBefore(key, offset, length);
        }
        gather(true);
    }

    @Override
    public void next() {
        if (backward) {
            turn();
        } else {
            int valid = size;
            size = 0; // if the move fails, this is not valid
            top.next();
            size = valid;
            settleTop();
        }
    }

    @Override
    public void prev() {
        if (!backward) {
            turn();
        } else {
            int valid = size;
            size = 0; // if the move fails, this is not valid
            top.prev();
            size = valid;
            settleTop();
        }
    }

    /// Makes a heap of the sources that are valid.
    private void gather(boolean newBackward) {
        backward = newBackward;
        size = 0;
        for (int source = 0; source < sources.length; source++) {
            if (sources[source].isValid()) {
                prefixes[source] = sources[source].keyPrefix();
                heap[size++] = source;
            }
        }
        for (int at = size / 2 - 1; at >= 0; at--) {
            sink(at);
        }
        top = size > 0 ? sources[heap[0]] : null;
    }

    private void settleTop() {
        int source = heap[0];
        if (top.isValid()) {
            prefixes[source] = top.keyPrefix();
        } else {
            heap[0] = heap[--size];
        }
        if (size > 0) {
            sink(0);
            top = sources[heap[0]];
        } else {
            top = null;
        }
    }

    private void sink(int start) {
        int source = heap[start];
        int at = start;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && comesFirst(heap[child + 1], heap[child])) {
                child++;
            }
            if (comesFirst(source, heap[child])) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = source;
    }

    private boolean comesFirst(int one, int other) {
        long left = prefixes[one];
        long right = prefixes[other];
        if (left != right) {
            return Long.compareUnsigned(left, right) < 0 != backward;
        }
        int order = compare(sources[one], sources[other]);
        return (order != 0 ? order < 0 : one < other) != backward;
    }

    /// How two entries compare in the order of entries.
    static int compare(Cursor one, Cursor other) {
        int order =
                one.keyRegion()
                        .compare(
                                one.keyOffset(),
                                one.keyLength(),
                                other.keyRegion(),
                                other.keyOffset(),
                                other.keyLength());
        if (order == 0) {
            order = Integer.compareUnsigned(one.tablet(), other.tablet());
        }
        return order != 0 ? order : Long.compare(other.trailer(), one.trailer());
    }

    /// Goes one entry on in the other direction: every source is put on the near side of the
    /// current entry, and its own source one beyond it.
    private void turn() {
        Cursor current = top;
        size = 0; // if a move fails, this is not valid
        int length = current.keyLength();
        byte[] key = new byte[length]; // a turn is rare; scratch for it would be made each scan
        current.keyRegion().copyTo(current.keyOffset(), key, 0, length);
        for (Cursor source : sources) {
            if (source == current) {
                continue;
            }
            source.seek(key, 0, length);
            while (source.isValid() && isBefore(source, current)) {
                source.next();
            }
            if (!backward) {
                if (source.isValid()) {
                    source.prev();
                } else {
                    source.seekToLast();
                }
            }
        }
        if (backward) {
            current.next();
        } else {
            current.prev();
        }
        gather(!backward);
    }

    /// Whether `source` stands before `current` in the merged order.
    private boolean isBefore(Cursor source, Cursor current) {
        int order = compare(source, current);
        return order != 0 ? order < 0 : isEarlier(source, current);
    }

    private boolean isEarlier(Cursor source, Cursor current) {
        for (Cursor s : sources) {
            if (s == source) {
                return true;
            }
            if (s == current) {
                return false;
            }
        }
        throw new AssertionError("not a source of this");
    }

    @Override
    public long keyPrefix() {
        return prefixes[heap[0]];
    }

    @Override
    public Region keyRegion() {
        return top.keyRegion();
    }

    @Override
    public int keyOffset() {
        return top.keyOffset();
    }

    @Override
    public int keyLength() {
        return top.keyLength();
    }

    @Override
    public int tablet() {
        return top.tablet();
    }

    @Override
    public long trailer() {
        return top.trailer();
    }

    @Override
    public long expiresAtMillis() {
        return top.expiresAtMillis();
    }

    @Override
    public long term() {
        return top.term();
    }

    @Override
    public Region valueRegion() {
        return top.valueRegion();
    }

    @Override
    public int valueOffset() {
        return top.valueOffset();
    }

    @Override
    public int valueLength() {
        return top.valueLength();
    }

    @Override
    public void close() {
        size = 0;
        top = null;
        for (Cursor source : sources) {
            source.close();
        }
    }
}
