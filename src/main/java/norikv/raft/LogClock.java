package norikv.raft;

/// The clock that a leader stamps its entries with, so that all replicas see the same time.
///
/// It never goes back. It starts at the greater of the last stamp and the wall clock, at any
/// distance; then it follows the wall clock at no less than half and no more than twice the speed
/// of the monotonic clock, so that a wall clock that is set makes no jump in it.
final class LogClock {
    /// The latest time there is, milliseconds: nanoseconds of it still fit.
    static final long MILLIS_MAX = 1L << 42;

    private static final long MILLI = 1_000_000;

    /// A longer time between two readings counts as this, so that sums do not overflow.
    private static final long GAP_NANOS_MAX = 1L << 50;

    private long nanos;
    private long readAtNanos;

    LogClock(long lastStampMillis, Now now) {
        nanos = Math.max(lastStampMillis, wallMillis(now)) * MILLI;
        readAtNanos = now.nanos();
    }

    /// {@return the time, milliseconds}
    long millis(Now now) {
        long elapsed = Math.clamp(now.nanos() - readAtNanos, 0, GAP_NANOS_MAX);
        long slowest = nanos + elapsed / 2;
        long fastest = nanos + 2 * elapsed;
        nanos = Math.clamp(wallMillis(now) * MILLI, slowest, fastest);
        readAtNanos = Math.max(readAtNanos, now.nanos());
        return Math.min(nanos / MILLI, MILLIS_MAX);
    }

    private static long wallMillis(Now now) {
        return Math.clamp(now.wallMillis(), 0, MILLIS_MAX);
    }
}
