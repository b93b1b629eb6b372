package norikv.lsm;

import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// A position among the keys of a [Store] in their order, as they were when the cursor was opened.
///
/// It begins nowhere; a `seek` places it, and it moves both ways. **Threads.** Confined to one;
/// moves may wait for the disk. It keeps what it reads from being freed, so it must be closed.
/// **Errors.** [norikv.domain.NoriException.Corruption] from any move; then it is not valid.
public final class StoreCursor implements AutoCloseable {
    private static final RangePlan ALL = newPlan(Bytes.EMPTY, Bytes.EMPTY);

    private final RangeCursor items;

    /// What expires is judged as of this time.
    private final long nowMillis;

    StoreCursor(RangeCursor items, long nowMillis) {
        this.items = items;
        this.nowMillis = nowMillis;
    }

    /// {@return a plan of all keys from `from` on and below `to`; empty: no bound}
    static RangePlan plan(byte[] from, byte[] to) {
        return from.length == 0 && to.length == 0
                ? ALL
                : newPlan(Bytes.copyOf(from), Bytes.copyOf(to));
    }

    private static RangePlan newPlan(Bytes from, Bytes to) {
        return new RangePlan(Lsm.USER_SPACE, (ShardId _) -> true, from, to, false);
    }

    /// Goes to the first key.
    public void seekToFirst() {
        items.seekToFirst();
        skipOnwards();
    }

    /// Goes to the last key.
    public void seekToLast() {
        items.seekToLast();
        skipBackwards();
    }

    /// Goes to the first key that is `key` or greater.
    public void seek(byte[] key) {
        items.seek(key, 0, key.length);
        skipOnwards();
    }

    /// Goes to the last key that is `key` or less.
    public void seekForPrev(byte[] key) {
        items.seekForPrev(key, 0, key.length);
        skipBackwards();
    }

    /// {@return whether there is a current key}
    public boolean isValid() {
        return items.isValid();
    }

    /// Goes to the next greater key; only when valid.
    public void next() {
        items.next();
        skipOnwards();
    }

    /// Goes to the next smaller key; only when valid.
    public void prev() {
        items.prev();
        skipBackwards();
    }

    /// {@return a fresh array with the current key}
    public byte[] key() {
        int length = items.keyLength();
        byte[] key = new byte[length];
        System.arraycopy(items.keyArray(), items.keyOffset(), key, 0, length);
        return key;
    }

    /// {@return a fresh array with the current value}
    public byte[] value() {
        byte[] value = new byte[items.valueLength()];
        items.copyValue(value, 0);
        return value;
    }

    /// {@return an array that holds the current key, from [#keyOffset()] on for [#keyLength()]
    /// bytes, until the cursor moves: nothing is copied or allocated}
    public byte[] keyArray() {
        return items.keyArray();
    }

    public int keyOffset() {
        return items.keyOffset();
    }

    public int keyLength() {
        return items.keyLength();
    }

    public int valueLength() {
        return items.valueLength();
    }

    /// Copies the current value into `target` from `at` on.
    public void copyValue(byte[] target, int at) {
        items.copyValue(target, at);
    }

    @Override
    public void close() {
        items.close();
    }

    private void skipOnwards() {
        while (items.isValid() && Store.isExpired(items.expiresAtMillis(), nowMillis)) {
            items.next();
        }
    }

    private void skipBackwards() {
        while (items.isValid() && Store.isExpired(items.expiresAtMillis(), nowMillis)) {
            items.prev();
        }
    }
}
