package norikv.lsm;

import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.Bytes;
import norikv.bytes.Region;
import norikv.sstable.Cursor;

/// The newest entries, in memory: a skip list in one slab of native memory.
///
/// Towers grow up from the start of the slab, keys and values down from its end, so a search
/// touches dense nodes and leaves the bytes alone unless eight of them are equal:
///
/// ```
/// node  +0 key prefix i64   +8 trailer i64 (index << 8 | kind)   +16 tablet i32
///       +20 data i32        +24 key length i32                   +28 next i32 × height
/// data  +0 value length i32 +4 term i64   [+12 expiry i64, if it has one]   key   value
/// ```
///
/// A node is named by its offset; 0, where the head is, means none. Two entries of one key, tablet
/// and index (operations of one log entry) stand with the later one first: the last wins.
///
/// **Threads.** One writer at a time, which holds the apply lock; any may read meanwhile. A node is
/// complete before a release store links it, and readers follow links with acquire loads.
final class Memtable {
    private static final int PREFIX = 0;
    private static final int TRAILER = 8;
    private static final int TABLET = 16;
    private static final int DATA = 20;
    private static final int KEY_LENGTH = 24;
    private static final int NEXT = 28;

    private static final int HEIGHT_MAX = 12;
    private static final int HEAD = 0;
    private static final int NODE_BYTES_MAX = NEXT + 4 * HEIGHT_MAX;
    private static final int FIRST_NODE = NODE_BYTES_MAX + 4;

    private static final int TERM = 4;
    private static final int EXPIRY = 12;
    private static final int DATA_HEAD_BYTES_MAX = 20;

    /// What a memtable takes besides its entries.
    static final int BYTES_MIN = FIRST_NODE;

    private final Slabs.Slab slab;
    private final Region region;
    private final AtomicInteger references = new AtomicInteger();
    private final int[] splice = new int[HEIGHT_MAX];
    private long chance;
    private int nodesEnd = FIRST_NODE;
    private int dataStart;

    /// How high the highest tower is. Readers may see an older, lower one: they only search longer.
    private int height = 1;

    private int entries;

    /// Where the tablets stood when writing ended, or null while it goes on.
    private volatile AppliedVector frozen;

    Memtable(Slabs.Slab slab, long seed) {
        this.slab = slab;
        this.region = slab.region();
        this.chance = seed * 2 + 1;
        this.dataStart = slab.bytes();
        for (int level = 0; level < HEIGHT_MAX; level++) {
            region.putInt(HEAD + NEXT + 4 * level, 0);
        }
    }

    /// {@return the most bytes that an entry takes}
    static long bytesNeeded(int userKeyLength, int valueLength) {
        return NODE_BYTES_MAX
                + DATA_HEAD_BYTES_MAX
                + (long) InternalKey.HEAD_BYTES
                + userKeyLength
                + valueLength;
    }

    /// {@return bytes that are left}
    int freeBytes() {
        return dataStart - nodesEnd;
    }

    int usedBytes() {
        return slab.bytes() - freeBytes();
    }

    int entries() {
        return entries;
    }

    Slabs.Slab slab() {
        return slab;
    }

    /// Ends writing. The caller holds the apply lock and publishes nothing afterwards before the
    /// next memtable is in sight.
    void freeze(AppliedVector applied) {
        assert frozen == null : "frozen twice";
        frozen = applied;
    }

    /// {@return where the tablets stood when writing ended, or null while it goes on}
    AppliedVector frozen() {
        return frozen;
    }

    void retain() {
        references.getAndIncrement();
    }

    /// {@return whether that was the last reference}
    boolean release() {
        int left = references.decrementAndGet();
        assert left >= 0 : "released too often";
        return left == 0;
    }

