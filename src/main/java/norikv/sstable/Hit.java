package norikv.sstable;

import norikv.bytes.Region;

/// The entry that a point read found: a flyweight that the reader keeps and passes in again and
/// again. Without a find its contents mean nothing.
///
/// The value lies in memory that belongs to the table (or memtable), valid as long as that is
/// pinned. Reading it may meet a page that the disk cannot deliver, which the JVM reports as
/// [InternalError]; [#copyValue] reports it as [norikv.domain.NoriException.DiskFailure].
///
/// **Threads.** Confined to one.
public final class Hit {
    final EntryView entry = new EntryView();
    final BlockScratch block = new BlockScratch();

    /// Null until something was found.
    private Region region;
    private String place = "";

    /// A place for what a lookup finds.
    public Hit() {}

    /// Takes an entry from elsewhere than a table: whoever reads memtables and tables fills one
    /// flyweight.
    public void set(
            long trailer,
            long term,
            long expiresAtMillis,
            Region valueRegion,
            int valueOffset,
            int valueLength) {
        entry.set(trailer, term, expiresAtMillis, valueOffset, valueLength);
        region = valueRegion;
        place = "memory";
    }

    void found(Region in, String path) {
        region = in;
        place = path;
    }

    /// {@return one of the kinds of [Cursor]}
    public int kind() {
        return (int) entry.trailer() & EntryImage.KIND_MASK;
    }

    public long index() {
        return EntryImage.index(entry.trailer());
    }

    /// {@return `index << 8 | kind`}
    public long trailer() {
        return entry.trailer();
    }

    public long term() {
        return entry.term();
    }

    /// {@return when the value expires, log time in milliseconds; 0 if it does not}
    public long expiresAtMillis() {
        return entry.expiresAtMillis();
    }

    public Region valueRegion() {
        return region;
    }

    public int valueOffset() {
        return entry.valueAt();
    }

    public int valueLength() {
        return entry.valueLength();
    }

    /// Copies the value into `target` from `at` on.
    public void copyValue(byte[] target, int at) {
        try {
            region.copyTo(entry.valueAt(), target, at, entry.valueLength());
        } catch (InternalError e) {
            throw Damage.unreadable(place, e);
        }
    }
}
