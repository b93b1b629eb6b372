package norikv.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.client.ClientOptions;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Sharding;
import norikv.server.FreePorts;
import norikv.work.Loops;
import norikv.work.SystemRandom;
import norikv.work.ThreadLoops;

/// A cluster inside this process, for tests of programs that use one: its nodes are stopped, killed
/// and started again one by one.
///
/// **Threads.** Any. **Errors.** [NoriException]. **Limits.** All nodes share one heap: give it
/// 128 MiB a node.
public final class EmbeddedCluster implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(60);

    /// How often other ports are drawn when one was taken meanwhile.
    private static final int DRAWS_MAX = 5;

    private final Home home;
    private final List<EmbeddedNode> nodes;
    private final List<Integer> ports;
    private final Sharding sharding;
    private final Loops loops;

    private EmbeddedCluster(
            Home home,
            List<EmbeddedNode> nodes,
            List<Integer> ports,
            Sharding sharding,
            Loops loops) {
        this.home = home;
        this.nodes = List.copyOf(nodes);
        this.ports = List.copyOf(ports);
        this.sharding = sharding;
        this.loops = loops;
    }

    /// Starts three nodes, with [EmbeddedOptions#defaults()].
    public static EmbeddedCluster start() {
        return start(EmbeddedOptions.defaults());
    }

    /// Starts all nodes and waits until each is ready, a minute at the most.
    public static EmbeddedCluster start(EmbeddedOptions options) {
        Assertions.switchOn();
        Home home = Home.of(options.data());
        boolean started = false;
        try {
            EmbeddedCluster cluster = start(options, home, new SystemRandom());
            started = true;
            return cluster;
        } finally {
            if (!started) {
                home.close();
            }
        }
    }

    private static EmbeddedCluster start(
            EmbeddedOptions options, Home home, RandomGenerator random) {
        for (int draw = 1; ; draw++) {
            List<Integer> ports = ports(options, random);
            try {
                return start(options, home, ports);
            } catch (NoriException.Refused e) {
                boolean isTaken = e.code() == ErrorCode.CANNOT_START && options.port() == 0;
                if (!isTaken || draw == DRAWS_MAX) {
                    throw e;
                }
            }
        }
    }

    private static EmbeddedCluster start(
            EmbeddedOptions options, Home home, List<Integer> ports) {
        Loops loops = new ThreadLoops(EmbeddedNode::note);
        List<EmbeddedNode> nodes = new ArrayList<>();
        int shards = 1;
        for (int i = 0; i < ports.size(); i++) {
            var config = Configs.member(options, home.folder(), i, ports);
            nodes.add(new EmbeddedNode(config, Home.borrowed(config.dataDir()), loops));
            shards = config.totalShards();
        }
        var cluster = new EmbeddedCluster(home, nodes, ports, new Sharding(shards), loops);
        boolean started = false;
        try {
            nodes.forEach(EmbeddedNode::restart);
            if (!cluster.awaitReady(START_MAX)) {
                throw new NoriException.Unavailable(
                        ErrorCode.UNAVAILABLE,
                        "cluster: ready within %d s, is not".formatted(START_MAX.toSeconds()));
            }
            started = true;
            return cluster;
        } finally {
            if (!started) {
                nodes.forEach(EmbeddedNode::close);
            }
        }
    }

    private static List<Integer> ports(EmbeddedOptions options, RandomGenerator random) {
        int first = options.port();
        return first == 0
                ? FreePorts.draw(options.nodes(), random)
                : IntStream.range(first, first + options.nodes()).boxed().toList();
    }

    /// {@return all nodes, running or not}
    public List<EmbeddedNode> nodes() {
        return nodes;
    }

    /// {@return the node with this number, from 0}
    public EmbeddedNode node(int index) {
        return nodes.get(index);
    }

    /// {@return where clients connect: `host:port` of each node, running or not}
    public String endpoints() {
        return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    /// {@return a client of the cluster, to be closed by the caller}
    public Norikv client() {
        return client(ClientOptions.defaults());
    }

    /// {@return a client of the cluster, to be closed by the caller}
    public Norikv client(ClientOptions options) {
        return Norikv.connect(endpoints(), options);
    }

    /// {@return the running node that leads the shard of `key`, as far as a running node knows}
    /// Another one may lead it a moment later.
    public Optional<EmbeddedNode> leaderOf(String key) {
        var shard = sharding.shardOf(Bytes.utf8(key));
        for (EmbeddedNode node : nodes) {
            Optional<NodeId> leader = node.leader(shard);
            if (leader.isPresent()) {
                Optional<EmbeddedNode> named =
                        nodes.stream()
                                .filter(EmbeddedNode::isRunning)
                                .filter(other -> other.name().equals(leader.get().name()))
                                .findFirst();
                if (named.isPresent()) {
                    return named;
                }
            }
        }
        return Optional.empty();
    }

    /// Waits until every running node knows a leader of each of its shards, and has applied what
    /// was acknowledged.
    ///
    /// @return whether that is so within `patience`
    public boolean awaitReady(Duration patience) {
        long deadline = loops.clock().nanoTime() + patience.toNanos();
        for (EmbeddedNode node : nodes) {
            if (node.isRunning() && !node.awaitReady(deadline)) {
                return false;
            }
        }
        return true;
    }

    /// Stops all nodes for good; a temporary folder is removed. Closing twice is closing once.
    @Override
    public void close() {
        nodes.forEach(EmbeddedNode::stop);
        nodes.forEach(EmbeddedNode::close);
        home.close();
    }
}
