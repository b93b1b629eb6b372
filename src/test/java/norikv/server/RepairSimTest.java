package norikv.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import norikv.observe.Event;
import org.junit.jupiter.api.Test;

/// Clusters in which the tables of one node rot: it gets its shards again from the others, nobody
/// helps, and nobody is told that a key is missing. `-Dcluster.seeds=` says how many, `-Dseed=`
/// replays one.
final class RepairSimTest {
    private static final int SEEDS = Integer.getInteger("cluster.seeds", 8);

    private int rotten;
    private int quarantined;
    private int installed;

    @Test
    void aNodeWhoseTablesRotGetsItsShardsAgain() {
        long first = Long.getLong("seed", 1);
        long last = Long.getLong("seed") == null ? SEEDS : first;
        for (long seed = first; seed <= last; seed++) {
            try {
                run(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed + ": " + e, e);
            }
        }
        String counts =
                "clusters=%d rotten=%d quarantined=%d installed=%d"
                        .formatted(last - first + 1, rotten, quarantined, installed);
        System.getLogger("norikv.server").log(System.Logger.Level.INFO, counts);
        assertTrue(quarantined > 0 && installed > 0, counts);
    }

    private void run(long seed) {
        var world = new ClusterSim(seed, ClusterShape.SCRUBBED);
        world.events = this::count;
        rotten += live(world, seed);
    }

    /// {@return how many tables rotted}
    static int live(ClusterSim world, long seed) {
        world.start();
        world.run(6);
        world.heal();
        int rotten = world.rot((int) (seed % 3));
        world.run(4);
        world.heal();
        world.check();
        return rotten;
    }

    private void count(Event event) {
        switch (event) {
            case Event.Lsm.TableQuarantined _ -> quarantined++;
            case Event.Snapshot.Ended(_, _, String direction, boolean done)
                    when done && direction.equals("rx") ->
                    installed++;
            default -> {}
        }
    }
}
