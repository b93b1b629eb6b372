package norikv.sstable;

import java.util.Comparator;
import norikv.bytes.Bytes;

/// One entry as tests see it: plain values, in the order of [Cursor].
record Entry(Bytes key, int tablet, long trailer, long term, long expiresAtMillis, Bytes value)
        implements Comparable<Entry> {
    private static final Comparator<Entry> ORDER =
            Comparator.comparing(Entry::key)
                    .thenComparing(Entry::tablet, Integer::compareUnsigned)
                    .thenComparing(Entry::trailer, (a, b) -> Long.compareUnsigned(b, a));

    static Entry put(String key, int tablet, long index, String value) {
        return new Entry(
                Bytes.utf8(key), tablet, index << 8 | Cursor.KIND_PUT, 1, 0, Bytes.utf8(value));
    }

    static Entry at(Cursor cursor) {
        return new Entry(
                cursor.keyRegion().bytes(cursor.keyOffset(), cursor.keyLength()),
                cursor.tablet(),
                cursor.trailer(),
                cursor.term(),
                cursor.expiresAtMillis(),
                cursor.valueRegion().bytes(cursor.valueOffset(), cursor.valueLength()));
    }

    static Entry of(Bytes key, int tablet, Hit hit) {
        byte[] value = new byte[hit.valueLength()];
        hit.copyValue(value, 0);
        return new Entry(
                key, tablet, hit.trailer(), hit.term(), hit.expiresAtMillis(), Bytes.wrap(value));
    }

    long index() {
        return trailer >>> 8;
    }

    @Override
    public int compareTo(Entry other) {
        return ORDER.compare(this, other);
    }
}
