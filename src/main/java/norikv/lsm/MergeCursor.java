package norikv.lsm;

import norikv.bytes.Region;
import norikv.sstable.Cursor;

/// Many cursors as one, in the order of entries.
///
/// Of two equal entries that of the earlier source comes first. Moving on allocates nothing. It
/// goes on in the direction of its last seek: [#seek] and [#seekToFirst] lead to [#next],
/// [#seekBefore] and [#seekToLast] to [#prev]; who turns knows better where to seek.
///
/// **Threads.** Confined to one. **Limits.** As many sources as a read state has memtables, young
/// tables and levels.
final class MergeCursor implements Cursor, KeyHeap.Ties {
    private final KeyHeap heap = new KeyHeap(this);
    private Cursor[] sources;
    private int count;
    private boolean backward;

    /// The source of the current entry; null if there is none.
    private Cursor top;

    /// What answers for it; means nothing while there is none.
    private Cursor here;

    /// Takes the sources over: they are closed with this.
    ///
    /// @param sources newest first
    MergeCursor(Cursor[] sources) {
        this.sources = sources;
        this.count = sources.length;
    }

    /// A merge of nothing until [#attach].
    MergeCursor() {
        this(new Cursor[0]);
    }

    /// Becomes a merge of the first `newCount` of `newSources`, newest first, on no entry yet.
    void attach(Cursor[] newSources, int newCount) {
        sources = newSources;
        count = newCount;
        top = null;
    }

    @Override
    public boolean isValid() {
        return top != null;
    }

    @Override
    public void seekToFirst() {
        top = null;
        for (int i = 0; i < count; i++) {
            sources[i].seekToFirst();
        }
        gather(false);
    }

    @Override
    public void seekToLast() {
        top = null;
        for (int i = 0; i < count; i++) {
            sources[i].seekToLast();
        }
        gather(true);
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
        top = null;
        for (int i = 0; i < count; i++) {
            sources[i].seek(key, offset, length);
        }
        gather(false);
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
        top = null;
        for (int i = 0; i < count; i++) {
            sources[i].seekBefore(key, offset, length);
        }
        gather(true);
    }

    @Override
    public void next() {
        assert !backward : "next() after a seek from the end";
        Cursor moving = top;
        top = null; // if the move fails, this is not valid
        moving.next();
        settle(moving);
    }

    @Override
    public void prev() {
        assert backward : "prev() after a seek from the beginning";
        Cursor moving = top;
        top = null; // if the move fails, this is not valid
        moving.prev();
        settle(moving);
    }

    /// Makes a heap of the sources that are valid.
    private void gather(boolean newBackward) {
        backward = newBackward;
        heap.begin(count, backward);
        for (int i = 0; i < count; i++) {
            if (sources[i].isValid()) {
                heap.add(i, sources[i].keyPrefix());
            }
        }
        heap.build();
        stand();
    }

    private void stand() {
        if (heap.size() > 0) {
            top = sources[heap.top()];
            here = top.inner();
        } else {
            top = null;
        }
    }

    private void settle(Cursor moved) {
        if (!here.isValid()) {
            heap.removeTop();
        } else if (heap.size() == 1) {
            top = moved;
            return;
        } else {
            heap.replaceTop(here.keyPrefix());
        }
        stand();
    }

    @Override
    public boolean comesFirst(int one, int other) {
        int order = compare(sources[one].inner(), sources[other].inner());
        return order != 0 ? order < 0 : one < other;
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

    @Override
    public long keyPrefix() {
        return here.keyPrefix();
    }

    @Override
    public Region keyRegion() {
        return here.keyRegion();
    }

    @Override
    public int keyOffset() {
        return here.keyOffset();
    }

    @Override
    public int keyLength() {
        return here.keyLength();
    }

    @Override
    public boolean hasKey(byte[] key, int length) {
        return here.hasKey(key, length);
    }

    @Override
    public void copyKey(byte[] target) {
        here.copyKey(target);
    }

    @Override
    public int tablet() {
        return here.tablet();
    }

    @Override
    public long trailer() {
        return here.trailer();
    }

    @Override
    public long expiresAtMillis() {
        return here.expiresAtMillis();
    }

    @Override
    public long term() {
        return here.term();
    }

    @Override
    public Region valueRegion() {
        return here.valueRegion();
    }

    @Override
    public int valueOffset() {
        return here.valueOffset();
    }

    @Override
    public int valueLength() {
        return here.valueLength();
    }

    @Override
    public void close() {
        top = null;
        for (int i = 0; i < count; i++) {
            sources[i].close();
        }
    }
}
