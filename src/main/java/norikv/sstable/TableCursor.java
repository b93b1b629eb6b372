package norikv.sstable;

import norikv.bytes.Region;
import norikv.domain.NoriException;

/// A cursor over one table after the other. It is made once and attached again and again: its own
/// memory, for a key that is shared out over its block, is not given back in between.
///
/// **Reach.** With [Reach#MEMORY] a move that meets a block which was not verified yet leaves the
/// cursor not valid and [#isCold()] true: seek again, elsewhere, with [Reach#DISK].
///
/// **Errors.** As [Table]. Who reads a value of several pages may be the first to meet one of them:
/// if the disk cannot deliver it, the JVM throws [InternalError]. **Threads.** Confined to one at a
/// time.
public final class TableCursor implements Cursor {
    private static final int SCRATCH_BYTES_INITIAL = 256;

    private Region scratch = Region.allocate(SCRATCH_BYTES_INITIAL);
    private final BlockScratch bytes = new BlockScratch();
    private final EntryView entry = new EntryView();

    /// Null while attached to nothing.
    private Table table;

    private Region data;
    private boolean keeps;
    private Reach reach = Reach.DISK;
    private boolean valid;
    private boolean cold;

    private int block;
    private int blockAt;
    private int count;
    private int flags;
    private int slots;
    private int onlyTablet;
    private int slot;
    private int prefixAt;
    private int prefixLength;
    private long prefix;
    private boolean prefixInScratch;
    private boolean keyInScratch;

    /// Stands on nothing until [#attach].
    public TableCursor() {}

    /// Goes over to `to`, on no entry of it yet.
    public void attach(Table to, Reach newReach) {
        attach(to, newReach, true);
    }

    /// @param newKeeps whether blocks of a cold table enter its cache
    void attach(Table to, Reach newReach, boolean newKeeps) {
        table = to;
        reach = newReach;
        keeps = newKeeps;
        valid = false;
        cold = false;
    }

    @Override
    public boolean isValid() {
        return valid;
    }

    /// {@return whether the last move ended because a block would have to be read from the disk}
    public boolean isCold() {
        return cold;
    }

