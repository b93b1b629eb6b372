package norikv.sstable;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;

/// Walks over the entries of a block in private memory and gives each as an [EntryImage]: for
/// checking whole tables, where a reader of mappings must not be trusted with what it finds.
///
/// **Threads.** Confined to one.
final class BlockScan {
    private final ByteWriter image = new ByteWriter(1 << 10);
    private byte[] block = new byte[0];
    private int count;
    private int flags;
    private int prefixAt;
    private int prefixLength;
    private int slot;
    private int keyAt;
    private int keyLength;
    private int tablet;
    private long trailer;
    private long expiresAtMillis;

    /// Begins with `of`, which [DataBlockCheck] found right, before its first entry.
    void begin(byte[] of) {
        block = of;
        count = Keys.u16(block, 0);
        flags = block[DataBlock.FLAGS_AT];
        prefixLength = Keys.u16(block, DataBlock.PREFIX_LENGTH_AT);
        int slotBytes = (flags & DataBlock.WIDE) == 0 ? Short.BYTES : Integer.BYTES;
        prefixAt = DataBlock.slotsAt(count) + (count + 1) * slotBytes;
        slot = -1;
    }

    /// {@return whether there is a next entry; then it is the current one}
    boolean next() {
        if (++slot == count) {
            return false;
        }
        int at = DataBlockCheck.slot(block, count, flags, slot);
        int end = DataBlockCheck.slot(block, count, flags, slot + 1);
        var r = new ByteReader(block, at, end - at);
        int restLength = (int) r.varint();
        int restAt = at + r.position();
        r.skip(restLength);
        boolean oneTablet = (flags & DataBlock.ONE_TABLET) != 0;
        tablet = oneTablet ? Keys.i32(block, DataBlock.TABLET_AT) : r.i32();
        trailer = r.i64();
        long term = r.varint();
        expiresAtMillis = EntryImage.hasExpiry(trailer) ? r.i64() : 0;
        keyLength = prefixLength + restLength;
        image.clear();
        image.varint(keyLength);
        keyAt = image.length();
        image.bytes(block, prefixAt, prefixLength).bytes(block, restAt, restLength);
        image.i32(tablet).i64(trailer).varint(term);
        if (EntryImage.hasExpiry(trailer)) {
            image.i64(expiresAtMillis);
        }
        image.bytes(block, at + r.position(), r.remaining());
        return true;
    }

    /// {@return the array that begins with the current entry's image}
    byte[] image() {
        return image.array();
    }

    int imageLength() {
        return image.length();
    }

    int keyAt() {
        return keyAt;
    }

    int keyLength() {
        return keyLength;
    }

    int tablet() {
        return tablet;
    }

    long trailer() {
        return trailer;
    }

    long expiresAtMillis() {
        return expiresAtMillis;
    }

    /// {@return the byte that the block keeps for the current key}
    byte fingerprint() {
        return block[DataBlock.FINGERPRINTS_AT + slot];
    }
}
