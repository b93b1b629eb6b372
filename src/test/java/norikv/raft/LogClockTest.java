package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// The clock that entries are stamped with.
final class LogClockTest {
    private static final long MILLI = 1_000_000;

    @Test
    void itBeginsAtTheGreaterOfLastStampAndWallClock() {
        assertEquals(700, new LogClock(500, at(0, 700)).millis(at(0, 700)));
        assertEquals(900, new LogClock(900, at(0, 700)).millis(at(0, 700)));
    }

    @Test
    void itFollowsAWallClockThatIsAheadAtTwiceTheSpeed() {
        var clock = new LogClock(0, at(0, 1000));
        assertEquals(1200, clock.millis(at(100, 99_000)));
        assertEquals(1400, clock.millis(at(200, 99_100)));
    }

    @Test
    void itWaitsForAWallClockThatIsBehindAtHalfTheSpeed() {
        var clock = new LogClock(5000, at(0, 1000));
        assertEquals(5050, clock.millis(at(100, 1100)));
        assertEquals(5100, clock.millis(at(200, 1200)));
    }

    @Test
    void itMeetsTheWallClockAndGoesWithIt() {
        var clock = new LogClock(0, at(0, 1000));
        assertEquals(1120, clock.millis(at(100, 1120)));
        assertEquals(1220, clock.millis(at(200, 1220)));
    }

    @Test
    void itNeverGoesBackWhateverTheClocksDo() {
        long seed = Long.getLong("seed", 7);
        var random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            long before = random.nextLong(1L << 41);
            var clock = new LogClock(before, at(0, random.nextLong()));
            long nanos = 0;
            for (int i = 0; i < 100; i++) {
                nanos += random.nextLong(-MILLI, 1L << random.nextInt(22, 55));
                long wall = random.nextBoolean() ? random.nextLong() : before;
                long now = clock.millis(new Now(nanos, wall));
                assertTrue(now >= before, "seed " + seed);
                assertTrue(now <= LogClock.MILLIS_MAX, "seed " + seed);
                before = now;
            }
        }
    }

    private static Now at(long millis, long wall) {
        return new Now(millis * MILLI, wall);
    }
}
