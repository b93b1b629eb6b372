package norikv.lsm;

import java.util.Arrays;
import java.util.function.Predicate;
import norikv.domain.ShardId;

/// What one scan sees of each tablet: whether it is wanted, and up to which place: now, or where a
/// snapshot was taken.
///
/// All places are loaded before the first entry is looked for. Loaded one by one as tablets are
/// met, they would show halves of batches: a write in between that sets a key behind the scan and
/// one ahead of it.
///
/// **Threads.** Confined to one.
final class ScanView {
    /// The place of a tablet that is not wanted: no entry is that old.
    private static final long UNWANTED = -1;

    private final TabletMap tablets;
    private final long[] indexes;
    private final long[] logTimes;
    private final boolean[] bands;

    /// @param state is pinned already
    ScanView(ReadState state, int bandCount, Predicate<ShardId> shards) {
        tablets = state.tablets();
        indexes = new long[tablets.size()];
        logTimes = new long[tablets.size()];
        bands = new boolean[bandCount];
        var reading = new AppliedReading();
        for (int slot = 0; slot < indexes.length; slot++) {
            Tablet tablet = tablets.at(slot);
            if (shards.test(tablet.shard())) {
                state.loadApplied(tablet, reading);
                indexes[slot] = reading.index;
                logTimes[slot] = reading.logTimeMillis;
                bands[tablet.band()] = true;
            } else {
                indexes[slot] = UNWANTED;
            }
        }
    }

    /// What a scan sees that stands where a snapshot was taken.
    ///
    /// @param places where the tablets stood then; those it does not have are not wanted
    ///
    /// **Errors.** [norikv.domain.NoriException.NotLeader] if one that is wanted is not live.
    ScanView(
            ReadState state, int bandCount, Predicate<ShardId> shards, AppliedVector places) {
        tablets = state.tablets();
        indexes = new long[tablets.size()];
        logTimes = new long[tablets.size()];
        bands = new boolean[bandCount];
        Arrays.fill(indexes, UNWANTED);
        var reading = new AppliedReading();
        for (Tablet then : places.tablets().all()) {
            if (!shards.test(then.shard())) {
                continue;
            }
            int slot = tablets.slotOf(then.id());
            if (slot < 0) {
                throw Lsm.noTablet(then.shard().number());
            }
            places.read(then.id(), reading);
            indexes[slot] = reading.index;
            logTimes[slot] = reading.logTimeMillis;
            bands[then.band()] = true;
        }
    }

    /// {@return how many bands there are}
    int bandCount() {
        return bands.length;
    }

    /// {@return whether a shard of the band is wanted}
    boolean wants(int band) {
        return bands[band];
    }

    /// {@return the slot of a live tablet, or −1} An unwanted one has no visible entry.
    int slotOf(int tablet) {
        return tablets.slotOf(tablet);
    }

    long appliedIndex(int slot) {
        return indexes[slot];
    }

    long appliedLogTimeMillis(int slot) {
        return logTimes[slot];
    }

    /// {@return where the log time stands furthest; 0 of nothing}
    long logTimeMillisMax() {
        long max = 0;
        for (long logTime : logTimes) {
            max = Math.max(max, logTime);
        }
        return max;
    }

    int tablet(int slot) {
        return tablets.at(slot).id();
    }

    ShardId shard(int slot) {
        return tablets.at(slot).shard();
    }
}
