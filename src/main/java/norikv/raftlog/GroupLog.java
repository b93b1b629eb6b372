package norikv.raftlog;

import java.util.concurrent.atomic.AtomicLong;

/// What is known of one group's log: hard state, bounds, and where each entry stands.
///
/// Entries are `base < index <= last`. Their places are a ring of pairs of longs, taken when the
/// first entry comes: 16 bytes an entry, nothing for an idle group. Places grow with the index,
/// because what is written over is dropped first.
///
/// **Threads.** All fields but the `submitted` ones are guarded by this; the writer's loop writes
/// them, the janitor of the log moves the base, any may read. The `submitted` ones belong to the
/// thread that appends for the group.
final class GroupLog {
    static final long TERM_MAX = (1L << 40) - 1;

    private static final int LENGTH_BITS = 24;
    private static final int LENGTH_MASK = (1 << LENGTH_BITS) - 1;
    private static final int CAPACITY_MIN = 8;
    private static final long[] NONE = {};

    private final int group;
    private HardState hardState = HardState.NONE;
    private boolean tombstone;
    private long baseIndex;
    private long baseTerm;
    private long lastIndex;
    private long lastTerm;
    private Intent intent = Intent.NONE;

    /// How many intents were accepted and are not durable, and the least of their indexes.
    private int pins;

    private long pinnedIndex = Long.MAX_VALUE;

    /// While a log is read back: entries up to here are in segments that are gone. Else the base.
    private long goneIndex;

    private long goneTerm;

    /// Entries up to here are flushed by the owner; at least the base.
    private long flushedIndex;

    private long unflushedBytes;

    /// How often the log began anew since it was opened.
    private long lives;

    // What was last added to the totals of the log.
    private long publishedEntries;
    private long publishedBytes;

    /// Place and `term << 24 | length` of the entries after [#goneIndex].
    private long[] ring = NONE;

    private int ringHead;

    // What was accepted, durable or not.
    long submittedLast;
    long submittedLastTerm;
    long submittedTerm;
    long submittedVote;
    long submittedLives;
    int submittedIntent;
    long submittedBase;

    GroupLog(int group) {
        this.group = group;
    }

    int group() {
        return group;
    }

    synchronized HardState hardState() {
        return hardState;
    }

    synchronized boolean tombstone() {
        return tombstone;
    }

    synchronized Intent intent() {
        return intent;
    }

    synchronized long firstIndex() {
        return baseIndex + 1;
    }

    synchronized long lastIndex() {
        return lastIndex;
    }

    synchronized long flushedIndex() {
        return flushedIndex;
    }

    /// Brings the totals of all groups up to date with this one.
    synchronized void publish(AtomicLong entriesTotal, AtomicLong bytesTotal) {
        long entries = lastIndex - flushedIndex;
        entriesTotal.addAndGet(entries - publishedEntries);
        bytesTotal.addAndGet(unflushedBytes - publishedBytes);
        publishedEntries = entries;
        publishedBytes = unflushedBytes;
    }

    /// {@return the term at `index`; 0 when nothing is known of it}
    synchronized long term(long index) {
        if (index > goneIndex && index <= lastIndex) {
            return ring[slot(index) + 1] >>> LENGTH_BITS;
        }
        if (index == lastIndex) {
            return lastTerm;
        }
        return index == baseIndex ? baseTerm : index == goneIndex ? goneTerm : 0;
    }

    /// {@return places and term-and-lengths of the entries from `from` on, the first one in any
    /// case and no more than `bytesMax` with it, `countMax` at most; empty if that one is not here}
    synchronized long[] places(long from, long bytesMax, int countMax) {
        if (from <= goneIndex || from > lastIndex) {
            return NONE;
        }
        int count = 0;
        long bytes = 0;
        for (long i = from; i <= lastIndex && count < countMax; i++) {
            bytes += length(i);
            if (bytes > bytesMax && count > 0) {
                break;
            }
            count++;
        }
        long[] places = new long[2 * count];
        for (int i = 0; i < count; i++) {
            int slot = slot(from + i);
            places[2 * i] = ring[slot];
            places[2 * i + 1] = ring[slot + 1];
        }
        return places;
    }

