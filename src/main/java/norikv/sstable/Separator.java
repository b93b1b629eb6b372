package norikv.sstable;

import norikv.bytes.Bytes;

/// A place between two blocks, as [IndexBlock] keeps it: for writing and for checking, not for
/// searching.
///
/// @param withPlace whether tablet and trailer belong to it; if not it stands after all entries of
///     its key
record Separator(Bytes key, boolean withPlace, int tablet, long trailer)
        implements Comparable<Separator> {

    /// {@return the place after all entries of `key`}
    static Separator after(Bytes key) {
        return new Separator(key, false, 0, 0);
    }

    /// {@return the shortest place between two neighbours: an entry, and the first of a later
    /// block, of which only the key, at `at` of `next`, matters}
    static Separator between(
            Bytes last, int tablet, long trailer, byte[] next, int at, int nextLength) {
        int common =
                Keys.common(last.array(), last.offset(), last.length(), next, at, nextLength);
        if (common == last.length() && common == nextLength) {
            return new Separator(last, true, tablet, trailer);
        }
        // One byte more than they have in common is after the one, and before the other if that
        // goes on. Else the last key itself serves.
        return common < last.length() && common + 1 < nextLength
                ? after(Bytes.copyOf(next, at, common + 1))
                : after(last);
    }

    /// {@return whether this is before the given entry}
    boolean isBefore(Bytes entryKey, int entryTablet, long entryTrailer) {
        int order = key.compareTo(entryKey);
        return order != 0
                ? order < 0
                : withPlace
                        && EntryImage.comparePlaces(tablet, trailer, entryTablet, entryTrailer)
                                < 0;
    }

    @Override
    public int compareTo(Separator other) {
        int order = key.compareTo(other.key);
        if (order != 0 || !withPlace && !other.withPlace) {
            return order;
        }
        if (!withPlace || !other.withPlace) {
            return withPlace ? -1 : 1;
        }
        return EntryImage.comparePlaces(tablet, trailer, other.tablet, other.trailer);
    }
}
