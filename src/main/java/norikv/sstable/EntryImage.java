package norikv.sstable;

import norikv.bytes.ByteWriter;
import norikv.bytes.Region;

/// The bytes of one entry, whole: what is hashed, what is counted, and nearly how it lies in a
/// block.
///
/// ```
/// varint key length | key | u32 tablet | u64 trailer | varint term
///        | u64 expiry, only if the kind is KIND_PUT_TTL | value
/// ```
///
/// The length of the value is not in it: an image ends with its value.
final class EntryImage {
    static final int TABLET_BYTES = 4;
    static final int TRAILER_BYTES = 8;
    static final int EXPIRY_BYTES = 8;
    static final int KIND_MASK = 0xff;

    private EntryImage() {}

    static void write(ByteWriter to, Cursor cursor) {
        write(
                to,
                cursor.keyRegion(),
                cursor.keyOffset(),
                cursor.keyLength(),
                cursor.tablet(),
                cursor.trailer(),
                cursor.term(),
                cursor.expiresAtMillis(),
                cursor.valueRegion(),
                cursor.valueOffset(),
                cursor.valueLength());
    }

    static void write(
            ByteWriter to,
            Region keyRegion,
            int keyOffset,
            int keyLength,
            int tablet,
            long trailer,
            long term,
            long expiresAtMillis,
            Region valueRegion,
            int valueOffset,
            int valueLength) {
        to.varint(keyLength).bytes(keyRegion, keyOffset, keyLength);
        to.i32(tablet).i64(trailer).varint(term);
        if (hasExpiry(trailer)) {
            to.i64(expiresAtMillis);
        }
        to.bytes(valueRegion, valueOffset, valueLength);
    }

    static boolean hasExpiry(long trailer) {
        return (trailer & KIND_MASK) == Cursor.KIND_PUT_TTL;
    }

    static long index(long trailer) {
        return trailer >>> 8;
    }

    /// {@return how two places of one key compare: tablet ascending, newest first}
    static int comparePlaces(int tablet, long trailer, int otherTablet, long otherTrailer) {
        return tablet == otherTablet
                ? Long.compareUnsigned(otherTrailer, trailer)
                : Integer.compareUnsigned(tablet, otherTablet);
    }
}
