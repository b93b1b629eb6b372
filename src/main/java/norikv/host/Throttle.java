package norikv.host;

/// How many bytes may go now, so that no second sees more than a bound and a little.
///
/// **Threads.** One at a time.
final class Throttle {
    private static final double NANOS_A_SECOND = 1e9;

    private final long bytesPerSecond;

    /// What may go at once after a time of silence: a sixteenth of a second's.
    private final double burstBytes;

    private double bytes;
    private long atNanos = Long.MIN_VALUE;

    Throttle(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        this.burstBytes = bytesPerSecond / 16.0;
    }

    /// {@return whether something may go now, however long it is}
    boolean mayGo(long nowNanos) {
        if (atNanos == Long.MIN_VALUE) {
            bytes = burstBytes;
        } else {
            double gained = (nowNanos - atNanos) / NANOS_A_SECOND * bytesPerSecond;
            bytes = Math.min(burstBytes, bytes + Math.max(0, gained));
        }
        atNanos = nowNanos;
        return bytes > 0;
    }

    /// So much went.
    void went(long count) {
        bytes -= count;
    }

    /// {@return when something may go again}
    long nextNanos() {
        double missing = Math.max(0, 1 - bytes);
        return atNanos + (long) (missing / bytesPerSecond * NANOS_A_SECOND) + 1;
    }
}
