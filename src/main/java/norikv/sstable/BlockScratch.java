package norikv.sstable;

import norikv.bytes.Region;

/// Where a reader finds the bytes of one data block: in the mapping of its table, or copied into
/// memory of the reader's own, which is made when it is first needed and then kept.
///
/// **Threads.** Confined to one. **Limits.** Twice the longest block that was read from a cold
/// table, three times from one that is compressed; nothing before the first.
final class BlockScratch {
    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;
    private byte[] packed = NOTHING;

    /// Null until a block of a cold table was asked for.
    private Region copy;

    private int room;

    /// Null until a block was found.
    private Region region;

    private int at;

    /// Whose block the copy holds; null: nobody's.
    private Table copied;

    private int copiedBlock;

    /// {@return the region that the block is in}
    Region region() {
        return region;
    }

    /// {@return where in [#region()] the block begins}
    int at() {
        return at;
    }

    void set(Region newRegion, int newAt) {
        region = newRegion;
        at = newAt;
    }

    /// {@return whether the copy is that of `block` of `table` already: neighbours often ask for
    /// the same one}
    boolean holds(Table table, int block) {
        return copied == table && copiedBlock == block;
    }

    /// Says whose block the copy holds now.
    void setCopied(Table table, int block) {
        copied = table;
        copiedBlock = block;
        set(copy, 0);
    }

    /// {@return memory for a copy of `length` bytes, which holds nobody's block until the caller
    /// says so}
    Region copy(int length) {
        copied = null;
        if (room < length) {
            room = Math.max(length, 4 << 10);
            copy = Region.allocate(room);
        }
        return copy;
    }

    /// {@return an array that a block of `length` bytes is read into}
    byte[] bytes(int length) {
        if (bytes.length < length) {
            bytes = new byte[Math.max(length, 4 << 10)];
        }
        return bytes;
    }

    /// {@return an array that a block of `length` bytes is read into which may be packed}
    byte[] packed(int length) {
        if (packed.length < length) {
            packed = new byte[Math.max(length, 4 << 10)];
        }
        return packed;
    }

    /// {@return what [#bytes(int)] and, if need be, unpacking left}
    byte[] bytes() {
        return bytes;
    }

    /// Lets go of the block.
    void clear() {
        region = null;
        copied = null;
    }
}
