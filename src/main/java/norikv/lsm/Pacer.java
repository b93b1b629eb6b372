package norikv.lsm;

/// Spreads the writing of compactions over time, so that it does not come in bursts that readers
/// and the log feel, and never so thin that debt grows.
///
/// The rate is what would pay the debt within [#PAY_SECONDS], and [#RATE_MIN] at least: where work
/// comes in faster, debt and with it the rate rise until they match, at some seconds' worth of
/// work. Under any pressure there is no limit. Unused rate is kept for [#BURST_BYTES].
///
/// **Threads.** Any; guarded by its lock.
final class Pacer {
    /// Within how long debt is to be paid.
    static final long PAY_SECONDS = 5;

    /// The least rate, bytes a second.
    static final long RATE_MIN = 32 << 20;

    /// What may be written at once after a rest.
    static final long BURST_BYTES = 64 << 20;

    /// The longest rest at a time: debt and pressure are looked at again.
    static final long REST_NANOS_MAX = 200_000_000;

    private static final double NANOS = 1e9;

    /// What may be written now; below zero it is overdrawn.
    private double bytes = BURST_BYTES;

    private long lastNanos = Long.MIN_VALUE;

    /// {@return the rate at a debt, bytes a second}
    static long rate(long debtBytes) {
        return Math.max(RATE_MIN, debtBytes / PAY_SECONDS);
    }

    /// Takes note of `written` bytes.
    ///
    /// @return when to go on
    synchronized long pace(long written, long debtBytes, double pressure, long nowNanos) {
        double rate = rate(debtBytes);
        if (lastNanos != Long.MIN_VALUE) {
            bytes = Math.min(BURST_BYTES, bytes + rate * (nowNanos - lastNanos) / NANOS);
        }
        lastNanos = nowNanos;
        bytes -= written;
        if (bytes >= 0) {
            return nowNanos;
        }
        if (pressure > 0) {
            bytes = 0;
            return nowNanos;
        }
        return nowNanos + (long) Math.min(REST_NANOS_MAX, -bytes * NANOS / rate);
    }
}
