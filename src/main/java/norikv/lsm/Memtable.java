package norikv.lsm;

import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.Bytes;
import norikv.bytes.Region;
import norikv.sstable.Cursor;

/// The newest entries, in memory: a skip list in one slab of native memory.
///
/// Towers grow up from the start of the slab, keys and values down from its end, so a search
/// touches dense nodes. The first 24 bytes of a key are in its node, as numbers to compare; most
/// keys begin alike, and the bytes that tell them apart would be a cache miss away otherwise:
///
/// ```
/// node  +0 key bytes 0 … 23, three i64, padded with zeros
///       +24 trailer i64 (index << 8 | kind)   +32 tablet i32   +36 data i32
///       +40 key length i32                    +44 next i32 × height
/// data  +0 value length i32 +4 term i64   [+12 expiry i64, if it has one]   key   value
/// ```
///
/// A node is named by its offset; 0, where the head is, means none. Two entries of one key, tablet
/// and index (operations of one log entry) stand with the later one first: the last wins.
///
/// **Threads.** One writer at a time, which holds the apply lock; any may read meanwhile. A node is
/// complete before a release store links it, and readers follow links with acquire loads.
final class Memtable {
    static final int PREFIX = 0;
    private static final int SECOND = 8;
    private static final int THIRD = 16;
    static final int TRAILER = 24;
    static final int TABLET = 32;
    private static final int DATA = 36;
    static final int KEY_LENGTH = 40;
    static final int NEXT = 44;

    /// Of how many entries one is looked for when it was put in; a power of two.
    private static final int LOOKED_FOR = 1 << 10;

    /// How many bytes of a key are in its node.
    private static final int INLINE = 24;

    private static final int HEIGHT_MAX = 12;
    static final int HEAD = 0;
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

    /// How many of them are tombstones. Written by the writer only, read by any.
    private volatile int deletes;

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

    /// {@return how many tombstones there are} **Threads.** Any.
    int deletes() {
        return deletes;
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
        long second = InternalKey.numberAt(key, SECOND, keyLength);
        long third = InternalKey.numberAt(key, THIRD, keyLength);
        find(prefix, second, third, key, keyLength, tablet, trailer >>> 8, splice);

        int data = putData(key, keyLength, trailer, term, expiresAtMillis, value);
        int node = nodesEnd;
        nodesEnd += NEXT + 4 * nodeHeight;
        assert nodesEnd <= dataStart : "no room was made";
        region.putLong(node + PREFIX, prefix);
        region.putLong(node + SECOND, second);
        region.putLong(node + THIRD, third);
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
        // Also so that an equal key is no news to the compiler: the first one that is overwritten
        // would have every write wait until all of this is compiled again.
        assert (entries & LOOKED_FOR - 1) != 0 || isFound(node, key, keyLength)
                : "an entry that was just put in is not found";
        entries++;
        if ((trailer & 0xff) == Cursor.KIND_DELETE) {
            deletes = deletes + 1;
        }
    }

    private boolean isFound(int node, byte[] key, int keyLength) {
        long prefix = InternalKey.prefixOf(key, 0, keyLength);
        return newest(prefix, key, keyLength, tablet(node), index(node)) == node;
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
            long prefix,
            long second,
            long third,
            byte[] key,
            int keyLength,
            int tablet,
            long index,
            int[] before) {
        int node = HEAD;
        int level = height - 1;
        int beyond = 0;
        while (true) {
            int next = region.getIntAcquire(node + NEXT + 4 * level);
            if (next != beyond
                    && isBefore(next, prefix, second, third, key, keyLength, tablet, index)) {
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
            int node,
            long prefix,
            long second,
            long third,
            byte[] key,
            int keyLength,
            int tablet,
            long index) {
        if (node == 0) {
            return false;
        }
        long own = region.getLong(node + PREFIX);
        if (own != prefix) {
            return Long.compareUnsigned(own, prefix) < 0;
        }
        own = region.getLong(node + SECOND);
        if (own != second) {
            return Long.compareUnsigned(own, second) < 0;
        }
        own = region.getLong(node + THIRD);
        if (own != third) {
            return Long.compareUnsigned(own, third) < 0;
        }
        int order = compareRest(node, key, keyLength);
        if (order != 0) {
            return order < 0;
        }
        order = Integer.compareUnsigned(region.getInt(node + TABLET), tablet);
        return order != 0 ? order < 0 : index(node) > index;
    }

    /// How a key compares whose first bytes, padded, are those of the node. Where one of the two
    /// ends among them the other goes on with zeros, or ends too: the shorter one is less.
    private int compareRest(int node, byte[] key, int keyLength) {
        int length = keyLength(node);
        return length <= INLINE || keyLength <= INLINE
                ? length - keyLength
                : region.compare(
                        keyAt(node) + INLINE, length - INLINE, key, INLINE, keyLength - INLINE);
    }

    /// {@return the node of the newest version of the key at or below `indexMax`, or 0}
    int newest(long prefix, byte[] key, int keyLength, int tablet, long indexMax) {
        long second = InternalKey.numberAt(key, SECOND, keyLength);
        long third = InternalKey.numberAt(key, THIRD, keyLength);
        int node = find(prefix, second, third, key, keyLength, tablet, indexMax, null);
        return node != 0
                        && region.getLong(node + PREFIX) == prefix
                        && region.getLong(node + SECOND) == second
                        && region.getLong(node + THIRD) == third
                        && region.getInt(node + TABLET) == tablet
                        && compareRest(node, key, keyLength) == 0
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

    long trailer(int node) {
        return region.getLong(node + TRAILER);
    }

    long index(int node) {
        return trailer(node) >>> 8;
    }

    int tablet(int node) {
        return region.getInt(node + TABLET);
    }

    int keyAt(int node) {
        return data(node) + dataHeadBytes(trailer(node));
    }

    int keyLength(int node) {
        return region.getInt(node + KEY_LENGTH);
    }

    int valueAt(int node) {
        return keyAt(node) + keyLength(node);
    }

    int valueLength(int node) {
        return region.getInt(data(node));
    }

    long term(int node) {
        return region.getLong(data(node) + TERM);
    }

    long expiresAtMillis(int node) {
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
    MemtableCursor cursor() {
        var cursor = new MemtableCursor();
        cursor.attach(this);
        return cursor;
    }

    Region region() {
        return region;
    }

    /// {@return how high towers are; whoever reads an older value only searches longer}
    int height() {
        return height;
    }
}