    @Override
    public void seekToFirst() {
        begin();
        try {
            enterFirst(0);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public void seekToLast() {
        begin();
        try {
            enterLast(table.index().blockCount() - 1);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
        seek(key, offset, length, 0, -1L);
    }

    /// Moves to the first entry at the given place or after it: of this key those of greater
    /// tablets and, of this tablet, those of trailers up to `trailer`, and then all greater keys.
    public void seek(byte[] key, int offset, int length, int tablet, long trailer) {
        begin();
        try {
            int found = table.index().find(key, offset, length, tablet, trailer);
            if (found < table.index().blockCount() && enter(found)) {
                int first =
                        DataBlock.lowerBound(
                                data, blockAt, key, offset, length, tablet, trailer, entry);
                if (first < count) {
                    stand(first);
                } else {
                    enterFirst(found + 1);
                }
            }
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
        begin();
        try {
            int blocks = table.index().blockCount();
            int found = table.index().find(key, offset, length, 0, -1L);
            if (found == blocks) {
                enterLast(blocks - 1);
            } else if (enter(found)) {
                int first =
                        DataBlock.lowerBound(data, blockAt, key, offset, length, 0, -1L, entry);
                if (first > 0) {
                    stand(first - 1);
                } else {
                    enterLast(found - 1);
                }
            }
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public void next() {
        assert valid : "next() of a cursor that stands on nothing";
        try {
            if (slot + 1 < count) {
                stand(slot + 1);
            } else {
                valid = false;
                enterFirst(block + 1);
            }
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public void prev() {
        assert valid : "prev() of a cursor that stands on nothing";
        try {
            if (slot > 0) {
                stand(slot - 1);
            } else {
                valid = false;
                enterLast(block - 1);
            }
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public long keyPrefix() {
        if (prefixLength >= Long.BYTES) {
            return prefix;
        }
        long rest = firstOfSuffix();
        return prefix | rest >>> 8 * prefixLength;
    }

    @Override
    public Region keyRegion() {
        if (prefixLength == 0) {
            return data;
        }
        if (!keyInScratch) {
            gatherKey();
        }
        return scratch;
    }

    @Override
    public int keyOffset() {
        return prefixLength == 0 ? entry.suffixAt() : 0;
    }

    @Override
    public int keyLength() {
        return prefixLength + entry.suffixLength();
    }

    /// Keys of a block differ in what follows the part that they share, so that is compared first,
    /// and nothing is gathered for it.
    @Override
    public boolean hasKey(byte[] key, int length) {
        int rest = entry.suffixLength();
        if (prefixLength + rest != length) {
            return false;
        }
        try {
            return Keys.areEqual(data, entry.suffixAt(), key, prefixLength, rest)
                    && data.compare(prefixAt, prefixLength, key, 0, prefixLength) == 0;
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public void copyKey(byte[] target) {
        try {
            Keys.copy(data, prefixAt, target, 0, prefixLength);
            Keys.copy(data, entry.suffixAt(), target, prefixLength, entry.suffixLength());
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    @Override
    public int tablet() {
        return entry.tablet();
    }

    @Override
    public long trailer() {
        return entry.trailer();
    }

    @Override
    public long expiresAtMillis() {
        return entry.expiresAtMillis();
    }

    @Override
    public long term() {
        return entry.term();
    }

    @Override
    public Region valueRegion() {
        return data;
    }

    @Override
    public int valueOffset() {
        return entry.valueAt();
    }

    @Override
    public int valueLength() {
        return entry.valueLength();
    }

    /// Lets go of the table; the cursor can be attached again.
    @Override
    public void close() {
        valid = false;
        table = null;
        data = null;
        bytes.clear();
    }

    private void begin() {
        valid = false;
        cold = false;
    }

    private void enterFirst(int to) {
        if (to < table.index().blockCount() && enter(to)) {
            stand(0);
        }
    }

    private void enterLast(int to) {
        if (to >= 0 && enter(to)) {
            stand(count - 1);
        }
    }

    /// {@return whether the block can be read; if so it is the current one, on no entry yet}
    private boolean enter(int to) {
        if (!table.locate(to, reach, keeps, bytes)) {
            cold = true;
            return false;
        }
        block = to;
        data = bytes.region();
        blockAt = bytes.at();
        count = DataBlock.count(data, blockAt);
        flags = DataBlock.flags(data, blockAt);
        prefixLength = DataBlock.prefixLength(data, blockAt);
        prefixAt = DataBlock.prefixAt(data, blockAt, count, flags);
        slots = blockAt + DataBlock.slotsAt(count);
        onlyTablet = DataBlock.onlyTablet(data, blockAt);
        // Eight bytes can be read where any key or part of one begins: a trailer follows.
        prefix = Keys.prefix(data, prefixAt, prefixLength);
        prefixInScratch = false;
        keyInScratch = false;
        return true;
    }

    private void stand(int to) {
        slot = to;
        entry.read(data, blockAt, slots, flags, onlyTablet, to);
        keyInScratch = false;
        valid = true;
    }

    private long firstOfSuffix() {
        try {
            return Keys.prefix(data, entry.suffixAt(), entry.suffixLength());
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private void gatherKey() {
        try {
            int length = prefixLength + entry.suffixLength();
            if (scratch.length() < length) {
                scratch = Region.allocate(TableFormat.KEY_BYTES_MAX + Long.BYTES);
                prefixInScratch = false;
            }
            if (!prefixInScratch) {
                scratch.copyFrom(0, data, prefixAt, prefixLength);
                prefixInScratch = true;
            }
            scratch.copyFrom(prefixLength, data, entry.suffixAt(), entry.suffixLength());
            keyInScratch = true;
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private NoriException unreadable(InternalError e) {
        valid = false;
        return table.unreadable(e);
    }
}