    /// Adds an entry. There must be room: [#bytesNeeded] was asked for before.
    ///
    /// @param expiresAtMillis 0 unless `trailer` is of a kind that has an expiry
    void insert(
            byte[] key,
            int keyLength,
            int tablet,
            long trailer,
            long term,
            long expiresAtMillis,
            Bytes value) {
        assert frozen == null : "written to after it was frozen";
        long prefix = InternalKey.prefixOf(key, 0, keyLength);
        int nodeHeight = nextHeight();
        for (int level = height; level < nodeHeight; level++) {
            splice[level] = HEAD;
        }
        find(prefix, key, keyLength, tablet, trailer >>> 8, splice);

        int data = putData(key, keyLength, trailer, term, expiresAtMillis, value);
        int node = nodesEnd;
        nodesEnd += NEXT + 4 * nodeHeight;
        assert nodesEnd <= dataStart : "no room was made";
        region.putLong(node + PREFIX, prefix);
        region.putLong(node + TRAILER, trailer);
        region.putInt(node + TABLET, tablet);
        region.putInt(node + DATA, data);
        region.putInt(node + KEY_LENGTH, keyLength);
        for (int level = 0; level < nodeHeight; level++) {
            int link = NEXT + 4 * level;
            region.putInt(node + link, region.getInt(splice[level] + link));
        }
        for (int level = 0; level < nodeHeight; level++) {
            region.putIntRelease(splice[level] + NEXT + 4 * level, node);
        }
        height = Math.max(height, nodeHeight);
        entries++;
    }

    private int putData(
            byte[] key,
            int keyLength,
            long trailer,
            long term,
            long expiresAtMillis,
            Bytes value) {
        int head = dataHeadBytes(trailer);
        dataStart -= head + keyLength + value.length();
        region.putInt(dataStart, value.length());
        region.putLong(dataStart + TERM, term);
        if (head > EXPIRY) {
            region.putLong(dataStart + EXPIRY, expiresAtMillis);
        }
        int keyAt = dataStart + head;
        region.copyFrom(keyAt, key, 0, keyLength);
        region.copyFrom(keyAt + keyLength, value.array(), value.offset(), value.length());
        return dataStart;
    }

    /// Each further level with one chance in four.
    private int nextHeight() {
        chance ^= chance << 13;
        chance ^= chance >>> 7;
        chance ^= chance << 17;
        int quarters = Long.numberOfTrailingZeros(chance | 1L << 2 * (HEIGHT_MAX - 1)) / 2;
        return 1 + quarters;
    }

    /// {@return the first node whose entry is at or after (key, tablet, index downwards), or 0}
    ///
    /// @param before if not null, gets the last node before it on each level
    private int find(
            long prefix, byte[] key, int keyLength, int tablet, long index, int[] before) {
        int node = HEAD;
        int level = height - 1;
        int beyond = 0;
        while (true) {
            int next = region.getIntAcquire(node + NEXT + 4 * level);
            if (next != beyond && isBefore(next, prefix, key, keyLength, tablet, index)) {
                node = next;
                continue;
            }
            if (before != null) {
                before[level] = node;
            }
            if (level == 0) {
                return next;
            }
            beyond = next; // seen to be beyond already: not compared again one level below
            level--;
        }
    }

    private boolean isBefore(
            int node, long prefix, byte[] key, int keyLength, int tablet, long index) {
        if (node == 0) {
            return false;
        }
        long own = region.getLong(node + PREFIX);
        if (own != prefix) {
            return Long.compareUnsigned(own, prefix) < 0;
        }
        int order = region.compare(keyAt(node), keyLength(node), key, 0, keyLength);
        if (order != 0) {
            return order < 0;
        }
        order = Integer.compareUnsigned(region.getInt(node + TABLET), tablet);
        return order != 0 ? order < 0 : index(node) > index;
    }

    /// {@return the node of the newest version of the key at or below `indexMax`, or 0}
    int newest(long prefix, byte[] key, int keyLength, int tablet, long indexMax) {
        int node = find(prefix, key, keyLength, tablet, indexMax, null);
        return node != 0
                        && region.getLong(node + PREFIX) == prefix
                        && region.getInt(node + TABLET) == tablet
                        && region.compare(keyAt(node), keyLength(node), key, 0, keyLength) == 0
                ? node
                : 0;
    }

    /// Copies the entry of `node` out.
    void read(int node, GetResult into) {
        long trailer = trailer(node);
        if ((trailer & 0xff) == Cursor.KIND_DELETE) {
            into.setAbsent();
            return;
        }
        into.setFound(trailer >>> 8, term(node), expiresAtMillis(node));
        int length = valueLength(node);
        region.copyTo(valueAt(node), into.valueOf(length), 0, length);
    }

    private long trailer(int node) {
        return region.getLong(node + TRAILER);
    }

    private long index(int node) {
        return trailer(node) >>> 8;
    }

    private int tablet(int node) {
        return region.getInt(node + TABLET);
    }

    private int keyAt(int node) {
        return data(node) + dataHeadBytes(trailer(node));
    }

    private int keyLength(int node) {
        return region.getInt(node + KEY_LENGTH);
    }

