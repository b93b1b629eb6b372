package norikv.sstable;

import java.util.Arrays;
import norikv.bytes.ByteWriter;

/// Gathers entries until a block is full, then writes it as [DataBlock] draws it.
///
/// Entries wait here as whole [EntryImage]s, because what their keys have in common is known only
/// when the last one came. **Limits.** One block. **Threads.** Confined to one.
final class DataBlockBuilder {
    private static final int PAGE_BYTES = 4096;

    private final ByteWriter images = new ByteWriter(8 << 10);
    private int[] imageAt = new int[64];
    private int[] keyAt = new int[64];
    private byte[] fingerprints = new byte[64];
    private int count;
    private int prefixLength;
    private int tablet;
    private boolean oneTablet;

    int count() {
        return count;
    }

    /// {@return how large the block gets at most, trailer included, padding not, if the key at `at`
    /// of `key` comes next, in an entry whose image takes `imageBytes`}
    int sizeWith(byte[] key, int at, int length, int entryTablet, int imageBytes) {
        if (count == 0) {
            return size(1, length, true, imageBytes);
        }
        int common = Math.min(prefixLength, commonWithFirst(key, at, length));
        boolean one = oneTablet && entryTablet == tablet;
        return size(count + 1, common, one, images.length() + imageBytes);
    }

    /// {@return how large the block is at most, as it stands}
    int size() {
        return count == 0 ? 0 : size(count, prefixLength, oneTablet, images.length());
    }

    private static int size(int count, int prefixLength, boolean oneTablet, int imageBytes) {
        int perEntry = Short.BYTES - prefixLength - (oneTablet ? EntryImage.TABLET_BYTES : 0);
        int small = DataBlock.slotsAt(count) + Short.BYTES + prefixLength;
        return small + count * perEntry + imageBytes + BlockTrailer.BYTES;
    }

    /// Takes the entry whose image is `image` from `at` on; `hash` is [Filter#hash] of its key.
    void add(byte[] image, int at, int length, int key, int keyLength, int entryTablet, long hash) {
        if (count + 2 > imageAt.length) {
            imageAt = Arrays.copyOf(imageAt, 2 * imageAt.length);
            keyAt = Arrays.copyOf(keyAt, imageAt.length);
            fingerprints = Arrays.copyOf(fingerprints, imageAt.length);
        }
        if (count == 0) {
            prefixLength = keyLength;
            tablet = entryTablet;
            oneTablet = true;
        } else {
            prefixLength = Math.min(prefixLength, commonWithFirst(image, key, keyLength));
            oneTablet &= entryTablet == tablet;
        }
        imageAt[count] = images.length();
        keyAt[count] = images.length() + key - at;
        fingerprints[count] = DataBlock.fingerprint(hash);
        images.bytes(image, at, length);
        count++;
        imageAt[count] = images.length();
    }

    private int commonWithFirst(byte[] key, int at, int length) {
        return Keys.common(images.array(), keyAt[0], keyLength(0), key, at, length);
    }

    private int keyLength(int entry) {
        int at = imageAt[entry];
        int low = images.array()[at];
        return low >= 0 ? low : low & 0x7f | images.array()[at + 1] << 7;
    }

    /// Writes the block to the end of `to`, sealed for `offset` of the file, and starts anew.
    void finish(ByteWriter to, long fileNumber, long offset) {
        int start = to.length();
        finishBody(to);
        to.zeros(padding(offset, to.length() - start + BlockTrailer.BYTES));
        BlockTrailer.seal(to, start, BlockTrailer.DATA, fileNumber, offset);
    }

    /// Writes the block to the end of `to`, without padding and trailer, and starts anew.
    void finishBody(ByteWriter to) {
        assert count > 0 : "an empty block";
        int start = to.length();
        // One bound for all offsets: a little early is as good.
        boolean wide = size() + count * Short.BYTES + PAGE_BYTES > 0xffff;
        int flags = (wide ? DataBlock.WIDE : 0) | (oneTablet ? DataBlock.ONE_TABLET : 0);
        to.u16(count).u8(flags).u8(0).u16(prefixLength).u16(0).i32(oneTablet ? tablet : 0);
        to.bytes(fingerprints, 0, count);
        to.zeros(DataBlock.slotsAt(count) - (to.length() - start));
        writeSlots(to, to.length() - start, wide);
        to.bytes(images.array(), keyAt[0], prefixLength);
        for (int i = 0; i < count; i++) {
            writeEntry(to, i);
        }
        count = 0;
        images.clear();
    }

    private void writeSlots(ByteWriter to, int slotsAt, boolean wide) {
        int slotBytes = wide ? Integer.BYTES : Short.BYTES;
        int at = slotsAt + (count + 1) * slotBytes + prefixLength;
        for (int i = 0; i <= count; i++) {
            if (wide) {
                to.i32(at);
            } else {
                to.u16(at);
            }
            at += i < count ? entryBytes(i) : 0;
        }
    }

    private int entryBytes(int entry) {
        return ByteWriter.varintLength(keyLength(entry) - prefixLength)
                + imageAt[entry + 1]
                - keyAt[entry]
                - prefixLength
                - (oneTablet ? EntryImage.TABLET_BYTES : 0);
    }

    private void writeEntry(ByteWriter to, int entry) {
        int keyLength = keyLength(entry);
        int suffixAt = keyAt[entry] + prefixLength;
        int restAt = keyAt[entry] + keyLength;
        to.varint(keyLength - prefixLength);
        to.bytes(images.array(), suffixAt, restAt - suffixAt);
        if (oneTablet) {
            restAt += EntryImage.TABLET_BYTES;
        }
        to.bytes(images.array(), restAt, imageAt[entry + 1] - restAt);
    }

    /// {@return how many zero bytes make a block of `bytes` at `offset` end with a page}
    ///
    /// Only if they are few, a twentieth of the block: then blocks of a page's size keep to one
    /// page each, and a cold read brings in one page and not two.
    static int padding(long offset, int bytes) {
        int padding = (int) -(offset + bytes) & PAGE_BYTES - 1;
        return padding <= bytes / 20 ? padding : 0;
    }
}
