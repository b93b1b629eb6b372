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
    void read(Region region, int block, int count, int flags, int slot) {
        int at = DataBlock.entryAt(region, block, count, flags, slot);
        int end = DataBlock.entryAt(region, block, count, flags, slot + 1);
        int length = region.getByte(at++);
        if (length < 0) {
            length = length & 0x7f | region.getByte(at++) << 7;
        }
        suffixAt = at;
        suffixLength = length;
        at += length;
        if ((flags & DataBlock.ONE_TABLET) == 0) {
            tablet = region.getInt(at);
            at += EntryImage.TABLET_BYTES;
        } else {
            tablet = region.getInt(block + DataBlock.TABLET_AT);
        }
        trailer = region.getLong(at);
        at += EntryImage.TRAILER_BYTES;
        long low = region.getByte(at++);
        for (int shift = 7; low < 0 && shift < 64; shift += 7) {
            // Each byte is sign-extended: the bits above are undone by the next one's.
            low = low & (1L << shift) - 1 | (long) region.getByte(at++) << shift;
        }
        term = low;
        if (EntryImage.hasExpiry(trailer)) {
            expiresAtMillis = region.getLong(at);
            at += EntryImage.EXPIRY_BYTES;
        } else {
            expiresAtMillis = 0;
        }
        valueAt = at;
        valueLength = end - at;
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
