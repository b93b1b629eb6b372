package norikv.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import norikv.client.ClientOptions;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.work.Loops;

/// [CatchUp] with real processes: the last node goes away, by SIGKILL.
///
/// **Threads.** One runs it; any may close it, which ends it by an error. **Errors.**
/// [NoriException] where it cannot be run; what is found is in the report.
public final class CatchUpRun implements AutoCloseable {
    private static final int IN_FLIGHT_MAX = 16_384;
    private static final int FILL_AHEAD = 64;
    private static final Duration FILL_DEADLINE = Duration.ofSeconds(30);

    /// What whole shards are counted under.
    private static final String STREAMS = "norikv_snapshot_";

    private final CatchUpOptions options;
    private final Loops loops;
    private final Consumer<String> news;
    private final ChildCluster cluster;

    /// Makes everything but starts nothing.
    ///
    /// @param random draws ports
    /// @param news hears what is done, line by line
    public CatchUpRun(
            CatchUpOptions options, Loops loops, RandomGenerator random, Consumer<String> news) {
        this.options = options;
        this.loops = loops;
        this.news = news;
        this.cluster =
                new ChildCluster(
                        options.nodes(), options.shards(), false, loops, random);
    }

    /// Runs it.
    public CatchUpReport run() {
        if (!cluster.startAll()) {
            throw new NoriException.Unavailable(
                    ErrorCode.UNAVAILABLE, "the nodes are not ready within a minute");
        }
        var how =
                ClientOptions.defaults()
                        .withName("norikv-torture")
                        .withDeadline(options.deadline())
                        .withMaxInFlight(IN_FLIGHT_MAX);
        try (Norikv client = Norikv.connect(cluster.endpoints(), how)) {
            var load = new OpenLoad(loops, client, options);
            news.accept("writing %d keys".formatted(options.keys()));
            fill(client, load);
            load.start();
            try {
                return new CatchUp(new Processes(client, load), news).run(options.calm());
            } finally {
                load.stop();
            }
        }
    }

    private void fill(Norikv client, OpenLoad load) {
        var ahead = new Semaphore(FILL_AHEAD);
        var failed = new AtomicInteger();
        for (int i = 0; i < options.keys(); i++) {
            ahead.acquireUninterruptibly();
            client.submit(
                    new Request.Put(
                            OpenLoad.key(i),
                            load.value(),
                            Request.Put.NO_TTL,
                            Precondition.NONE),
                    FILL_DEADLINE,
                    reply -> {
                        failed.addAndGet(reply instanceof Reply.Failed ? 1 : 0);
                        ahead.release();
                    });
        }
        ahead.acquireUninterruptibly(FILL_AHEAD);
        if (failed.get() > 0) {
            throw new NoriException.Unavailable(
                    ErrorCode.UNAVAILABLE, failed + " keys could not be written");
        }
    }

    /// Kills all processes and removes what they left.
    @Override
    public void close() {
        cluster.close();
    }

    /// The children, and one of them that goes away.
    private final class Processes implements CatchUp.Stage {
        private final Norikv client;
        private final OpenLoad load;
        private final ChildNode victim = cluster.nodes().getLast();

        /// By shard that the victim holds: the last entry that it had when it went away; then what
        /// was committed when it came back.
        private final Map<ShardId, Long> marks = new TreeMap<>();

        /// Those of which it is not known yet that they are where they should be.
        private final Set<ShardId> open = new TreeSet<>();

        Processes(Norikv client, OpenLoad load) {
            this.client = client;
            this.load = load;
        }

        @Override
        public void enter(CatchUp.Phase phase) {
            load.enter(phase);
        }

        @Override
        public void await(Duration time) {
            loops.signal().await(loops.clock().nanoTime() + time.toNanos()); // nobody raises it
        }

        @Override
        public void stopNode() {
            Reply.Topology topology = client.topology();
            for (int number = 0; number < topology.seats().size(); number++) {
                for (int holder : topology.seats().get(number).holders()) {
                    if (topology.members().get(holder - 1).name().equals(victim.name())) {
                        var shard = new ShardId(number);
                        long last = client.shard(shard).show(victim.name()).last().index();
                        marks.put(shard, last);
                    }
                }
            }
            open.addAll(marks.keySet());
            victim.kill();
        }

        @Override
        public boolean isBeyondLogs() {
            open.removeIf(
                    shard ->
                            others(shard).stream()
                                    .allMatch(r -> r.firstIndex() > marks.get(shard) + 1));
            return open.isEmpty();
        }

        @Override
        public void startNode() {
            marks.replaceAll(
                    (shard, before) ->
                            others(shard).stream()
                                    .mapToLong(Reply.Replica::commit)
                                    .max()
                                    .orElse(before));
            open.addAll(marks.keySet());
            victim.start();
        }

        @Override
        public boolean hasCaughtUp() {
            open.removeIf(
                    shard ->
                            seen(shard, victim.name()).stream()
                                    .anyMatch(r -> r.applied().index() >= marks.get(shard)));
            return open.isEmpty();
        }

        private List<Reply.Replica> others(ShardId shard) {
            List<Reply.Replica> all = new ArrayList<>();
            for (ChildNode node : cluster.nodes()) {
                if (node != victim) {
                    all.addAll(seen(shard, node.name()));
                }
            }
            return all;
        }

        /// {@return where a replica stands; none if its node does not say, or has none}
        private List<Reply.Replica> seen(ShardId shard, String node) {
            try {
                return List.of(client.shard(shard).show(node));
            } catch (NoriException _) {
                return List.of(); // asked again
            }
        }

        @Override
        public CatchUpReport.Latencies latencies(CatchUp.Phase phase) {
            return load.latencies(phase);
        }

        @Override
        public Map<String, Long> streams() {
            Map<String, Long> all = new TreeMap<>();
            for (ChildNode node : cluster.nodes()) {
                client.status(node.name())
                        .counters()
                        .forEach(
                                (name, count) -> {
                                    if (name.startsWith(STREAMS) && count > 0) {
                                        all.merge(name, count, Long::sum);
                                    }
                                });
            }
            return all;
        }

        @Override
        public List<String> troubles() {
            List<String> all = new ArrayList<>();
            for (ChildNode node : cluster.nodes()) {
                node.lookForEnd();
                all.addAll(node.troubles());
            }
            return all;
        }
    }
}