    static long termOf(long termAndLength) {
        return termAndLength >>> LENGTH_BITS;
    }

    static int lengthOf(long termAndLength) {
        return (int) termAndLength & LENGTH_MASK;
    }

    synchronized void setHardState(HardState state) {
        hardState = state;
        tombstone = false;
    }

    /// Drops the entries after `index`.
    ///
    /// @return whether the entry at `index` is there, or is the base, and has `term`
    synchronized boolean truncateAfter(long index, long term) {
        if (index < baseIndex || index > lastIndex) {
            return false;
        }
        long known = term(index);
        boolean gone = index > baseIndex && index < goneIndex;
        if (known != term && !gone) {
            return false;
        }
        for (long i = Math.max(index, Math.max(flushedIndex, goneIndex)) + 1; i <= lastIndex; i++) {
            unflushedBytes -= length(i);
        }
        if (index < goneIndex) {
            goneIndex = index;
            goneTerm = term;
        }
        flushedIndex = Math.min(flushedIndex, index);
        lastIndex = index;
        lastTerm = term;
        tombstone = false;
        return true;
    }

    /// Adds an entry after the last one.
    ///
    /// @return true
    synchronized boolean add(long term, long position, int length) {
        int count = (int) (lastIndex - goneIndex);
        if (2 * (count + 1) > ring.length) {
            resize(Math.max(CAPACITY_MIN, 2 * count));
        }
        lastIndex++;
        lastTerm = term;
        int slot = slot(lastIndex);
        ring[slot] = position;
        ring[slot + 1] = term << LENGTH_BITS | length;
        unflushedBytes += length;
        return true;
    }

    /// Makes room for the places of entries after `(index, term)` that stood in segments which are
    /// gone and will be said to stand elsewhere. Only while a log is read back.
    ///
    /// @return whether there can be such entries
    synchronized boolean reopen(long index, long term) {
        if (index < baseIndex || index > lastIndex) {
            return false;
        }
        if (index >= goneIndex) {
            return term(index) == term;
        }
        if (goneIndex - index > Stragglers.ENTRIES_MAX) {
            return false;
        }
        int reopened = (int) (goneIndex - index);
        int count = (int) (lastIndex - goneIndex);
        long[] kept = new long[2 * count];
        for (int i = 0; i < count; i++) {
            System.arraycopy(ring, slot(goneIndex + 1 + i), kept, 2 * i, 2);
        }
        int capacity = Integer.highestOneBit(Math.max(CAPACITY_MIN, 2 * (reopened + count)));
        ring = new long[2 * capacity];
        ringHead = 0;
        System.arraycopy(kept, 0, ring, 2 * reopened, kept.length);
        goneIndex = index;
        goneTerm = term;
        return true;
    }

    /// An entry stands at `position` from now on.
    ///
    /// @return whether it is there, and has `term`
    synchronized boolean restate(long index, long term, long position, int length) {
        if (index <= goneIndex || index > lastIndex) {
            return false;
        }
        int slot = slot(index);
        int before = lengthOf(ring[slot + 1]);
        if (before != 0 && (before != length || termOf(ring[slot + 1]) != term)) {
            return false;
        }
        ring[slot] = position;
        ring[slot + 1] = term << LENGTH_BITS | length;
        unflushedBytes += index > flushedIndex ? length - before : 0;
        return true;
    }

    /// {@return the index of the first entry that is not flushed, if it stands before `position`;
    /// else 0}
    synchronized long firstNeededBefore(long position) {
        boolean needed = flushedIndex < lastIndex && ring[slot(flushedIndex + 1)] < position;
        return needed ? flushedIndex + 1 : 0;
    }

