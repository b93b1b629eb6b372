package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import org.junit.jupiter.api.Test;

/// When to try again, and when to leave it.
final class RetryRulesTest {
    private static final long SECOND = 1_000_000_000;
    private static final Reply.Failed MOVED = new Reply.Failed(ErrorCode.NOT_LEADER, "", 0);

    private static final Reply.Failed GONE =
            new Reply.Failed(ErrorCode.UNAVAILABLE, "gone", 0);

    private final RetryRules rules = new RetryRules();

    @Test
    void theWaitDoublesAndIsAnyPartOfThat() {
        assertEquals(0, RetryRules.backoffNanos(1, 0));
        assertEquals(5_000_000, RetryRules.backoffNanos(1, 0.5));
        assertEquals(20_000_000, RetryRules.backoffNanos(3, 0.5));
        assertEquals(SECOND / 2, RetryRules.backoffNanos(9, 0.5));
        assertEquals(SECOND / 2, RetryRules.backoffNanos(1000, 0.5));
    }

    @Test
    void theNodesAdviceIsAddedToTheWait() {
        var busy = new Reply.Failed(ErrorCode.WRITE_STALL, "", 300);
        assertEquals(305_000_000, rules.waitNanos(busy, 1, 10, SECOND, 0.5, false));
        assertEquals(RetryRules.NEVER, rules.waitNanos(busy, 1, 10, 305_000_000, 0.5, false));
        var endless = new Reply.Failed(ErrorCode.WRITE_STALL, "", Long.MAX_VALUE);
        assertEquals(RetryRules.NEVER, rules.waitNanos(endless, 1, 10, SECOND, 0.5, false));
    }

    @Test
    void theLastAttemptIsTheLast() {
        assertTrue(rules.waitNanos(MOVED, 9, 10, 10 * SECOND, 0, false) >= 0);
        assertEquals(RetryRules.NEVER, rules.waitNanos(MOVED, 10, 10, 10 * SECOND, 0, false));
    }

    @Test
    void retriesAreATenthOfAllCallsInTheLongRun() {
        int retries = 0;
        for (int call = 0; call < 10_000; call++) {
            rules.began();
            for (int attempt = 1; attempt < 10; attempt++) {
                retries += rules.waitNanos(GONE, attempt, 10, SECOND, 0, false) >= 0 ? 1 : 0;
            }
        }
        assertTrue(retries >= 1_000 && retries <= 1_100, () -> "retries of 10000 calls");
    }

    @Test
    void whoLooksForALeaderNeverWaitsLong() {
        assertEquals(62_500_000, rules.waitNanos(MOVED, 99, 200, SECOND, 0.5, false));
        assertEquals(62_500_000, rules.waitNanos(GONE, 99, 200, SECOND, 0.5, true));
        assertEquals(SECOND / 2, rules.waitNanos(GONE, 99, 200, 3 * SECOND, 0.5, false));
    }

    @Test
    void whoLooksForALeaderLooksOnceMoreBeforeTheEnd() {
        assertEquals(25_000_000, rules.waitNanos(MOVED, 99, 200, 50_000_000, 0.9, false));
        assertEquals(25_000_000, rules.waitNanos(GONE, 99, 200, 50_000_000, 0.9, true));
        assertEquals(RetryRules.NEVER, rules.waitNanos(GONE, 99, 200, SECOND / 2, 0.9, false));
    }

    @Test
    void lookingForANewLeaderCostsNoRetry() {
        for (int call = 0; call < 10_000; call++) {
            assertTrue(rules.waitNanos(MOVED, 1, 10, SECOND, 0, false) >= 0);
        }
    }
}
