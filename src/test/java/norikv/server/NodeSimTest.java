package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// A whole node on a simulated disk, from one thread and one seed: `-Dcrash.seeds=N` runs more
/// seeds, `-Dcrash.first=S` others, `-Dseed=S` only that one.
final class NodeSimTest {
    private static final int SEEDS = Integer.getInteger("crash.seeds", 2_000);
    private static final int LIVES = 3;
    private static final int STEPS = 200;

    /// Everything acknowledged survives every crash, what is not acknowledged is wholly there or
    /// not at all, versions only grow, what expired stays missing, everybody is answered at most
    /// once.
    @Test
    void whatWasAcknowledgedSurvivesEveryCrashOfTheNode() {
        long only = Long.getLong("seed", 0);
        long first = only == 0 ? Long.getLong("crash.first", 1) : only;
        long last = only == 0 ? first + SEEDS - 1 : only;
        int acknowledged = 0;
        int crashesInRecovery = 0;
        for (long seed = first; seed <= last; seed++) {
            try {
                NodeSim sim = run(seed);
                acknowledged += sim.acknowledged;
                crashesInRecovery += sim.crashesInRecovery;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed, e);
            }
        }
        assertTrue(acknowledged >= 20 * (last - first), "few writes: " + acknowledged);
        long lives = LIVES * (last - first);
        assertTrue(crashesInRecovery >= lives / 10, "few in recovery: " + crashesInRecovery);
    }

    /// One seed is one run: the same seed takes the same steps.
    @Test
    void theSameSeedIsTheSameRun() {
        assertEquals(run(7).driver.trace(), run(7).driver.trace());
    }

    private static NodeSim run(long seed) {
        var sim = new NodeSim(seed);
        for (int life = 0; life < LIVES; life++) {
            sim.live(STEPS);
        }
        sim.openAndRecover();
        sim.checkEverything();
        sim.checkThatExpiredStaysMissing();
        sim.stop();
        return sim;
    }
}
