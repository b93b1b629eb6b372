package norikv.lsm;

import java.util.Arrays;
import norikv.sstable.Cursor;

/// A stretch of keys, of all entries between two keys: one piece of a compaction.
///
/// @param from the first key, or empty: from the beginning
/// @param to the key behind the last one, or empty: up to the end
record KeyRange(byte[] from, byte[] to) {
    static final KeyRange ALL = new KeyRange(new byte[0], new byte[0]);

    /// Puts a cursor on the first entry that is within, or on one behind, or on none.
    void seekToFirst(Cursor cursor) {
        if (from.length == 0) {
            cursor.seekToFirst();
        } else {
            cursor.seek(from, 0, from.length);
        }
    }

    /// {@return whether the key that a cursor stands on is behind the last one}
    boolean isBehind(Cursor cursor) {
        return to.length > 0
                && cursor.keyRegion()
                                .compare(cursor.keyOffset(), cursor.keyLength(), to, 0, to.length)
                        >= 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyRange(var otherFrom, var otherTo)
                && Arrays.equals(from, otherFrom)
                && Arrays.equals(to, otherTo);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(from) + Arrays.hashCode(to);
    }
}
