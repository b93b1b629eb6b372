package norikv.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import norikv.client.ClientOptions;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Sharding;
import norikv.history.HistoryReport;
import norikv.history.Operation;
import norikv.history.StalePromise;
import norikv.work.Loops;

/// One run: real processes that faults befall, clients that write down what they see, and a
/// verdict.
///
/// **Threads.** One runs it; any may close it, which ends it by an error. **Errors.**
/// [NoriException] where it cannot be run; what is found is in the report.
public final class Torture implements AutoCloseable {
    /// How long before and after a kill nothing else may be, for its failover to count.
    private static final long ALONE_BEFORE_MILLIS = 1_000;

    private static final long ALONE_AFTER_MILLIS = 3_000;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int SHARDS = 16;

    private final TortureOptions options;
    private final Loops loops;
    private final Consumer<String> news;
    private final ChildCluster cluster;
    private final Workload workload;
    private final List<Fault> plan;
    private final List<String> troubles = new ArrayList<>();
    private final List<Long> killsAloneNanos = new ArrayList<>();
    private long kills;

    /// Makes everything but starts nothing.
    ///
    /// @param random draws ports
    /// @param news hears what is done, line by line
    public Torture(
            TortureOptions options, Loops loops, RandomGenerator random, Consumer<String> news) {
        this.options = options;
        this.loops = loops;
        this.news = news;
        this.plan =
                FaultPlan.draw(
                        options.seed(),
                        options.nodes(),
                        options.duration().toMillis(),
                        options.faults());
        boolean hasDisks = options.faults().contains(Fault.Kind.DISK_FULL);
        this.cluster = new ChildCluster(options.nodes(), SHARDS, hasDisks, loops, random);
        this.workload =
                new Workload(
                        loops,
                        new Workload.Settings(
                                cluster.endpoints(),
                                options.clients(),
                                options.keys(),
                                new Padding(options.valueBytes()),
                                options.deadline(),
                                options.seed()));
    }

    /// What a run found, with the history that it was found in.
    ///
    /// @param history in the order of the calls
    public record Result(TortureReport report, List<Operation> history) {}

    /// {@return the faults that befall the nodes}
    public List<Fault> plan() {
        return plan;
    }

    /// Runs it.
    public Result run() {
        if (!cluster.startAll()) {
            throw new NoriException.Unavailable(
                    ErrorCode.UNAVAILABLE,
                    "the nodes are not ready within a minute: " + lastWords());
        }
        Sharding sharding = sharding();
        workload.start();
        try {
            befall();
            heal();
        } finally {
            workload.stop();
        }
        long unread = workload.readAll();
        if (unread > 0) {
            troubles.add(unread + " keys cannot be read when all is whole again");
        }
        Map<String, Long> streams = workload.streams();
        end();
        news.accept("checking");
        List<Operation> history =
                workload.history().stream()
                        .sorted(Comparator.comparingLong(Operation::callNanos))
                        .toList();
        var report =
                new TortureReport(
                        plan,
                        kills,
                        HistoryReport.of(history, StalePromise.NONE),
                        List.copyOf(troubles),
                        workload.errors(),
                        streams,
                        Figures.of(
                                history,
                                killsAloneNanos,
                                sharding,
                                options.deadline().toNanos()));
        return new Result(report, history);
    }

    /// Kills all processes and removes what they left.
    @Override
    public void close() {
        cluster.close();
    }

    private Sharding sharding() {
        var patient = ClientOptions.defaults().withDeadline(Duration.ofSeconds(30));
        try (Norikv client = Norikv.connect(cluster.endpoints(), patient)) {
            return client.sharding();
        }
    }

    /// An end of a fault, or its begin.
    private record Turn(long atMillis, boolean isBegin, Fault fault) {}

    private void befall() {
        List<Turn> turns = new ArrayList<>();
        for (Fault fault : plan) {
            turns.add(new Turn(fault.atMillis(), true, fault));
            turns.add(new Turn(fault.endMillis(), false, fault));
        }
        turns.sort(Comparator.comparingLong(Turn::atMillis));
        long start = loops.clock().nanoTime();
        for (Turn turn : turns) {
            await(start + turn.atMillis() * NANOS_PER_MILLI);
            lookForEnds();
            if (turn.isBegin()) {
                begin(turn.fault());
            } else {
                cluster.end(turn.fault());
            }
        }
        await(start + options.duration().toNanos());
        lookForEnds();
    }

    private void begin(Fault fault) {
        news.accept(fault.toString());
        // A node that is not back from the kill before leaves no majority: that is no failover.
        boolean isWhole = cluster.nodes().stream().allMatch(ChildNode::isReady);
        boolean isKill = fault.kind() == Fault.Kind.KILL || fault.kind() == Fault.Kind.AWAY;
        if (isKill && isWhole && isAlone(fault)) {
            killsAloneNanos.add(loops.clock().nanoTime());
        }
        kills +=
                switch (fault.kind()) {
                    case KILL, AWAY -> 1;
                    case KILL_ALL -> options.nodes();
                    case RESTART, PAUSE, PARTITION, MUTE, SLOW, DISK_FULL -> 0;
                };
        cluster.begin(fault);
    }

    private boolean isAlone(Fault fault) {
        return plan.stream()
                .filter(other -> other != fault)
                .allMatch(
                        other ->
                                other.atMillis() > fault.atMillis() + ALONE_AFTER_MILLIS
                                        || other.endMillis() + ALONE_BEFORE_MILLIS
                                                < fault.atMillis());
    }

    private void heal() {
        plan.forEach(cluster::end);
        if (!cluster.startAll()) {
            troubles.add("not ready a minute after all was whole again: " + lastWords());
        }
    }

    /// Starts again what ended by itself; it is noted.
    private void lookForEnds() {
        for (ChildNode node : cluster.nodes()) {
            int before = node.troubles().size();
            node.lookForEnd();
            if (node.troubles().size() > before) {
                node.start();
            }
        }
    }

    private void end() {
        cluster.nodes().forEach(ChildNode::stop);
        cluster.nodes().forEach(node -> troubles.addAll(node.troubles()));
    }

    private String lastWords() {
        StringBuilder words = new StringBuilder();
        for (ChildNode node : cluster.nodes()) {
            words.append("\n").append(node.name()).append(": ").append(node.lastWords());
        }
        return words.toString();
    }

    private void await(long untilNanos) {
        loops.signal().await(untilNanos);
    }
}
