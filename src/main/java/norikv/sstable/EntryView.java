package norikv.sstable;

import norikv.bytes.Region;

/// Where the parts of one entry of a block are. Read again and again, never allocated on the way.
final class EntryView {
    private int suffixAt;
    private int suffixLength;
    private int tablet;
    private long trailer;
    private long term;
    private long expiresAtMillis;
    private int valueAt;
    private int valueLength;

    /// Takes apart entry `slot` of a block that was checked.
    ///
    /// @param slots where the slots begin
    /// @param onlyTablet the tablet of all entries, if the block says that it is one
    void read(Region region, int block, int slots, int flags, int onlyTablet, int slot) {
        int at;
        int end;
        if ((flags & DataBlock.WIDE) == 0) {
            int both = region.getInt(slots + slot * Short.BYTES);
            at = block + (both & 0xffff);
            end = block + (both >>> 16);
        } else {
            long both = region.getLong(slots + slot * Integer.BYTES);
            at = block + (int) both;
            end = block + (int) (both >>> 32);
        }
        int length = region.getByte(at++);
        if (length < 0) {
            length = length & 0x7f | region.getByte(at++) << 7;
        }
        suffixAt = at;
        suffixLength = length;
        at += length;
        tablet = onlyTablet;
        if ((flags & DataBlock.ONE_TABLET) == 0) {
            tablet = region.getInt(at);
            at += EntryImage.TABLET_BYTES;
        }
        trailer = region.getLong(at);
        at += EntryImage.TRAILER_BYTES;
        term = region.getByte(at++);
        if (term < 0) {
            at = readTerm(region, at);
        }
        expiresAtMillis = 0;
        if (EntryImage.hasExpiry(trailer)) {
            expiresAtMillis = region.getLong(at);
            at += EntryImage.EXPIRY_BYTES;
        }
        valueAt = at;
        valueLength = end - at;
    }

    /// Reads what follows the first byte of a term that has more.
    private int readTerm(Region region, int from) {
        int at = from;
        long low = term;
        for (int shift = 7; low < 0 && shift < 64; shift += 7) {
            // Each byte is sign-extended: the bits above are undone by the next one's.
            low = low & (1L << shift) - 1 | (long) region.getByte(at++) << shift;
        }
        term = low;
        return at;
    }

    /// Takes what a point read needs of an entry that lies elsewhere.
    void set(long newTrailer, long newTerm, long newExpiry, int newValueAt, int newValueLength) {
        trailer = newTrailer;
        term = newTerm;
        expiresAtMillis = newExpiry;
        valueAt = newValueAt;
        valueLength = newValueLength;
    }

    int suffixAt() {
        return suffixAt;
    }

    int suffixLength() {
        return suffixLength;
    }

    int tablet() {
        return tablet;
    }

    long trailer() {
        return trailer;
    }

    long term() {
        return term;
    }

    long expiresAtMillis() {
        return expiresAtMillis;
    }

    int valueAt() {
        return valueAt;
    }

    int valueLength() {
        return valueLength;
    }
}
