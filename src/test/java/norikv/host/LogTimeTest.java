package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// What callers see of a leader's log clock between two passes of its worker.
final class LogTimeTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void itFollowsTheWallClockWhileThatRunsAtTheSameSpeed() {
        var time = new LogTime(5_000, SECOND);

        assertEquals(5_000, time.read(SECOND, 5_000));
        assertEquals(6_000, time.read(2 * SECOND, 6_000));
    }

    @Test
    void aWallClockThatJumpsIsFollowedAtTwiceOrHalfTheSpeed() {
        var time = new LogTime(5_000, SECOND);

        assertEquals(7_000, time.read(2 * SECOND, 3_600_000));
        assertEquals(5_500, time.read(2 * SECOND, 0));
    }

    @Test
    void itNeverGoesBackBehindWhatItShowed() {
        assertEquals(5_000, new LogTime(5_000, SECOND).read(0, 0));
    }

    @Test
    void whoeverDoesNotLeadHasNone() {
        assertEquals(0, LogTime.NONE.read(5 * SECOND, 5_000));
    }
}
