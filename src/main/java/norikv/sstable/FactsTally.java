package norikv.sstable;

import norikv.bytes.Bytes;

/// Adds up [TableFacts] entry by entry and remembers the last one: while a table is written, and
/// again while it is verified. Nothing is allocated an entry. **Threads.** Confined to one.
final class FactsTally {
    private final byte[] lastKey = new byte[TableFormat.KEY_BYTES_MAX];
    private final TabletTally tablets = new TabletTally();
    private Bytes minKey = Bytes.EMPTY;
    private int lastLength;
    private int lastTablet;
    private long lastTrailer;
    private long entries;
    private long deletes;
    private long rawBytes;
    private long minIndex = Long.MAX_VALUE;
    private long maxIndex;
    private long minExpiryMillis = Long.MAX_VALUE;
    private long maxExpiryMillis;
    private long expiring;
    private long contentHash;

    long entries() {
        return entries;
    }

    int tabletCount() {
        return tablets.count();
    }

    /// {@return whether the key at `at` of `array` is not that of the last entry}
    boolean isNewKey(byte[] array, int at, int length) {
        return entries == 0
                || length != lastLength
                || Keys.common(array, at, length, lastKey, 0, lastLength) != length;
    }

    /// {@return whether an entry with this key and place may follow the last one}
    boolean isNext(byte[] array, int at, int length, int tablet, long trailer) {
        if (entries == 0) {
            return true;
        }
        int common = Keys.common(array, at, length, lastKey, 0, lastLength);
        if (common == length && common == lastLength) {
            return EntryImage.comparePlaces(lastTablet, lastTrailer, tablet, trailer) < 0;
        }
        return common == lastLength
                || common < length && (lastKey[common] & 0xff) < (array[at + common] & 0xff);
    }

    /// {@return the separator between the last entry and one whose key is at `at` of `array`}
    Separator separatorBefore(byte[] array, int at, int length) {
        return Separator.between(
                Bytes.copyOf(lastKey, 0, lastLength), lastTablet, lastTrailer, array, at, length);
    }

    /// {@return the separator after the last entry, if none follows}
    Separator separatorAtEnd() {
        return Separator.after(Bytes.copyOf(lastKey, 0, lastLength));
    }

    /// {@return whether the last entry is at `separator` or before it}
    boolean isUpTo(Separator separator) {
        return !separator.isBefore(Bytes.wrap(lastKey, 0, lastLength), lastTablet, lastTrailer);
    }

    /// Counts the entry whose image is the first `length` bytes of `image`, its key at `keyAt`.
    void add(
            byte[] image,
            int length,
            int keyAt,
            int keyLength,
            int tablet,
            long trailer,
            long expiresAtMillis) {
        System.arraycopy(image, keyAt, lastKey, 0, keyLength);
        lastLength = keyLength;
        lastTablet = tablet;
        lastTrailer = trailer;
        entries++;
        if (entries == 1) {
            minKey = Bytes.copyOf(lastKey, 0, lastLength);
        }
        if ((trailer & EntryImage.KIND_MASK) == Cursor.KIND_DELETE) {
            deletes++;
        }
        rawBytes += length;
        tablets.add(tablet, length);
        minIndex = Math.min(minIndex, EntryImage.index(trailer));
        maxIndex = Math.max(maxIndex, EntryImage.index(trailer));
        if (EntryImage.hasExpiry(trailer)) {
            minExpiryMillis = Math.min(minExpiryMillis, expiresAtMillis);
            maxExpiryMillis = Math.max(maxExpiryMillis, expiresAtMillis);
            expiring++;
        }
        contentHash += ContentHash.of(image, 0, length);
    }

    /// {@return what was counted; of one entry or more}
    TableFacts facts(long fileNumber, TableFacts.Reason reason, long bytes) {
        return new TableFacts(
                fileNumber,
                reason,
                bytes,
                entries,
                deletes,
                minKey,
                Bytes.copyOf(lastKey, 0, lastLength),
                minIndex,
                maxIndex,
                maxExpiryMillis == 0 ? 0 : minExpiryMillis,
                maxExpiryMillis,
                expiring,
                rawBytes,
                contentHash,
                tablets.shares());
    }
}
