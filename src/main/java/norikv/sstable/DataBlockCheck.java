package norikv.sstable;

import norikv.bytes.ByteReader;

/// Checks that a data block is what [DataBlock] draws, in private memory, before anybody reads it
/// where it is mapped.
///
/// A checksum tells that the bytes are those that were written. This tells that they make sense, so
/// that a reader that trusts the offsets never leaves the block, whoever wrote it.
final class DataBlockCheck {
    private DataBlockCheck() {}

    /// {@return what is wrong with the `length` bytes of `block`, trailer included; empty if
    /// nothing}
    static String fault(byte[] block, int length) {
        int end = length - BlockTrailer.BYTES;
        if (end < DataBlock.FINGERPRINTS_AT) {
            return "block head of %d bytes, got %d".formatted(DataBlock.FINGERPRINTS_AT, end);
        }
        int count = Keys.u16(block, 0);
        int flags = block[DataBlock.FLAGS_AT];
        int prefixLength = Keys.u16(block, DataBlock.PREFIX_LENGTH_AT);
        int slotBytes = (flags & DataBlock.WIDE) == 0 ? Short.BYTES : Integer.BYTES;
        int prefixAt = DataBlock.slotsAt(count) + (count + 1) * slotBytes;
        if (count == 0
                || (flags & ~DataBlock.FLAGS) != 0
                || prefixLength > TableFormat.KEY_BYTES_MAX
                || prefixAt + prefixLength > end) {
            return "head of a block of %d bytes, got count %d flags %x prefix %d"
                    .formatted(length, count, flags, prefixLength);
        }
        int at = prefixAt + prefixLength;
        for (int slot = 0; slot <= count; slot++) {
            int next = slot(block, count, flags, slot);
            String wrong = slot == 0 ? "" : entryFault(block, at, next, end, flags, prefixLength);
            if (slot == 0 && next != at || !wrong.isEmpty()) {
                return "entry %d of %d from %d on, got end %d: %s"
                        .formatted(slot - 1, count, at, next, wrong);
            }
            at = next;
        }
        for (; at < end; at++) {
            if (block[at] != 0) {
                return "zeros behind the last entry, got %d at %d".formatted(block[at], at);
            }
        }
        return "";
    }

    static int slot(byte[] block, int count, int flags, int slot) {
        int slots = DataBlock.slotsAt(count);
        return (flags & DataBlock.WIDE) == 0
                ? Keys.u16(block, slots + slot * Short.BYTES)
                : Keys.i32(block, slots + slot * Integer.BYTES);
    }

    private static String entryFault(
            byte[] block, int at, int next, int end, int flags, int prefixLength) {
        if (next <= at || next > end) {
            return "an end in (%d, %d]".formatted(at, end);
        }
        var r = new ByteReader(block, at, next - at);
        int suffixLength = r.varintUpTo(TableFormat.KEY_BYTES_MAX - prefixLength);
        r.skip(suffixLength);
        if ((flags & DataBlock.ONE_TABLET) == 0) {
            r.skip(EntryImage.TABLET_BYTES);
        }
        long trailer = r.i64();
        r.varint();
        if (EntryImage.hasExpiry(trailer)) {
            r.skip(EntryImage.EXPIRY_BYTES);
        }
        return r.overrun() ? "an entry whose parts fit" : "";
    }
}