    /// Drops the entries up to `index` and keeps those after it.
    ///
    /// @return whether the entry at `index` has `term`, or was dropped before
    synchronized boolean compactTo(long index, long term) {
        if (index <= baseIndex) {
            return true;
        }
        boolean gone = index < goneIndex;
        if (index > lastIndex || term(index) != term && !gone) {
            return false;
        }
        moveBase(index, term);
        return true;
    }

    /// An intent is accepted: what follows `index` is needed again, even if the owner has flushed
    /// it. Only while nobody reclaims.
    ///
    /// @return whether nothing that is needed was dropped
    synchronized boolean pin(long index) {
        if (index < baseIndex) {
            return false;
        }
        pins++;
        pinnedIndex = Math.min(pinnedIndex, index);
        unflush();
        return true;
    }

    /// Takes the last [#pin] back: its batch was not accepted.
    synchronized void unpin(long before) {
        pins--;
        pinnedIndex = before;
    }

    synchronized long pinnedIndex() {
        return pinnedIndex;
    }

    /// An intent is durable.
    ///
    /// @return whether it is the only one, and nothing that it needs was dropped
    synchronized boolean begin(Intent next) {
        if (intent.isOpen() || !next.isOpen() || next.index() < baseIndex) {
            return false;
        }
        intent = next;
        pins = Math.max(0, pins - 1);
        pinnedIndex = pins == 0 ? Long.MAX_VALUE : pinnedIndex;
        unflush();
        return true;
    }

    /// {@return the index after which all entries must stay, whatever the owner has flushed}
    private long neededAfter() {
        return Math.min(pinnedIndex, intent.isOpen() ? intent.index() : Long.MAX_VALUE);
    }

    private void unflush() {
        long to = Math.max(goneIndex, Math.min(flushedIndex, neededAfter()));
        for (long i = to + 1; i <= flushedIndex; i++) {
            unflushedBytes += length(i);
        }
        flushedIndex = Math.min(flushedIndex, to);
    }

    /// The installation ended, well or not.
    ///
    /// @return whether it was that of `tablet`
    synchronized boolean end(int tablet) {
        boolean same = intent.isOpen() && intent.tablet() == tablet;
        intent = Intent.NONE;
        return same;
    }

    synchronized long lives() {
        return lives;
    }

    /// Drops all entries; the next one follows `(index, term)`.
    synchronized void restore(long index, long term) {
        lives++;
        ring = NONE;
        ringHead = 0;
        baseIndex = goneIndex = flushedIndex = lastIndex = index;
        baseTerm = goneTerm = lastTerm = term;
        unflushedBytes = 0;
        tombstone = false;
        intent = Intent.NONE;
    }

    synchronized void bury() {
        restore(0, 0);
        hardState = HardState.NONE;
        tombstone = true;
    }

    /// Notes that the owner has flushed the entries up to `applied`, in the life of this log that
    /// was the present one when it was asked.
    ///
    /// @return the place of the first entry that is not flushed; [Long#MAX_VALUE] if all are
    synchronized long flushed(long applied, long ofLife) {
        long known = ofLife == lives ? applied : 0;
        long to = Math.min(known, Math.min(neededAfter(), lastIndex));
        for (long i = flushedIndex + 1; i <= to; i++) {
            unflushedBytes -= length(i);
        }
        flushedIndex = Math.max(flushedIndex, to);
        return flushedIndex == lastIndex ? Long.MAX_VALUE : ring[slot(flushedIndex + 1)];
    }

    /// {@return where the first entry after `index` that there is stands; [Long#MAX_VALUE] if there
    /// is none}
    synchronized long placeAfter(long index) {
        long from = Math.max(index, goneIndex);
        return from >= lastIndex ? Long.MAX_VALUE : ring[slot(from + 1)];
    }

    /// Forgets the entries that stand before `position`, all of them flushed: their segments go.
    synchronized void forgetBefore(long position) {
        long index = baseIndex;
        while (index < flushedIndex && ring[slot(index + 1)] < position) {
            index++;
        }
        if (index > baseIndex) {
            moveBase(index, term(index));
        }
    }

