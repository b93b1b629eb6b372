package norikv.lsm;

import java.util.function.Predicate;
import norikv.domain.ShardId;

/// What one scan sees of each tablet: whether it is wanted, and up to which place.
///
/// Each is loaded when the first entry of the tablet is met, which is after the state was pinned,
/// and kept: a shard does not move under a scan.
///
/// **Threads.** Confined to one.
final class ScanView {
    private static final byte UNKNOWN = 0;
    private static final byte UNWANTED = 1;
    private static final byte WANTED = 2;

    private final ReadState state;
    private final Predicate<ShardId> shards;
    private final byte[] verdicts;
    private final long[] indexes;
    private final long[] logTimes;
    private final AppliedReading reading = new AppliedReading();

    /// Entries that were looked at, whatever became of them.
    private long examined;

    ScanView(ReadState state, Predicate<ShardId> shards) {
        this.state = state;
        this.shards = shards;
        int tablets = state.tablets().size();
        verdicts = new byte[tablets];
        indexes = new long[tablets];
        logTimes = new long[tablets];
    }

    /// {@return the slot of a tablet whose entries this scan sees, or −1}
    int examine(int tablet) {
        examined++;
        int slot = state.tablets().slotOf(tablet);
        if (slot < 0) {
            return -1;
        }
        byte verdict = verdicts[slot];
        if (verdict == UNKNOWN) {
            verdict = judge(slot);
        }
        return verdict == WANTED ? slot : -1;
    }

    /// Counts one more entry that was looked at.
    void step() {
        examined++;
    }

    private byte judge(int slot) {
        Tablet tablet = state.tablets().at(slot);
        byte verdict = shards.test(tablet.shard()) ? WANTED : UNWANTED;
        state.loadApplied(tablet, reading);
        indexes[slot] = reading.index;
        logTimes[slot] = reading.logTimeMillis;
        verdicts[slot] = verdict;
        return verdict;
    }

    long appliedIndex(int slot) {
        return indexes[slot];
    }

    long appliedLogTimeMillis(int slot) {
        return logTimes[slot];
    }

    int tablet(int slot) {
        return state.tablets().at(slot).id();
    }

    ShardId shard(int slot) {
        return state.tablets().at(slot).shard();
    }

    long examined() {
        return examined;
    }
}
