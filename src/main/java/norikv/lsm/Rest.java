package norikv.lsm;

import java.util.concurrent.TimeUnit;

/// How long a table is left alone that was written again for its garbage, all of which somebody
/// still needed.
///
/// @param untilNanos before when nobody looks at it
/// @param nanos how long that was from when it was written
/// @param snapshotNanos when the oldest snapshot of then was taken: as long as that is open it sees
///     what the garbage hides
record Rest(long untilNanos, long nanos, long snapshotNanos) {
    static final Rest NONE = new Rest(Long.MIN_VALUE, 0, Snapshots.NONE_OPEN);

    private static final long NANOS_MIN = TimeUnit.MINUTES.toNanos(1);
    private static final long NANOS_MAX = TimeUnit.HOURS.toNanos(1);

    /// {@return the rest after this one, if writing the table again was in vain once more}
    Rest next(long nowNanos, long oldestSnapshotNanos) {
        long longer = Math.clamp(2 * nanos, NANOS_MIN, NANOS_MAX);
        return new Rest(nowNanos + longer, longer, oldestSnapshotNanos);
    }

    boolean isOver(long nowNanos, long oldestSnapshotNanos) {
        return untilNanos <= nowNanos
                && (snapshotNanos == Snapshots.NONE_OPEN || snapshotNanos != oldestSnapshotNanos);
    }
}
