package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import norikv.observe.Event;
import org.junit.jupiter.api.Test;

/// Clusters whose logs are short: whoever was away for a while, or starts again, gets whole shards
/// from the leaders, while clients go on and links, senders and receivers fail at any moment.
/// `-Dcluster.seeds=` says how many, `-Dseed=` replays one.
final class CatchUpSimTest {
    private static final int SEEDS = Integer.getInteger("cluster.seeds", 12);
    private static final int SECONDS = 15;

    private int installed;
    private int failed;
    private int resumed;
    private int crashes;
    private long logBytes;

    @Test
    void whoWasAwayForLongerThanTheLogsReachBackIsBroughtUpToDate() {
        long first = Long.getLong("seed", 1);
        long last = Long.getLong("seed") == null ? SEEDS : first;
        for (long seed = first; seed <= last; seed++) {
            try {
                ClusterSim world = run(seed);
                crashes += world.crashes;
                logBytes = Math.max(logBytes, world.logBytesMost);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed + ": " + e, e);
            }
        }
        String counts =
                "clusters=%d installed=%d failed=%d resumed=%d crashes=%d log_bytes_max=%d"
                        .formatted(
                                last - first + 1, installed, failed, resumed, crashes, logBytes);
        System.getLogger("norikv.server").log(System.Logger.Level.INFO, counts);
        assertTrue(last == first || installed > SEEDS / 2 && failed > 0 && resumed > 0, counts);
    }

    @Test
    void aSeedIsARun() {
        long seed = Long.getLong("seed", 1);
        assertEquals(run(seed).driver.trace(), run(seed).driver.trace());
    }

    private ClusterSim run(long seed) {
        var world = new ClusterSim(seed, ClusterShape.SHORT_LOGS);
        world.events = this::count;
        live(world);
        return world;
    }

    static void live(ClusterSim world) {
        world.start();
        world.run(SECONDS);
        world.heal();
        world.check();
    }

    private void count(Event event) {
        switch (event) {
            case Event.Snapshot.Ended(_, _, String direction, boolean done)
                    when direction.equals("rx") -> {
                installed += done ? 1 : 0;
                failed += done ? 0 : 1;
            }
            case Event.Snapshot.Resumed _ -> resumed++;
            default -> {}
        }
    }
}
