package norikv.lsm;

import java.util.Arrays;
import java.util.List;
import norikv.bytes.Region;
import norikv.sstable.Cursor;
import norikv.sstable.Reach;
import norikv.sstable.TableCursor;

/// Tables of which no two share a key, one after the other: an input of a compaction, which reads
/// all bands.
///
/// **Threads.** Confined to one.
final class RunCursor implements Cursor {
    private final List<LiveTable> tables;
    private final TableCursor within = new TableCursor();
    private int at;

    /// @param tables in the order of their keys
    RunCursor(List<LiveTable> tables) {
        this.tables = tables;
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
        if (enter(firstEndingFrom(key, offset, length))) {
            within.seek(key, offset, length);
        }
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
        int last = firstEndingFrom(key, offset, length);
        if (enter(last)) {
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

    private int firstEndingFrom(byte[] key, int offset, int length) {
        int first = 0;
        while (first < tables.size() && endsBefore(tables.get(first), key, offset, length)) {
            first++;
        }
        return first;
    }

    private static boolean endsBefore(LiveTable table, byte[] key, int offset, int length) {
        byte[] max = table.maxKey();
        return Arrays.compareUnsigned(max, 0, max.length, key, offset, offset + length) < 0;
    }

    private boolean enter(int table) {
        if (table < 0 || table >= tables.size()) {
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
    }
}
