package norikv.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.Consistency;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Peers;
import norikv.port.ReadGate;
import norikv.port.ReplicatedLog;
import norikv.raftlog.RaftLog;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;
import norikv.work.Loop;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;
import norikv.work.Step;

/// Three nodes of the host on links and disks that take no time: what still needs time to pass is
/// a wait of the host's own.
final class HostTrio {
    private static final List<NodeId> NAMES =
            List.of(new NodeId("n1"), new NodeId("n2"), new NodeId("n3"));
    static final Placement PLACEMENT = new Placement(NAMES, HostRig.SHARDS, 3);

    /// After so long each group has a leader.
    private static final long ELECTION_NANOS_MAX = 4_000_000_000L;

    final SeededLoops loops;
    private final int workers;
    final List<Node> nodes = new ArrayList<>();
    final List<String> events = new ArrayList<>();
    int messagesSent;

    /// Its links take what is sent, and nothing arrives.
    NodeId cut = new NodeId("nobody");

    private final ArrayDeque<Runnable> underWay = new ArrayDeque<>();
    private final Loop links;

    /// One of the three.
    static final class Node {
        final NodeId name;
        final Witness witness = new Witness(new Places());
        Host host;
        SeededNode life;
        Peers.Inbox inbox;

        Node(NodeId name) {
            this.name = name;
        }
    }

    HostTrio(long seed) {
        this(seed, 1);
    }

    /// @param workers how many loops own the groups of each node
    HostTrio(long seed, int workers) {
        this.workers = workers;
        loops = new SeededLoops(seed);
        links = loops.start("links", this::deliver);
        NAMES.forEach(name -> nodes.add(new Node(name)));
        nodes.forEach(this::start);
    }

    /// All links are made.
    void connect() {
        for (Node node : nodes) {
            NAMES.stream()
                    .filter(name -> !name.equals(node.name))
                    .forEach(name -> node.inbox.connected(name, Peers.FEATURES));
        }
    }

    private void start(Node node) {
        SeededNode life =
                loops.node(
                        node.name.toString(),
                        (where, cause) -> {
                            throw new AssertionError(where, cause);
                        });
        node.life = life;
        RaftLog log =
                RaftLog.open(
                        new SimDisk(1),
                        "log",
                        new RaftLogOptions(WalOptions.defaults(7).withSegmentBytes(64 << 10), 0),
                        life,
                        Meter.NONE,
                        Event.Sink.NONE,
                        (where, cause) -> {
                            throw new AssertionError(where, cause);
                        });
        node.host =
                new Host(
                        new Host.Environment(
                                PLACEMENT,
                                node.name,
                                true,
                                log,
                                node.witness.places,
                                new NoShards(),
                                peersOf(node),
                                life,
                                Meter.NONE,
                                event -> events.add(node.name + " " + event),
                                new SplittableRandom(node.name.hashCode()),
                                () -> {}),
                        Host.Options.defaults(2).withWorkers(workers));
        node.host.start(node.witness);
    }

    private Peers peersOf(Node from) {
        return new Peers() {
            @Override
            public boolean send(NodeId to, Lane lane, Bytes frame) {
                messagesSent += PeerFrame.decode(frame).messages().size();
                if (to.equals(cut) || from.name.equals(cut)) {
                    return true;
                }
                Node receiver = nodes.get(NAMES.indexOf(to));
                underWay.add(() -> receiver.inbox.received(from.name, lane, frame));
                links.wake();
                return true;
            }

            @Override
            public void open(Inbox inbox) {
                from.inbox = inbox;
            }
        };
    }

    private long deliver(long nowNanos) {
        for (int left = underWay.size(); left > 0; left--) {
            underWay.remove().run();
        }
        return underWay.isEmpty() ? Step.UNTIL_WOKEN : nowNanos;
    }

    /// {@return the leader of `shard`, which has nothing to do}
    Node leaderOf(ShardId shard) {
        loops.advance(ELECTION_NANOS_MAX);
        for (Node node : nodes) {
            if (node.host.leader(shard).equals(Optional.of(node.name))) {
                return node;
            }
        }
        throw new AssertionError("no leader: " + loops.describe());
    }

    /// Lets happen what can without time passing.
    void settle() {
        assertTrue(loops.runUntilIdle(HostRig.STEPS_MAX), loops::describe);
    }

    Asked propose(Node node, ShardId shard, String command) {
        var asked = new Asked(shard, Bytes.utf8(command), node.witness);
        node.host.propose(asked);
        return asked;
    }

    /// Whoever wants to read all shards.
    static final class WideReader implements ReadGate.Waiter {
        final Map<Integer, String> refused = new TreeMap<>();
        Optional<ShardSet> passed = Optional.empty();

        WideReader(Node node, long deadlineNanos) {
            var gate = new ReadGate(ShardSet.all(HostRig.SHARDS), this);
            node.host.readBarriers(Consistency.LINEARIZABLE, deadlineNanos, gate);
        }

        @Override
        public void refused(ShardId shard, NoriException why) {
            assertTrue(passed.isEmpty());
            refused.put(shard.number(), why.code().name());
        }

        @Override
        public void decided(ShardSet all) {
            assertTrue(passed.isEmpty());
            passed = Optional.of(all);
        }
    }

    /// Whoever wants to read.
    static final class Reader implements ReplicatedLog.Barrier {
        String heard = "waits";

        Reader(Node node, ShardId shard, Consistency consistency, long deadlineNanos) {
            node.host.readBarrier(shard, consistency, deadlineNanos, this);
        }

        @Override
        public void readable() {
            heard = "readable";
        }

        @Override
        public void refused(NoriException reason) {
            heard = reason.code().name();
        }
    }
}
