package norikv.sstable;

import norikv.bytes.ByteWriter;
import norikv.bytes.Xxh64;

/// The hash of one whole entry: xxHash64 with a seed of its own over the [EntryImage]. Summed over
/// many entries it tells whether two sets are the same, in whatever order and files they lie.
///
/// **Threads.** Confined to one; it keeps scratch as large as the largest entry it met.
public final class ContentHash {
    private static final long SEED = 0x656e_7472_6965_7321L;

    private final ByteWriter image = new ByteWriter(256);

    /// A hash with its own scratch memory.
    public ContentHash() {}

    /// {@return the hash of the entry at which `cursor` stands}
    public long of(Cursor cursor) {
        image.clear();
        EntryImage.write(image, cursor);
        return of(image.array(), 0, image.length());
    }

    static long of(byte[] image, int at, int length) {
        return Xxh64.hash(image, at, length, SEED);
    }
}
