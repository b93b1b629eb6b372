package norikv.client;

import java.util.concurrent.atomic.AtomicInteger;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;

/// Says whether to try a failed call again, and when. Nothing is tried again that may have been
/// written.
///
/// **Threads.** Any.
final class RetryRules {
    /// The most attempts of one call.
    static final int ATTEMPTS_MAX = 10;

    static final long BACKOFF_NANOS_MIN = 10_000_000;
    static final long BACKOFF_NANOS_MAX = 1_000_000_000;

    /// What [#waitNanos] returns for never.
    static final long NEVER = -1;

    /// A call earns a tenth of a retry, so that retries add at most 10 % to a load that fails …
    private static final int EARNED = 1;
    private static final int SPENT = 10;

    /// … and this many may be saved up.
    private static final int SAVED_MAX = 100 * SPENT;

    private final AtomicInteger saved = new AtomicInteger(SAVED_MAX);

    /// Counts a call that began.
    void began() {
        if (saved.get() < SAVED_MAX) {
            saved.addAndGet(EARNED);
        }
    }

    /// Decides about a call that failed and was certainly not written, or only reads.
    ///
    /// @param leftNanos how long the caller still waits
    /// @param chance a random number of [0, 1)
    /// @return how long to wait, or [#NEVER]
    long waitNanos(Reply.Failed why, int attempt, int attemptsMax, long leftNanos, double chance) {
        if (!mayRetry(why.code()) || attempt >= attemptsMax) {
            return NEVER;
        }
        long wait = backoffNanos(attempt, chance);
        if (why.retryAfterMillis() > 0) {
            long advised = Math.min(why.retryAfterMillis(), leftNanos / 1_000_000 + 1);
            wait += advised * 1_000_000;
        }
        if (wait >= leftNanos || !spend()) {
            return NEVER;
        }
        return wait;
    }

    /// {@return a wait of nothing to 10 ms after the first attempt, at most twice as long after
    /// each further one, at most a second}
    static long backoffNanos(int attempt, double chance) {
        long most = BACKOFF_NANOS_MIN << Math.min(attempt - 1, 10);
        return (long) (chance * Math.min(most, BACKOFF_NANOS_MAX));
    }

    private static boolean mayRetry(ErrorCode code) {
        return switch (code.retry()) {
            // Time is up: there is nothing left to try in.
            case AUTOMATIC -> code != ErrorCode.DEADLINE_EXCEEDED;
            case BACKOFF -> true;
            case NO, APPLICATION, IF_IDEMPOTENT -> false;
        };
    }

    private boolean spend() {
        int before = saved.getAndUpdate(left -> left < SPENT ? left : left - SPENT);
        return before >= SPENT;
    }
}
