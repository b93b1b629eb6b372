package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import norikv.sstable.ContentHash;
import norikv.sstable.Cursor;

/// Decides, entry after entry in order, which still matter: what flushes and compactions write.
///
/// An entry is dropped when
/// - its tablet is dead; or
/// - a newer version of its key and tablet was met, at or below the place that every reader of the
///   tables sees, and no snapshot stands between the two; or
/// - it is a tombstone, or expired by the tablet's durable log time, and nothing older of its key
///   can be left that it would have to hide: not below, and not for a snapshot that is older than
///   the entry, or than its end.
///
/// **Threads.** Confined to one.
final class Survivors {
    private final AppliedVector durable;
    private final Pins pins;
    private final OlderTables older;
    private final ContentHash hash = new ContentHash();
    private final AppliedReading place = new AppliedReading();
    private final byte[] key = new byte[InternalKey.BYTES_MAX];
    private int keyLength = -1;
    private int tablet;

    /// Whether a version of the current key was met that hides all that follow.
    private boolean covered;

    /// The index of the version met before, of the same key and tablet; the greatest if none was.
    private long newer;

    private Pins.OfTablet pinned = Pins.OfTablet.NONE;

    /// Why the last entry that was dropped does not matter.
    private Reason reason = Reason.HIDDEN;

    private final long[] dropped = new long[Reason.values().length];
    private long droppedHash;

    /// Why an entry does not matter any more.
    enum Reason {
        /// Its tablet is dead.
        DEAD,
        /// A newer version hides it from everybody.
        HIDDEN,
        /// It is a tombstone that hides nothing any more.
        TOMBSTONE,
        /// It has expired, and hides nothing.
        EXPIRED
    }

    /// Tells whether an older version of a key may be somewhere below.
    interface OlderTables {
        /// Keys come in ascending order.
        boolean mayHold(byte[] key, int length);
    }

    /// @param durable where the live tablets stand in what is being written; every reader of the
    ///     result sees at least as much, but for those of `pins`
    /// @param pins asked for after `durable` was loaded
    Survivors(AppliedVector durable, Pins pins, OlderTables older) {
        this.durable = durable;
        this.pins = pins;
        this.older = older;
    }

    /// {@return whether the entry that `entry` stands on is to be kept}
    ///
    /// @param newKey what [#isNewKey] says of it
    boolean keeps(Cursor entry, boolean newKey) {
        meet(entry, newKey);
        if (matters(entry)) {
            return true;
        }
        dropped[reason.ordinal()]++;
        droppedHash += hash.of(entry);
        return false;
    }

    private boolean matters(Cursor entry) {
        long index = entry.trailer() >>> 8;
        long following = newer;
        newer = index;
        if (durable.tablets().isDead(tablet) || covered && !pinned.see(index, following)) {
            return false;
        }
        if (!durable.tablets().isLive(tablet)) {
            return true; // it is being filled: nobody knows yet what will be seen
        }
        durable.read(tablet, place);
        covered |= index <= place.index;
        reason = entry.expiresAtMillis() == 0 ? Reason.TOMBSTONE : Reason.EXPIRED;
        return !(covered && isGone(entry, index)) || older.mayHold(key, keyLength);
    }

    /// Whether the entry shows nobody anything, and nobody anything older.
    private boolean isGone(Cursor entry, long index) {
        if ((entry.trailer() & 0xff) == Cursor.KIND_DELETE) {
            return pinned.areAllFrom(index);
        }
        long expiry = entry.expiresAtMillis();
        return expiry != 0
                && expiry <= place.logTimeMillis
                && pinned.areAllFrom(index)
                && pinned.areAllPast(expiry);
    }

    /// Notices a new key or tablet.
    private void meet(Cursor entry, boolean newKey) {
        if (newKey) {
            keyLength = entry.keyLength();
            entry.keyRegion().copyTo(entry.keyOffset(), key, 0, keyLength);
        } else if (tablet == entry.tablet()) {
            return;
        }
        tablet = entry.tablet();
        pinned = pins.of(tablet);
        covered = false;
        newer = Long.MAX_VALUE;
    }

    /// {@return whether `entry` has another key than the entry that was asked about last}
    boolean isNewKey(Cursor entry) {
        return keyLength < 0
                || entry.keyRegion()
                                .compare(entry.keyOffset(), entry.keyLength(), key, 0, keyLength)
                        != 0;
    }

    long dropped() {
        return Arrays.stream(dropped).sum();
    }

    long dropped(Reason why) {
        return dropped[why.ordinal()];
    }

    /// {@return the sum of [ContentHash] over what was dropped}
    long droppedHash() {
        return droppedHash;
    }

    /// {@return what is older than the inputs of `plan` and not among them}
    static OlderTables older(Levels levels, Plan plan) {
        OlderTables below = below(levels, plan.outputLevel());
        if (plan.outputLevel() > 0) {
            return below;
        }
        List<LiveTable> all = levels.level(0);
        List<LiveTable> young =
                new ArrayList<>(all.subList(all.indexOf(plan.upper().getFirst()), all.size()));
        young.removeAll(plan.upper());
        return (key, length) -> {
            for (LiveTable table : young) {
                if (Levels.holds(table, key, length)) {
                    return true;
                }
            }
            return below.mayHold(key, length);
        };
    }

    /// {@return the tables of `levels` below `level`, walked along with ascending keys}
    static OlderTables below(Levels levels, int level) {
        int[] at = new int[Levels.COUNT];
        return (key, length) -> {
            for (int below = level + 1; below < Levels.COUNT; below++) {
                var tables = levels.level(below);
                while (at[below] < tables.size()
                        && Arrays.compareUnsigned(
                                        tables.get(at[below]).maxKey(),
                                        0,
                                        tables.get(at[below]).maxKey().length,
                                        key,
                                        0,
                                        length)
                                < 0) {
                    at[below]++;
                }
                if (at[below] < tables.size()
                        && Levels.holds(tables.get(at[below]), key, length)) {
                    return true;
                }
            }
            return false;
        };
    }
}
