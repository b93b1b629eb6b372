package norikv.server;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.port.Peers;
import norikv.work.Loop;
import norikv.work.SeededLoops;
import norikv.work.Step;

/// The links between simulated nodes: frames of a lane arrive in order and late, or are lost with
/// the link. Links break at random, one way or both, and are made again.
final class SimNetwork implements Step {
    /// The most frames on one lane before it takes no more.
    private static final int LANE_FRAMES_MAX = 256;

    /// `wire/streams.md`: PIECE.
    private static final int CHUNK_KIND = 2;

    private static final long DELAY_NANOS_MAX = 5_000_000;

    private final SeededLoops driver;
    private final Random random;
    private final Loop loop;
    private final Map<NodeId, Peers.Inbox> inboxes = new HashMap<>();
    private final Map<Way, Lane> lanes = new HashMap<>();
    private final Map<NodeId, Long> features = new HashMap<>();
    private final Set<String> cut = new HashSet<>();
    private final PriorityQueue<Arrival> arrivals =
            new PriorityQueue<>(
                    Comparator.comparingLong(Arrival::atNanos)
                            .thenComparingLong(Arrival::number));
    private final PeerWitness witness = new PeerWitness();
    private long numbers;

    /// Parts of a thousand of the frames that break their link.
    int lossPerMille;

    /// The same of the lane on which whole shards go.
    int streamLossPerMille;

    /// Whether chunks of shards are lost; the words about them arrive.
    boolean losesChunks;

    /// Parts of a thousand of the frames that arrive damaged.
    int damagePerMille;

    private record Way(NodeId from, NodeId to, Peers.Lane lane) {}

    private record Arrival(long atNanos, long number, Way way, long life) {}

    private static final class Lane {
        final ArrayDeque<Bytes> frames = new ArrayDeque<>();
        long lastAtNanos;
        long life;

        /// Whether the sender was told that there is a link.
        boolean isMet;
    }

    SimNetwork(SeededLoops driver, Random random) {
        this.driver = driver;
        this.random = random;
        this.loop = driver.start("network", this);
    }

    /// From now on `node` is of a build that knows only so much.
    void knows(NodeId node, long known) {
        features.put(node, known);
    }

    private long features(NodeId node) {
        return features.getOrDefault(node, Peers.FEATURES);
    }

    /// {@return what `node` sends with, in a new life of it}
    Peers of(NodeId node) {
        leave(node);
        return new Peers() {
            @Override
            public boolean send(NodeId to, Lane lane, Bytes frame) {
                return SimNetwork.this.send(new Way(node, to, lane), frame);
            }

            @Override
            public void open(Inbox inbox) {
                inboxes.put(node, inbox);
            }
        };
    }

    /// {@return how many entries of the host were sent, each counted once}
    int hostEntries() {
        return witness.hostEntries();
    }

    /// The process of `node` is gone.
    void leave(NodeId node) {
        witness.ended(node);
        inboxes.remove(node);
        for (Way way : lanes.keySet().toArray(Way[]::new)) {
            if (way.from().equals(node) || way.to().equals(node)) {
                breakLink(way);
            }
        }
    }

    void cut(NodeId from, NodeId to) {
        cut.add(from + ">" + to);
        for (Peers.Lane lane : Peers.Lane.values()) {
            breakLink(new Way(from, to, lane));
        }
    }

    void heal() {
        cut.clear();
    }

    private boolean send(Way way, Bytes frame) {
        if (way.lane() != Peers.Lane.SNAPSHOT) {
            witness.sent(way.from(), frame);
        }
        if (cut.contains(way.from() + ">" + way.to()) || !inboxes.containsKey(way.to())) {
            return false;
        }
        Lane lane = lanes.computeIfAbsent(way, _ -> new Lane());
        if (!lane.isMet && way.lane() == Peers.Lane.CONTROL) {
            lane.isMet = true;
            long both = features(way.from()) & features(way.to());
            inboxes.get(way.from()).connected(way.to(), both);
        }
        if (lane.frames.size() == LANE_FRAMES_MAX) {
            return false;
        }
        boolean isStream = way.lane() == Peers.Lane.SNAPSHOT;
        int loss = isStream ? Math.max(streamLossPerMille, lossPerMille) : lossPerMille;
        if (isStream && losesChunks && frame.array()[frame.offset() + 1] == CHUNK_KIND) {
            return true;
        }
        if (random.nextInt(1000) < loss) {
            breakLink(way);
            return random.nextBoolean();
        }
        long at = driver.nowNanos() + random.nextLong(DELAY_NANOS_MAX);
        lane.lastAtNanos = Math.max(lane.lastAtNanos, at);
        lane.frames.addLast(frame);
        arrivals.add(new Arrival(lane.lastAtNanos, numbers++, way, lane.life));
        loop.wake();
        return true;
    }

    @Override
    public long runOnce(long nowNanos) {
        while (!arrivals.isEmpty() && arrivals.peek().atNanos() <= nowNanos) {
            Arrival arrival = arrivals.remove();
            Lane lane = lanes.get(arrival.way());
            if (lane.life == arrival.life()) {
                deliver(arrival.way(), lane.frames.removeFirst());
            }
        }
        return arrivals.isEmpty() ? UNTIL_WOKEN : arrivals.peek().atNanos();
    }

    private void deliver(Way way, Bytes frame) {
        Peers.Inbox inbox = inboxes.get(way.to());
        if (inbox == null) {
            return;
        }
        if (random.nextInt(1000) < damagePerMille) {
            // The checksum of the link finds it: the link ends.
            breakLink(way);
            return;
        }
        inbox.received(way.from(), way.lane(), frame);
    }

    /// What is on its way is lost, and both ends hear of it.
    private void breakLink(Way way) {
        Lane lane = lanes.computeIfAbsent(way, _ -> new Lane());
        lane.frames.clear();
        lane.isMet = false;
        lane.life++;
        Peers.Inbox from = inboxes.get(way.from());
        if (from != null) {
            from.disconnected(way.to());
        }
    }
}
