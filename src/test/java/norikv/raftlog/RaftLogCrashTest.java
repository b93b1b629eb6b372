package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Many lives of many disks, each under its seed.
///
/// `-Dcrash.seeds=N` runs more of them, `-Dcrash.first=S` others, `-Dseed=S` only that one.
final class RaftLogCrashTest {
    private static final int SEEDS = 600;
    private static final int ROUNDS = 6;

    @Test
    void whatWasAcknowledgedSurvivesEveryCrash() {
        Long only = Long.getLong("seed");
        if (only != null) {
            new CrashRun(only).run(ROUNDS);
            return;
        }
        long first = Long.getLong("crash.first", 1);
        int seeds = Integer.getInteger("crash.seeds", SEEDS);
        long[] sums = new long[7];
        for (long seed = first; seed < first + seeds; seed++) {
            CrashRun run = new CrashRun(seed);
            runOne(run, seed);
            int[] counts = {
                run.crashes,
                run.crashesWhileOpening,
                run.acknowledged,
                run.lost,
                run.recycled,
                run.refusals,
                run.fatalFaults
            };
            for (int i = 0; i < sums.length; i++) {
                sums[i] += counts[i];
            }
        }
        String summary =
                ("seeds=%d first=%d crashes=%d while_opening=%d acknowledged=%d lost=%d"
                                + " recycled=%d no_space=%d fatal_faults=%d")
                        .formatted(
                                seeds, first, sums[0], sums[1], sums[2], sums[3], sums[4], sums[5],
                                sums[6]);
        System.Logger logger = System.getLogger("norikv.raftlog");
        logger.log(System.Logger.Level.INFO, () -> "RaftLogCrashTest " + summary);
        // A check that cannot fail is none: the runs must meet what they are there for.
        assertTrue(4 * sums[1] >= sums[0], summary);
        for (long sum : sums) {
            assertTrue(sum >= seeds / 20, summary);
        }
    }

    private static void runOne(CrashRun run, long seed) {
        try {
            run.run(ROUNDS);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("-Dseed=" + seed, e);
        }
    }
}
