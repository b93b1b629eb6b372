package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// What a crash leaves, at ten thousand places of the engine's life and of its recoveries: every
/// shard is an exact prefix of its log, no shorter than was promised; replaying the log brings all
/// back.
///
/// `-Dcrash.points=N` looks at that many, `-Dseed=N` runs one history.
final class LsmCrashTest {
    private static final long POINTS = Long.getLong("crash.points", 10_000);
    private static final int STEPS = 110;

    @Test
    void whatWasFlushedSurvivesAndTheLogBringsTheRest() {
        long only = Long.getLong("seed", -1);
        long points = 0;
        long again = 0;
        for (long seed = Math.max(only, 0); only >= 0 ? seed == only : points < POINTS; seed++) {
            CrashPoints run = run(seed);
            points += run.points();
            again += run.pointsWithCrashInRecovery();
        }
        assertTrue(only >= 0 || points >= POINTS, "crashes: " + points);
        assertTrue(
                only >= 0 || again * 4 >= points,
                "crashes in recovery: %d of %d".formatted(again, points));
    }

    /// {@return a run that went well}
    static CrashPoints run(long seed) {
        var run = new CrashPoints(seed);
        try {
            run.run(Operations.draw(seed, STEPS, false), 2);
            return run;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "mvn -q test -Dtest=LsmCrashTest -Dseed=%d replays it".formatted(seed), e);
        }
    }
}
