package norikv.lsm;

import java.util.List;
import norikv.bytes.Region;
import norikv.sstable.Cursor;
import norikv.sstable.Reach;
import norikv.sstable.TableCursor;

/// The tables of one sorted level, one after the other, as far as they may have entries of one
/// band: beyond them it is not valid, and no block is looked at. Made once, attached again and
/// again.
///
/// **Threads.** Confined to one at a time.
final class LevelCursor implements Cursor {
    private final TableCursor within = new TableCursor();

    /// Null while attached to nothing.
    private Levels levels;

    private List<LiveTable> tables = List.of();
    private int level;
    private int head;
    private int at;

    /// Goes over to a level, 1 … 6, and to a band of it, on no entry yet.
    ///
    /// @param newHead what the keys of the band begin with
    void attach(Levels newLevels, int newLevel, int newHead) {
        within.close();
        levels = newLevels;
        level = newLevel;
        tables = newLevels.level(newLevel);
        head = newHead;
    }

    @Override
    public boolean isValid() {
        return within.isValid();
    }

    @Override
    public Cursor inner() {
        return within;
    }

    @Override
    public void seekToFirst() {
        if (enter(0)) {
            within.seekToFirst();
        }
    }

    @Override
    public void seekToLast() {
        if (enter(tables.size() - 1)) {
            within.seekToLast();
        }
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
        if (enter(levels.firstEndingFrom(level, key, offset, length))) {
            within.seek(key, offset, length);
        }
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
        int last = levels.firstEndingFrom(level, key, offset, length);
        if (last < tables.size() && enter(last)) {
            within.seekBefore(key, offset, length);
            if (within.isValid()) {
                return;
            }
        }
        if (enter(last - 1)) {
            within.seekToLast();
        }
    }

    @Override
    public void next() {
        within.next();
        if (!within.isValid() && enter(at + 1)) {
            within.seekToFirst();
        }
    }

    @Override
    public void prev() {
        within.prev();
        if (!within.isValid() && enter(at - 1)) {
            within.seekToLast();
        }
    }

    private boolean enter(int table) {
        if (table < 0 || table >= tables.size() || !tables.get(table).mayHoldHead(head)) {
            within.close();
            return false;
        }
        at = table;
        within.attach(tables.get(table).table(), Reach.DISK);
        return true;
    }

    @Override
    public long keyPrefix() {
        return within.keyPrefix();
    }

    @Override
    public Region keyRegion() {
        return within.keyRegion();
    }

    @Override
    public int keyOffset() {
        return within.keyOffset();
    }

    @Override
    public int keyLength() {
        return within.keyLength();
    }

    @Override
    public boolean hasKey(byte[] key, int length) {
        return within.hasKey(key, length);
    }

    @Override
    public void copyKey(byte[] target) {
        within.copyKey(target);
    }

    @Override
    public int tablet() {
        return within.tablet();
    }

    @Override
    public long trailer() {
        return within.trailer();
    }

    @Override
    public long expiresAtMillis() {
        return within.expiresAtMillis();
    }

    @Override
    public long term() {
        return within.term();
    }

    @Override
    public Region valueRegion() {
        return within.valueRegion();
    }

    @Override
    public int valueOffset() {
        return within.valueOffset();
    }

    @Override
    public int valueLength() {
        return within.valueLength();
    }

    @Override
    public void close() {
        within.close();
        levels = null;
        tables = List.of();
    }
}
