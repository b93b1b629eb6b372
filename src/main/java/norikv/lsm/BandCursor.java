package norikv.lsm;

import java.util.Arrays;
import norikv.sstable.Cursor;

/// The live items of one band within bounds, in both directions: versions, tombstones, expired
/// values, dead tablets and what is not applied yet are folded away.
///
/// Forwards the newest version of a key comes first and the merge stands on it. Backwards the
/// oldest comes first, so the value of the newest is copied while the merge passes on. Made once,
/// attached again and again.
///
/// **Threads.** Confined to one at a time. **Limits.** Keeps one key and, backwards, one value.
final class BandCursor {
    private static final int KEY_BYTES_INITIAL = 64;

    /// The longest value whose buffer is kept for the next walk.
    private static final int KEPT_VALUE_BYTES_MAX = 64 << 10;

    /// How many versions of a key are walked over before the rest is leapt over: a key that is
    /// written again and again has as many as fit in a memtable. A leap costs two seeks.
    private static final int WALK_MAX = 8;

    private static final int NONE = 0;

    private final MergeCursor entries = new MergeCursor();
    private final BandSources sources = new BandSources();

    /// Null while attached to nothing.
    private ScanView view;

    private int head;
    private long stepsMax;

    /// The least key in range and the least beyond it.
    private byte[] low = new byte[KEY_BYTES_INITIAL];

    private int lowLength;
    private byte[] high = new byte[KEY_BYTES_INITIAL];
    private int highLength;

    /// Whether there is an upper bound other than the end of the band.
    private boolean bounded;

    /// What is looked for, while it is.
    private byte[] wanted = new byte[KEY_BYTES_INITIAL];

    private boolean backward;
    private byte[] key = new byte[KEY_BYTES_INITIAL];
    private int keyLength;
    private boolean valid;
    private boolean paused;
    private long steps;

    /// The tablet met last and its slot: mostly the next entry has the same.
    private int metTablet;

    private int metSlot;
    private int slot;
    private long trailer;
    private long term;
    private long expiresAtMillis;
    private int valueLength;
    private byte[] value = new byte[0];

    /// Goes over to the band of `state` whose keys begin with `newHead`, on no item yet.
    void attach(ReadState state, ScanView newView, int newHead, RangePlan plan) {
        view = newView;
        head = newHead;
        stepsMax = plan.stepsMax();
        metTablet = NONE;
        valid = false;
        paused = false;
        low = roomFor(low, plan.from().length());
        lowLength = InternalKey.write(low, head, plan.from());
        high = roomFor(high, plan.to().length());
        bounded = !plan.to().isEmpty();
        highLength =
                bounded
                        ? InternalKey.write(high, head, plan.to())
                        : InternalKey.writeHead(high, head + 1);
        sources.attach(state, head, low, lowLength, high, highLength, entries);
    }