    private int valueAt(int node) {
        return keyAt(node) + keyLength(node);
    }

    private int valueLength(int node) {
        return region.getInt(data(node));
    }

    private long term(int node) {
        return region.getLong(data(node) + TERM);
    }

    private long expiresAtMillis(int node) {
        return (trailer(node) & 0xff) == Cursor.KIND_PUT_TTL
                ? region.getLong(data(node) + EXPIRY)
                : 0;
    }

    private int data(int node) {
        return region.getInt(node + DATA);
    }

    private static int dataHeadBytes(long trailer) {
        return (trailer & 0xff) == Cursor.KIND_PUT_TTL ? DATA_HEAD_BYTES_MAX : EXPIRY;
    }

    /// {@return a cursor that sees what is in this memtable when it moves}
    Cursor cursor() {
        return new Walk();
    }

    /// Stands on a node; 0 is nowhere.
    private final class Walk implements Cursor {
        private int node;

        @Override
        public boolean isValid() {
            return node != 0;
        }

        @Override
        public void seekToFirst() {
            node = region.getIntAcquire(HEAD + NEXT);
        }

        @Override
        public void seekToLast() {
            int at = HEAD;
            for (int level = height - 1; level >= 0; level--) {
                int next = region.getIntAcquire(at + NEXT + 4 * level);
                while (next != 0) {
                    at = next;
                    next = region.getIntAcquire(at + NEXT + 4 * level);
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
            int at = HEAD;
            int next = 0;
            for (int level = height - 1; level >= 0; level--) {
                next = region.getIntAcquire(at + NEXT + 4 * level);
                while (next != 0 && isLess(next, prefix, key, offset, length)) {
                    at = next;
                    next = region.getIntAcquire(at + NEXT + 4 * level);
                }
            }
            return before ? at : next;
        }

        private boolean isLess(int at, long prefix, byte[] key, int offset, int length) {
            long own = region.getLong(at + PREFIX);
            return own != prefix
                    ? Long.compareUnsigned(own, prefix) < 0
                    : region.compare(keyAt(at), Memtable.this.keyLength(at), key, offset, length)
                            < 0;
        }

        @Override
        public void next() {
            node = region.getIntAcquire(node + NEXT);
        }

        /// There are no links back: finds the last node of another place in the order before this
        /// one, then walks over those of the same place that precede it.
        @Override
        public void prev() {
            int at = HEAD;
            for (int level = height - 1; level >= 0; level--) {
                int next = region.getIntAcquire(at + NEXT + 4 * level);
                while (next != 0 && next != node && precedes(next)) {
                    at = next;
                    next = region.getIntAcquire(at + NEXT + 4 * level);
                }
            }
            int next = region.getIntAcquire(at + NEXT);
            while (next != node) {
                at = next;
                next = region.getIntAcquire(at + NEXT);
            }
            node = at;
        }

        private boolean precedes(int other) {
            long own = region.getLong(other + PREFIX);
            long here = region.getLong(node + PREFIX);
            if (own != here) {
                return Long.compareUnsigned(own, here) < 0;
            }
            int order =
                    region.compare(
                            keyAt(other),
                            Memtable.this.keyLength(other),
                            region,
                            keyAt(node),
                            Memtable.this.keyLength(node));
            if (order != 0) {
                return order < 0;
            }
            order =
                    Integer.compareUnsigned(
                            Memtable.this.tablet(other), Memtable.this.tablet(node));
            return order != 0 ? order < 0 : index(other) > index(node);
        }

        @Override
        public long keyPrefix() {
            return region.getLong(node + PREFIX);
        }

        @Override
        public Region keyRegion() {
            return region;
        }

        @Override
        public int keyOffset() {
            return keyAt(node);
        }

        @Override
        public int keyLength() {
            return Memtable.this.keyLength(node);
        }

        @Override
        public int tablet() {
            return Memtable.this.tablet(node);
        }

        @Override
        public long trailer() {
            return Memtable.this.trailer(node);
        }

        @Override
        public long expiresAtMillis() {
            return Memtable.this.expiresAtMillis(node);
        }

        @Override
        public long term() {
            return Memtable.this.term(node);
        }

        @Override
        public Region valueRegion() {
            return region;
        }

        @Override
        public int valueOffset() {
            return valueAt(node);
        }

        @Override
        public int valueLength() {
            return Memtable.this.valueLength(node);
        }

        @Override
        public void close() {
            node = 0;
        }
    }
}
