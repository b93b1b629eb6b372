package norikv.lsm;

import java.util.Arrays;
import norikv.sstable.ContentHash;
import norikv.sstable.Cursor;

/// Decides, entry after entry in order, which still matter: what flushes and compactions write.
///
/// An entry is dropped when
/// - its tablet is not live; or
/// - a newer version of its key and tablet was met, at or below the place that every reader of the
///   tables sees; or
/// - it is a tombstone, or expired by the tablet's durable log time, and nothing older of its key
///   can be left that it would have to hide.
///
/// **Threads.** Confined to one.
final class Survivors {
    private final AppliedVector durable;
    private final OlderTables older;
    private final ContentHash hash = new ContentHash();
    private final AppliedReading place = new AppliedReading();
    private final byte[] key = new byte[InternalKey.BYTES_MAX];
    private int keyLength = -1;
    private int tablet;

    /// Whether a version of the current key was met that hides all that follow.
    private boolean covered;

    private long dropped;
    private long droppedHash;

    /// Tells whether an older version of a key may be somewhere below.
    interface OlderTables {
        /// Keys come in ascending order.
        boolean mayHold(byte[] key, int length);
    }

    /// @param durable where the live tablets stand in what is being written; every reader of the
    ///     result sees at least as much
    Survivors(AppliedVector durable, OlderTables older) {
        this.durable = durable;
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
        dropped++;
        droppedHash += hash.of(entry);
        return false;
    }

    private boolean matters(Cursor entry) {
        if (!durable.tablets().isLive(entry.tablet()) || covered) {
            return false;
        }
        durable.read(tablet, place);
        covered = entry.trailer() >>> 8 <= place.index;
        boolean isGone =
                (entry.trailer() & 0xff) == Cursor.KIND_DELETE
                        || entry.expiresAtMillis() != 0
                                && entry.expiresAtMillis() <= place.logTimeMillis;
        return !(covered && isGone) || older.mayHold(key, keyLength);
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
        covered = false;
    }

    /// {@return whether `entry` has another key than the entry that was asked about last}
    boolean isNewKey(Cursor entry) {
        return keyLength < 0
                || entry.keyRegion()
                                .compare(entry.keyOffset(), entry.keyLength(), key, 0, keyLength)
                        != 0;
    }

    long dropped() {
        return dropped;
    }

    /// {@return the sum of [ContentHash] over what was dropped}
    long droppedHash() {
        return droppedHash;
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