    /// Lets go of the state.
    void detach() {
        sources.detach();
        valid = false;
        view = null;
        if (value.length > KEPT_VALUE_BYTES_MAX) {
            value = new byte[0];
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

    void seekToFirst() {
        begin(false);
        entries.seek(low, 0, lowLength);
        settleForward();
    }

    void seekToLast() {
        begin(true);
        entries.seekBefore(high, 0, highLength);
        settleBackward();
    }

    /// Moves to the first item at the user key or, if `beyond`, behind it.
    void seek(byte[] userKey, int offset, int length, boolean beyond) {
        int wantedLength = want(userKey, offset, length, beyond);
        if (isBefore(wanted, wantedLength, low, lowLength)) {
            seekToFirst();
            return;
        }
        begin(false);
        entries.seek(wanted, 0, wantedLength);
        settleForward();
    }

    /// Moves to the last item before the user key or, if `inclusive`, at it.
    void seekBefore(byte[] userKey, int offset, int length, boolean inclusive) {
        int wantedLength = want(userKey, offset, length, inclusive);
        if (isBefore(high, highLength, wanted, wantedLength)) {
            seekToLast();
            return;
        }
        begin(true);
        entries.seekBefore(wanted, 0, wantedLength);
        settleBackward();
    }

    private void begin(boolean newBackward) {
        backward = newBackward;
        valid = false;
        paused = false;
        steps = 0;
        keyLength = 0;
    }

    /// Has [#wanted] begin with the internal key, or with the least key behind it.
    private int want(byte[] userKey, int offset, int length, boolean behind) {
        wanted = roomFor(wanted, length + 1);
        int wantedLength = InternalKey.write(wanted, head, userKey, offset, length);
        wanted[wantedLength] = 0;
        return behind ? wantedLength + 1 : wantedLength;
    }

    private static byte[] roomFor(byte[] array, int userKeyLength) {
        int needed = InternalKey.HEAD_BYTES + userKeyLength;
        return array.length < needed ? new byte[Math.max(needed, 2 * array.length)] : array;
    }

    private static boolean isBefore(byte[] one, int oneLength, byte[] other, int otherLength) {
        return Arrays.compareUnsigned(one, 0, oneLength, other, 0, otherLength) < 0;
    }

    /// Moves to the next item in ascending order; only when valid.
    void next() {
        valid = false; // if a move fails, this is not valid
        if (backward) {
            turnForward();
        } else {
            passOver();
        }
        settleForward();
    }

    /// Moves to the item before; only when valid.
    void prev() {
        valid = false; // if a move fails, this is not valid
        if (!backward) {
            turnBackward();
        }
        settleBackward();
    }

    /// Puts the merge behind all versions of the current item.
    private void turnForward() {
        backward = false;
        entries.seek(key, 0, keyLength);
        passOver();
    }

    /// Puts the merge before all versions of the current item.
    private void turnBackward() {
        backward = true;
        entries.seekBefore(wanted, 0, wantBehindKey());
        passBack(WALK_MAX);
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
            int found = slotOfEntry();
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

    private int slotOfEntry() {
        int tablet = entries.tablet();
        if (tablet != metTablet) {
            metTablet = tablet;
            metSlot = view.slotOf(tablet);
        }
        return metSlot;
    }

    /// Leaves the current key behind, in all tablets up to the current one.
    private void passOver() {
        if (walksOver(WALK_MAX)) {
            return;
        }
        int behind = wantBehindKey();
        entries.seekBefore(wanted, 0, behind);
        boolean isLast = entries.isValid() && entries.tablet() == view.tablet(slot);
        if (isLast) {
            entries.seek(wanted, 0, behind);
        } else { // the key has entries of later tablets
            entries.seek(key, 0, keyLength);
            walksOver(Integer.MAX_VALUE);
        }
    }

    /// {@return whether the key ended, in the tablets up to the current one, within `most` steps}
    private boolean walksOver(int most) {
        int tablet = view.tablet(slot);
        for (int walked = 0; walked < most; walked++) {
            if (!entries.isValid()
                    || !hasKeptKey()
                    || Integer.compareUnsigned(entries.tablet(), tablet) > 0) {
                return true;
            }
            steps++;
            entries.next();
        }
        return false;
    }

    /// Leaves the current key behind in the other direction, in all tablets down to the current
    /// one.
    private void passBack(int most) {
        int tablet = view.tablet(slot);
        for (int walked = 0; walked < most; walked++) {
            if (!entries.isValid()
                    || !hasKeptKey()
                    || Integer.compareUnsigned(entries.tablet(), tablet) < 0) {
                return;
            }
            steps++;
            entries.prev();
        }
        entries.seek(key, 0, keyLength);
        boolean isFirst = entries.isValid() && entries.tablet() == tablet;
        if (isFirst) {
            entries.seekBefore(key, 0, keyLength);
        } else { // the key has entries of earlier tablets
            entries.seekBefore(wanted, 0, wantBehindKey());
            passBack(Integer.MAX_VALUE);
        }
    }

    /// Has [#wanted] hold the least key behind the current one.
    ///
    /// @return its length
    private int wantBehindKey() {
        wanted = roomFor(wanted, keyLength);
        System.arraycopy(key, 0, wanted, 0, keyLength);
        wanted[keyLength] = 0;
        return keyLength + 1;
    }

    private void settleBackward() {
        valid = false;
        while (isInRange() && !pauses()) {
            steps++;
            int found = slotOfEntry();
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

    /// Goes over all versions of the key, oldest first, and keeps the last visible one. Where there
    /// are many it looks for that from the other end.
    ///
    /// @return whether there was one
    private boolean keepNewest() {
        int tablet = view.tablet(slot);
        long applied = view.appliedIndex(slot);
        boolean found = false;
        int walked = 0;
        do {
            if (++walked > WALK_MAX) {
                found = keepNewestFromAbove(tablet, applied);
                passBack(0);
                return found;
            }
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

    /// Leaves the merge somewhere at the key.
    private boolean keepNewestFromAbove(int tablet, long applied) {
        entries.seek(key, 0, keyLength);
        while (entries.isValid() && hasKeptKey()) {
            int order = Integer.compareUnsigned(entries.tablet(), tablet);
            if (order > 0) {
                return false;
            }
            steps++;
            if (order == 0 && entries.trailer() >>> 8 <= applied) {
                keepFacts();
                keepValue();
                return true;
            }
            entries.next();
        }
        return false;
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
        if (backward) {
            return compareTo(low, lowLength) >= 0;
        }
        return !bounded || compareTo(high, highLength) < 0;
    }

    private int compareTo(byte[] bound, int length) {
        return entries.keyRegion()
                .compare(entries.keyOffset(), entries.keyLength(), bound, 0, length);
    }

    private boolean hasKeptKey() {
        return entries.hasKey(key, keyLength);
    }

    private void keepKey() {
        keyLength = entries.keyLength();
        if (key.length < keyLength) {
            key = new byte[Math.max(keyLength, 2 * key.length)];
        }
        entries.copyKey(key);
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
