package norikv.lsm;

import norikv.bytes.Region;
import norikv.sstable.Cursor;

/// A position in a memtable, on a node of it; node 0 is nowhere. It sees what is there when it
/// moves. Made once, attached again and again.
///
/// **Threads.** Confined to one at a time; the memtable may be written to meanwhile.
final class MemtableCursor implements Cursor {
    /// Null while attached to nothing.
    private Memtable memtable;

    private Region region;
    private int node;

    /// Goes over to `to`, on no entry of it yet.
    void attach(Memtable to) {
        memtable = to;
        region = to.region();
        node = 0;
    }

    @Override
    public boolean isValid() {
        return node != 0;
    }

    @Override
    public void seekToFirst() {
        node = region.getIntAcquire(Memtable.HEAD + Memtable.NEXT);
    }

    @Override
    public void seekToLast() {
        int at = Memtable.HEAD;
        for (int level = memtable.height() - 1; level >= 0; level--) {
            int next = region.getIntAcquire(at + Memtable.NEXT + 4 * level);
            while (next != 0) {
                at = next;
                next = region.getIntAcquire(at + Memtable.NEXT + 4 * level);
            }
        }
        node = at;
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
        node = lowerBound(key, offset, length, false);
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
        node = lowerBound(key, offset, length, true);
    }

    /// The first node whose key is not less, or the last whose key is.
    private int lowerBound(byte[] key, int offset, int length, boolean before) {
        long prefix = InternalKey.prefixOf(key, offset, length);
        int at = Memtable.HEAD;
        int link = Memtable.NEXT + 4 * memtable.height();
        int next;
        do {
            link -= 4;
            next = region.getIntAcquire(at + link);
            while (next != 0 && isLess(next, prefix, key, offset, length)) {
                at = next;
                next = region.getIntAcquire(at + link);
            }
        } while (link > Memtable.NEXT);
        return before ? at : next;
    }

    private boolean isLess(int at, long prefix, byte[] key, int offset, int length) {
        long own = region.getLong(at + Memtable.PREFIX);
        return own != prefix
                ? Long.compareUnsigned(own, prefix) < 0
                : region.compare(memtable.keyAt(at), memtable.keyLength(at), key, offset, length)
                        < 0;
    }

    @Override
    public void next() {
        node = region.getIntAcquire(node + Memtable.NEXT);
    }

    /// There are no links back: finds the last node of another place in the order before this
    /// one, then walks over those of the same place that precede it.
    @Override
    public void prev() {
        int at = Memtable.HEAD;
        for (int level = memtable.height() - 1; level >= 0; level--) {
            int next = region.getIntAcquire(at + Memtable.NEXT + 4 * level);
            while (next != 0 && next != node && precedes(next)) {
                at = next;
                next = region.getIntAcquire(at + Memtable.NEXT + 4 * level);
            }
        }
        int next = region.getIntAcquire(at + Memtable.NEXT);
        while (next != node) {
            at = next;
            next = region.getIntAcquire(at + Memtable.NEXT);
        }
        node = at;
    }

    private boolean precedes(int other) {
        long own = region.getLong(other + Memtable.PREFIX);
        long here = region.getLong(node + Memtable.PREFIX);
        if (own != here) {
            return Long.compareUnsigned(own, here) < 0;
        }
        int order =
                region.compare(
                        memtable.keyAt(other),
                        memtable.keyLength(other),
                        region,
                        memtable.keyAt(node),
                        memtable.keyLength(node));
        if (order != 0) {
            return order < 0;
        }
        order =
                Integer.compareUnsigned(
                        memtable.tablet(other), memtable.tablet(node));
        return order != 0 ? order < 0 : memtable.index(other) > memtable.index(node);
    }

    @Override
    public long keyPrefix() {
        return region.getLong(node + Memtable.PREFIX);
    }

    @Override
    public Region keyRegion() {
        return region;
    }

    @Override
    public int keyOffset() {
        return memtable.keyAt(node);
    }

    @Override
    public int keyLength() {
        return memtable.keyLength(node);
    }

    @Override
    public int tablet() {
        return memtable.tablet(node);
    }

    @Override
    public long trailer() {
        return memtable.trailer(node);
    }

    @Override
    public long expiresAtMillis() {
        return memtable.expiresAtMillis(node);
    }

    @Override
    public long term() {
        return memtable.term(node);
    }

    @Override
    public Region valueRegion() {
        return region;
    }

    @Override
    public int valueOffset() {
        return memtable.valueAt(node);
    }

    @Override
    public int valueLength() {
        return memtable.valueLength(node);
    }

    @Override
    public void close() {
        node = 0;
        memtable = null;
        region = null;
    }
}
