package norikv.lsm;

import java.util.Arrays;
import norikv.bytes.Bytes;
import norikv.sstable.Cursor;

/// The live items of one band within bounds, in one direction: versions, tombstones, expired
/// values, dead tablets and what is not applied yet are folded away.
///
/// Forwards the newest version of a key comes first and the merge stands on it. Backwards the
/// oldest comes first, so the value of the newest is copied while the merge passes on.
///
/// **Threads.** Confined to one. **Limits.** Keeps one key and, backwards, one value.
final class BandCursor {
    private static final int KEY_BYTES_INITIAL = 64;

    private final Cursor entries;
    private final ScanView view;
    private final int head;
    private final boolean backward;
    private final long stepsMax;

    /// The first key beyond the range in the direction of the walk; its length 0 if only the band
    /// ends it.
    private final byte[] bound;

    private final int boundLength;

    private byte[] key = new byte[KEY_BYTES_INITIAL];
    private int keyLength;
    private boolean valid;
    private boolean paused;
    private long steps;
    private int slot;
    private long trailer;
    private long term;
    private long expiresAtMillis;
    private int valueLength;
    private byte[] value = new byte[0];

    /// A cursor on the first item from where the walk starts. Closing `entries` is the caller's.
    BandCursor(Cursor entries, ScanView view, int head, RangePlan plan) {
        this.entries = entries;
        this.view = view;
        this.head = head;
        this.backward = plan.backward();
        this.stepsMax = plan.stepsMax();
        Bytes end = backward ? plan.from() : plan.to();
        bound = new byte[InternalKey.HEAD_BYTES + end.length()];
        boundLength = end.isEmpty() ? 0 : InternalKey.write(bound, head, end);
        start(backward ? plan.to() : plan.from());
    }

    private void start(Bytes at) {
        byte[] first = new byte[InternalKey.HEAD_BYTES + at.length()];
        if (backward) {
            int from = at.isEmpty() ? head + 1 : head;
            entries.seekBefore(first, 0, InternalKey.write(first, from, at));
            settleBackward();
        } else {
            entries.seek(first, 0, InternalKey.write(first, head, at));
            settleForward();
        }
    }

    /// {@return whether there is an item, or the walk paused at a key}
    boolean isValid() {
        return valid;
    }

    /// {@return whether the walk looked at as many entries as it may: what comes from the key on
    /// that it has now is for another}
    boolean isPaused() {
        return paused;
    }

    /// Moves on in the direction of the walk; only when valid.
    void next() {
        if (backward) {
            settleBackward();
        } else {
            passOver();
            settleForward();
        }
    }

    /// {@return the array with the internal key in its first [#keyLength()] bytes}
    byte[] key() {
        return key;
    }

    int keyLength() {
        return keyLength;
    }

    /// {@return the slot of the item's tablet in the view}
    int slot() {
        return slot;
    }

    long index() {
        return trailer >>> 8;
    }

    long term() {
        return term;
    }

    long expiresAtMillis() {
        return expiresAtMillis;
    }

    int valueLength() {
        return valueLength;
    }

    void copyValue(byte[] target, int at) {
        if (backward) {
            System.arraycopy(value, 0, target, at, valueLength);
        } else {
            copyOut(target, at);
        }
    }

    /// Goes on to the newest visible version of the next key that has a value.
    private void settleForward() {
        valid = false;
        while (isInRange() && !pauses()) {
            steps++;
            int found = view.slotOf(entries.tablet());
            if (found < 0 || entries.trailer() >>> 8 > view.appliedIndex(found)) {
                entries.next();
                continue;
            }
            slot = found;
            keepKey();
            keepFacts();
            if (isLive()) {
                valid = true;
                return;
            }
            passOver();
        }
    }

    /// Leaves the current key of the current tablet behind.
    private void passOver() {
        int tablet = view.tablet(slot);
        do {
            steps++;
            entries.next();
        } while (entries.isValid() && entries.tablet() == tablet && hasKeptKey());
    }

    private void settleBackward() {
        valid = false;
        while (isInRange() && !pauses()) {
            steps++;
            int found = view.slotOf(entries.tablet());
            if (found < 0) {
                entries.prev();
                continue;
            }
            slot = found;
            keepKey();
            if (keepNewest() && isLive()) {
                valid = true;
                return;
            }
        }
    }

    /// Walks over all versions of the key, oldest first, and keeps the last visible one.
    ///
    /// @return whether there was one
    private boolean keepNewest() {
        int tablet = view.tablet(slot);
        long applied = view.appliedIndex(slot);
        boolean found = false;
        do {
            steps++;
            if (entries.trailer() >>> 8 <= applied) {
                found = true;
                keepFacts();
                keepValue();
            }
            entries.prev();
        } while (entries.isValid() && entries.tablet() == tablet && hasKeptKey());
        return found;
    }

    /// Never on a key that was given already: who goes on from there would get it twice.
    private boolean pauses() {
        if (steps < stepsMax || hasKeptKey()) {
            return false;
        }
        keepKey();
        paused = true;
        valid = true;
        return true;
    }

    private boolean isInRange() {
        if (!entries.isValid() || InternalKey.headOf(entries.keyPrefix()) != head) {
            return false;
        }
        if (boundLength == 0) {
            return true;
        }
        int order =
                entries.keyRegion()
                        .compare(
                                entries.keyOffset(), entries.keyLength(), bound, 0, boundLength);
        return backward ? order >= 0 : order < 0;
    }

    private boolean hasKeptKey() {
        return entries.keyRegion()
                        .compare(entries.keyOffset(), entries.keyLength(), key, 0, keyLength)
                == 0;
    }

    private void keepKey() {
        keyLength = entries.keyLength();
        if (key.length < keyLength) {
            key = new byte[Math.max(keyLength, 2 * key.length)];
        }
        entries.keyRegion().copyTo(entries.keyOffset(), key, 0, keyLength);
    }

    private void keepFacts() {
        trailer = entries.trailer();
        term = entries.term();
        expiresAtMillis = entries.expiresAtMillis();
        valueLength = entries.valueLength();
    }

    private void keepValue() {
        if (value.length < valueLength) {
            value = Arrays.copyOf(value, Math.max(valueLength, 2 * value.length));
        }
        copyOut(value, 0);
    }

    private void copyOut(byte[] target, int at) {
        try {
            entries.valueRegion().copyTo(entries.valueOffset(), target, at, valueLength);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        }
    }

    private boolean isLive() {
        return (trailer & 0xff) != Cursor.KIND_DELETE
                && (expiresAtMillis == 0 || expiresAtMillis > view.appliedLogTimeMillis(slot));
    }
}