    /// {@return this as it is said at the head of a segment}
    synchronized GroupState state() {
        return new GroupState(
                tombstone, hardState, baseIndex, baseTerm, lastIndex, lastTerm, intent);
    }

    /// Takes over what the head of the oldest segment says; its entries are gone.
    synchronized void adopt(GroupState state) {
        restore(state.lastIndex(), state.lastTerm());
        baseIndex = flushedIndex = state.baseIndex();
        baseTerm = state.baseTerm();
        hardState = state.hardState();
        tombstone = state.tombstone();
        intent = state.intent();
    }

    /// Compares with what the head of a later segment says. The base may have moved meanwhile.
    ///
    /// @return whether it agrees
    synchronized boolean agrees(GroupState said) {
        long base = said.baseIndex();
        boolean gone = base > baseIndex && base < goneIndex;
        if (base < baseIndex || base > lastIndex || term(base) != said.baseTerm() && !gone) {
            return false;
        }
        var expected =
                new GroupState(
                        tombstone,
                        hardState,
                        base,
                        said.baseTerm(),
                        lastIndex,
                        lastTerm,
                        intent);
        if (!expected.equals(said)) {
            return false;
        }
        if (base > baseIndex) {
            moveBase(base, said.baseTerm());
        }
        return true;
    }

    /// Everything is read back: what is gone was flushed, or the segments would still be there.
    ///
    /// @return whether each entry that is not gone has a place
    synchronized boolean settle() {
        for (long i = goneIndex + 1; i <= lastIndex; i++) {
            if (length(i) == 0) {
                return false;
            }
        }
        if (goneIndex > baseIndex) {
            baseIndex = goneIndex;
            baseTerm = goneTerm;
        }
        flushedIndex = baseIndex;
        submittedLast = lastIndex;
        submittedLastTerm = lastTerm;
        submittedTerm = hardState.term();
        submittedVote = hardState.vote();
        submittedLives = lives;
        submittedIntent = intent.tablet();
        submittedBase = baseIndex;
        return true;
    }

    private void moveBase(long index, long term) {
        assert index <= neededAfter() || !intent.isOpen() : this + " drops up to " + index;
        for (long i = Math.max(flushedIndex, goneIndex) + 1; i <= index; i++) {
            unflushedBytes -= length(i);
        }
        flushedIndex = Math.max(flushedIndex, index);
        baseIndex = index;
        baseTerm = term;
        if (index > goneIndex) {
            long left = lastIndex - index;
            ringHead = left == 0 ? 0 : slot(index + 1);
            goneIndex = index;
            goneTerm = term;
            if (left == 0) {
                ring = NONE;
            } else if (ring.length > 2 * CAPACITY_MIN && 2 * left < ring.length / 8) {
                resize((int) Math.max(CAPACITY_MIN, Long.highestOneBit(left) << 1));
            }
        }
    }

    private int length(long index) {
        return lengthOf(ring[slot(index) + 1]);
    }

    /// {@return where the pair of `index` stands in the ring; its length is a power of two}
    private int slot(long index) {
        return (int) (ringHead + 2 * (index - goneIndex - 1)) & ring.length - 1;
    }

    /// Copies the ring into one of `capacity` pairs, a power of two, the oldest first.
    private void resize(int capacity) {
        int count = (int) (lastIndex - goneIndex);
        if (ring.length == 0) {
            ring = new long[2 * capacity];
            return;
        }
        long[] fresh = new long[2 * capacity];
        int first = Math.min(2 * count, ring.length - ringHead);
        System.arraycopy(ring, ringHead, fresh, 0, first);
        System.arraycopy(ring, 0, fresh, first, 2 * count - first);
        ring = fresh;
        ringHead = 0;
    }

    @Override
    public synchronized String toString() {
        return "group %d %s".formatted(group, state());
    }
}
