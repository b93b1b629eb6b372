package norikv.server;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import norikv.observe.Event;
import norikv.work.Clock;
import norikv.work.ThreadLoops;

/// Simulated clusters of fresh seeds for as long as it is told, of all shapes in turn.
///
/// `java -ea -cp target/test-classes:target/classes:$JUNIT -Dcluster.seconds=7200
/// norikv.server.ClusterCampaign`
///
/// It prints each failure with the command that replays it, and at the end what was run; the exit
/// code is 1 if anything failed. `-Dseed=N` begins with another seed than one by chance.
final class ClusterCampaign {
    private static final long SECONDS = Long.getLong("cluster.seconds", 60);
    private static final int FAILURES_MAX = 10;

    private final long first = Long.getLong("seed", new SplittableRandom().nextLong(1L << 40));
    private long clusters;
    private long operations;
    private long succeeded;
    private long crashes;
    private long compared;
    private long installed;
    private int failures;

    private ClusterCampaign() {}

    /// Runs until the time is over.
    public static void main(String[] args) {
        var campaign = new ClusterCampaign();
        Clock clock = new ThreadLoops((_, _) -> campaign.failures++).clock();
        long end = clock.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        for (long seed = campaign.first; ; seed++) {
            for (Kind kind : Kind.values()) {
                if (clock.nanoTime() >= end || campaign.failures >= FAILURES_MAX) {
                    IO.println(campaign);
                    System.exit(campaign.failures == 0 ? 0 : 1);
                }
                campaign.run(kind, seed);
            }
        }
    }

    /// What is tried with each seed, and the test that replays it.
    private enum Kind {
        LINEARIZABLE("ClusterSimTest", ClusterShape.LONG_LOGS),
        CATCH_UP("CatchUpSimTest", ClusterShape.SHORT_LOGS),
        REPAIR("RepairSimTest", ClusterShape.SCRUBBED),
        ONCE("OnceFailoverTest", ClusterShape.LONG_LOGS);

        private final String test;
        private final ClusterShape shape;

        Kind(String test, ClusterShape shape) {
            this.test = test;
            this.shape = shape;
        }

        void live(ClusterSim world, long seed) {
            switch (this) {
                case LINEARIZABLE -> ClusterSimTest.live(world);
                case CATCH_UP -> CatchUpSimTest.live(world);
                case REPAIR -> RepairSimTest.live(world, seed);
                case ONCE -> OnceFailoverTest.live(world);
            }
        }
    }

    private void run(Kind kind, long seed) {
        try {
            var world = new ClusterSim(seed, kind.shape);
            world.events = this::count;
            kind.live(world, seed);
            clusters++;
            operations += world.history.size();
            succeeded += world.history.stream().filter(o -> o.succeeded()).count();
            crashes += world.crashes;
            compared += world.checks.agreed;
        } catch (RuntimeException | Error e) {
            failures++;
            IO.println(
                    "FAILED %s mvn -q test -Dtest=%s -Dseed=%d replays it"
                            .formatted(e.getMessage(), kind.test, seed));
        }
    }

    private void count(Event event) {
        if (event instanceof Event.Snapshot.Ended(_, _, String direction, boolean done)) {
            installed += done && direction.equals("rx") ? 1 : 0;
        }
    }

    @Override
    public String toString() {
        return ("cluster campaign: seeds from %d, clusters %d, operations %d, succeeded %d, crashes"
                        + " %d, shards installed %d, comparisons %d, failures %d")
                .formatted(
                        first,
                        clusters,
                        operations,
                        succeeded,
                        crashes,
                        installed,
                        compared,
                        failures);
    }
}
