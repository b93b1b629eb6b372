package norikv.host;

import java.util.concurrent.TimeUnit;

/// What of a group's log is kept, flushed or not, for followers that get the shard as it stood
/// somewhere.
///
/// **Threads.** The worker's; [#index] any.
final class LogHold {
    /// How long the log is kept for a follower after it got the shard: until it has asked for what
    /// comes next.
    private static final long HOLD_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long NOT_HELD = Long.MAX_VALUE;

    /// The entries after this one are kept; until when.
    private volatile long index = NOT_HELD;

    private volatile long untilNanos;
    private int holds;

    /// Keeps the entries after `after` until [#end].
    void begin(long after) {
        index = holds == 0 ? after : Math.min(index, after);
        untilNanos = Long.MAX_VALUE;
        holds++;
    }

    /// Ends a [#begin], soon.
    void end(long nowNanos) {
        holds--;
        if (holds == 0) {
            untilNanos = nowNanos + HOLD_NANOS;
        }
    }

    /// {@return after which entry all are to be kept; [Long#MAX_VALUE]: none}
    long index(long nowNanos) {
        return nowNanos < untilNanos ? index : NOT_HELD;
    }
}
