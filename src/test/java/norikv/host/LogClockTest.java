package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// The time that entries are stamped with.
final class LogClockTest {
    private static final long WALL = 1_735_689_600_000L;

    @Test
    void aTermBeginsAtTheLaterOfTheLastStampAndTheWallClock() {
        assertEquals(WALL, new LogClock(WALL - 5_000, 0, WALL).read(0, WALL));
        assertEquals(WALL + 5_000_000, new LogClock(WALL + 5_000_000, 0, WALL).read(0, WALL));
    }

    @Test
    void itFollowsTheWallClockThatRunsRight() {
        var clock = new LogClock(0, 0, WALL);
        for (long millis = 0; millis < 10_000; millis += 7) {
            assertEquals(WALL + millis, clock.read(millis * 1_000_000, WALL + millis));
        }
    }

    @Test
    void aJumpForwardsIsCaughtUpAtTwiceTheSpeed() {
        var clock = new LogClock(0, 0, WALL);
        long jumped = WALL + 60_000;
        assertEquals(WALL + 2_000, clock.read(1_000_000_000L, jumped + 1_000));
        assertEquals(WALL + 100_000, clock.read(50_000_000_000L, jumped + 50_000));
        assertEquals(WALL + 130_000, clock.read(70_000_000_000L, jumped + 70_000));
    }

    @Test
    void aJumpBackSlowsItAndNeverTurnsIt() {
        var clock = new LogClock(0, 0, WALL);
        assertEquals(WALL + 1_000, clock.read(1_000_000_000L, WALL + 1_000));
        long jumped = WALL - 3_600_000;
        assertEquals(WALL + 1_500, clock.read(2_000_000_000L, jumped + 2_000));
        assertEquals(WALL + 2_000, clock.read(3_000_000_000L, jumped + 3_000));
    }

    /// However the wall clock jumps and whoever reads: never back, and between any two readings at
    /// most twice what passed, with the ground's grain to spare.
    @Test
    void noReadingGoesBackOrRunsAhead() {
        Seeds.each(
                200,
                seed -> {
                    var random = new Random(seed);
                    long nanos = random.nextLong(1_000_000_000_000L);
                    long wall = WALL;
                    var clock = new LogClock(WALL + random.nextInt(2_000) - 1_000, nanos, wall);
                    long before = clock.read(nanos, wall);
                    long fromNanos = nanos;
                    long from = before;
                    for (int i = 0; i < 500; i++) {
                        long pass = random.nextInt(30_000_000);
                        nanos += pass;
                        wall += pass / 1_000_000;
                        if (random.nextInt(20) == 0) {
                            wall += random.nextInt(20_000_000) - 10_000_000;
                        }
                        long now = clock.read(nanos, wall);
                        assertTrue(now >= before, "went back");
                        long most = from + 2 * ((nanos - fromNanos) / 1_000_000) + 2;
                        assertTrue(now <= most + 20, () -> now + " after " + most);
                        before = now;
                    }
                });
    }
}
