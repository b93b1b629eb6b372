package norikv.sstable;

import norikv.bytes.Region;

/// Checks that an index block is what [IndexBlock] draws, before anybody searches in it.
final class IndexCheck {
    private IndexCheck() {}

    /// {@return what is wrong with the `length` bytes at `block` of `region`, trailer included,
    /// whose children must fill the file from `childrenAt` to `childrenEnd`; empty if nothing is}
    static String fault(Region region, int block, int length, int childrenAt, int childrenEnd) {
        int end = length - BlockTrailer.BYTES;
        int count = end < IndexBlock.NUMBERS_AT ? 0 : IndexBlock.count(region, block);
        if (count < 1 || count > end / (2 * Long.BYTES)) {
            return "separators that fit %d bytes, got %d".formatted(end, count);
        }
        int prefixLength = IndexBlock.prefixLength(region, block);
        long restsAt = (long) IndexBlock.prefixAt(block, count) - block + prefixLength;
        if (prefixLength > TableFormat.KEY_BYTES_MAX || restsAt > end) {
            return "a prefix that fits %d bytes, got %d".formatted(end, prefixLength);
        }
        String fault = restsFault(region, block, count, (int) restsAt, end);
        if (fault.isEmpty()) {
            fault = childrenFault(region, block, count, childrenAt, childrenEnd);
        }
        if (fault.isEmpty()) {
            fault = orderFault(region, block, count, prefixLength);
        }
        return fault;
    }

    private static String restsFault(Region region, int block, int count, int restsAt, int end) {
        int at = restsAt;
        for (int slot = 0; slot <= count; slot++) {
            int rest = IndexBlock.rest(region, block, count, slot);
            int next = rest & ~IndexBlock.WITH_PLACE;
            int least = 0;
            if (slot > 0) {
                int before = IndexBlock.rest(region, block, count, slot - 1);
                least = (before & IndexBlock.WITH_PLACE) == 0 ? 0 : IndexBlock.PLACE_BYTES;
            }
            boolean right =
                    slot == 0
                            ? next == restsAt
                            : next - at >= least
                                    && next - at <= TableFormat.KEY_BYTES_MAX + least
                                    && next <= end;
            if (!right || slot == count && rest != end) {
                return "rest %d of %d from %d on, got end %x".formatted(slot, count, at, rest);
            }
            at = next;
        }
        return "";
    }

    private static String childrenFault(
            Region region, int block, int count, int childrenAt, int childrenEnd) {
        int at = childrenAt;
        for (int slot = 0; slot <= count; slot++) {
            int child = IndexBlock.childAt(region, block, slot);
            if (slot == 0 && child != childrenAt
                    || slot > 0 && child - at <= BlockTrailer.BYTES
                    || child > childrenEnd
                    || slot == count && child != childrenEnd) {
                return "child %d of %d in [%d, %d], got %d"
                        .formatted(slot, count, at, childrenEnd, child);
            }
            at = child;
        }
        return "";
    }

    private static String orderFault(Region region, int block, int count, int prefixLength) {
        Separator before = null; // none yet
        for (int slot = 0; slot < count; slot++) {
            Separator separator = IndexBlock.separator(region, block, slot);
            byte[] key = separator.key().array();
            long number = region.getLong(block + IndexBlock.NUMBERS_AT + slot * Long.BYTES);
            if (before != null && before.compareTo(separator) >= 0
                    || number != Keys.prefix(key, prefixLength, key.length)) {
                return "separators in order, got one out of it at %d of %d".formatted(slot, count);
            }
            before = separator;
        }
        return "";
    }
}
