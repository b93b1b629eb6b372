package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Clusters of the production host, log and storage in a simulated world. `-Dcluster.seeds=` says
/// how many, `-Dseed=` replays one.
final class ClusterSimTest {
    private static final int SEEDS = Integer.getInteger("cluster.seeds", 40);
    private static final int SECONDS = 20;

    @Test
    void whatClientsSeeIsLinearizableWhateverBreaks() {
        long first = Long.getLong("seed", 1);
        long last = Long.getLong("seed") == null ? SEEDS : first;
        int operations = 0;
        int succeeded = 0;
        int crashes = 0;
        int compared = 0;
        for (long seed = first; seed <= last; seed++) {
            try {
                ClusterSim world = run(seed);
                operations += world.history.size();
                succeeded += (int) world.history.stream().filter(o -> o.succeeded()).count();
                crashes += world.crashes;
                compared += world.checks.agreed;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed + ": " + e, e);
            }
        }
        System.getLogger("norikv.server")
                .log(
                        System.Logger.Level.INFO,
                        "clusters=%d operations=%d succeeded=%d crashes=%d compared=%d"
                                .formatted(
                                        last - first + 1,
                                        operations,
                                        succeeded,
                                        crashes,
                                        compared));
        assertTrue(last == first || compared > 10 * SEEDS, "compared: " + compared);
    }

    @Test
    void aSeedIsARun() {
        long seed = Long.getLong("seed", 1);
        assertEquals(run(seed).driver.trace(), run(seed).driver.trace());
    }

    private static ClusterSim run(long seed) {
        var world = new ClusterSim(seed);
        live(world);
        return world;
    }

    static void live(ClusterSim world) {
        world.start();
        world.run(SECONDS);
        world.heal();
        world.check();
    }
}
