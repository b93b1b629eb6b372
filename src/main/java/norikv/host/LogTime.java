package norikv.host;

/// What a leader's log clock showed when, and what it would show now, by the same rule: towards the
/// wall clock, at no less than half and no more than twice the speed of the monotonic clock.
///
/// @param millis what it showed
/// @param atNanos when, by the monotonic clock
record LogTime(long millis, long atNanos) {
    /// Of a replica that does not lead.
    static final LogTime NONE = new LogTime(0, 0);

    private static final long MICROS = 1_000;

    /// {@return what it shows, 0 for [#NONE]}
    long read(long nowNanos, long wallMillis) {
        if (millis == 0) {
            return 0;
        }
        long elapsedMicros = Math.max(0, (nowNanos - atNanos) / MICROS);
        long from = millis * MICROS;
        return Math.clamp(
                        wallMillis * MICROS, from + elapsedMicros / 2, from + 2 * elapsedMicros)
                / MICROS;
    }
}
