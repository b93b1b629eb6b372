package norikv.sstable;

import norikv.bytes.Region;

/// A position in a sorted run of entries: a table, a memtable, or a merge of many.
///
/// An entry is a key, the tablet it belongs to, a trailer `index << 8 | kind`, and a value. Order:
/// key ascending (unsigned bytes), then tablet ascending (unsigned), then trailer **descending**:
/// of one key the newest version comes first.
///
/// The current entry is a flyweight: regions and offsets, valid until the cursor moves or closes.
/// Key and value are contiguous. Nothing is allocated by moving.
///
/// **Threads.** Confined to one at a time. **Errors.** [norikv.domain.NoriException.Corruption]
/// from any move when a block does not check out; then the cursor is not valid.
public interface Cursor extends AutoCloseable {
    /// The kind of an entry that removes a key.
    int KIND_DELETE = 0;

    /// The kind of an entry that sets a value without an expiry.
    int KIND_PUT = 1;

    /// The kind of an entry that sets a value with an expiry.
    int KIND_PUT_TTL = 2;

    /// {@return whether there is a current entry; before the first seek there is none}
    boolean isValid();

    /// {@return the cursor that answers what is asked of the current entry: a cursor over many runs
    /// moves another} It is the same from one attachment to the next, so whoever asks a lot asks
    /// that one.
    default Cursor inner() {
        return this;
    }

    void seekToFirst();

    void seekToLast();

    /// Moves to the first entry whose key is `key` or greater, its newest version first.
    void seek(byte[] key, int offset, int length);

    /// Moves to the last entry whose key is less than `key`, its oldest version first.
    void seekBefore(byte[] key, int offset, int length);

    /// Moves to the next entry; only when valid.
    void next();

    /// Moves to the entry before; only when valid.
    void prev();

    /// {@return the first eight bytes of the key as a big-endian number, zero-padded: whoever
    /// compares many keys compares this first, unsigned}
    long keyPrefix();

    Region keyRegion();

    int keyOffset();

    int keyLength();

    /// {@return whether the key is `key`, which is `length` bytes of the array}
    default boolean hasKey(byte[] key, int length) {
        return keyLength() == length
                && keyRegion().compare(keyOffset(), length, key, 0, length) == 0;
    }

    /// Copies the key to the beginning of `target`, which has room for it; what is there behind it
    /// may change.
    default void copyKey(byte[] target) {
        keyRegion().copyTo(keyOffset(), target, 0, keyLength());
    }

    int tablet();

    /// {@return `index << 8 | kind`}
    long trailer();

    /// {@return when the value expires, log time in milliseconds; 0 if it does not}
    long expiresAtMillis();

    /// {@return the Raft term of the entry}
    long term();

    Region valueRegion();

    int valueOffset();

    int valueLength();

    @Override
    void close();
}
