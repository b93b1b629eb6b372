package norikv.client;

import java.util.concurrent.atomic.AtomicInteger;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;

/// Says whether to try a failed call again, and when. What may have been written is tried again
/// only if its shard knows it again: that is for whoever asks to know.
///
/// **Threads.** Any.
final class RetryRules {
    /// The most attempts of one call: enough to look for a leader until the deadline that is usual.
    static final int ATTEMPTS_MAX = 200;

    static final long BACKOFF_NANOS_MIN = 10_000_000;
    static final long BACKOFF_NANOS_MAX = 1_000_000_000;

    /// The longest wait of who looks for a leader, or for a node that can be reached: a question
    /// that nobody works on is cheap, and an election is over in two seconds.
    static final long LOOK_NANOS_MAX = 125_000_000;

    /// With less time than this there is no other attempt.
    private static final long SPARE_NANOS_MIN = 1_000_000;

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

    /// Decides about a call that failed and that certainly was not done, or that doing twice is the
    /// same as doing once.
    ///
    /// @param leftNanos how long the caller still waits
    /// @param chance a random number of [0, 1)
    /// @param isFree whether the retry adds nothing to the load of a node that fails
    /// @return how long to wait, or [#NEVER]; who looks for a leader waits for half of what is left
    ///     at most, others are told why they failed when they would have to wait for longer
    long waitNanos(
            Reply.Failed why,
            int attempt,
            int attemptsMax,
            long leftNanos,
            double chance,
            boolean isFree) {
        if (!mayRetry(why.code()) || attempt >= attemptsMax) {
            return NEVER;
        }
        // Who looks for a new leader adds nothing to the load of one that fails.
        boolean looks = isFree || why.code() == ErrorCode.NOT_LEADER;
        long wait = looks ? lookNanos(attempt, chance) : backoffNanos(attempt, chance);
        long advised = Math.min(why.retryAfterMillis(), leftNanos / 1_000_000 + 1) * 1_000_000;
        long spare = leftNanos - Math.max(0, advised);
        boolean isTooLate = looks ? spare < SPARE_NANOS_MIN : wait >= spare;
        if (isTooLate || !looks && !spend()) {
            return NEVER;
        }
        return Math.min(wait, looks ? spare / 2 : wait) + Math.max(0, advised);
    }

    /// {@return as [#backoffNanos], at most [#LOOK_NANOS_MAX]}
    static long lookNanos(int attempt, double chance) {
        return Math.min(backoffNanos(attempt, chance), (long) (chance * LOOK_NANOS_MAX));
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
            case BACKOFF, IF_IDEMPOTENT -> true;
            case NO, APPLICATION -> false;
        };
    }

    /// {@return whether a retry could be paid for}
    boolean hasSaved() {
        return saved.get() >= SPENT;
    }

    private boolean spend() {
        int before = saved.getAndUpdate(left -> left < SPENT ? left : left - SPENT);
        return before >= SPENT;
    }
}
