package norikv.adapter.nio;

import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.observe.Counter;
import norikv.observe.Label;
import norikv.observe.Meter;
import norikv.port.Peers;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.PeerHello;
import norikv.wire.PeerProof;
import norikv.wire.PeerWelcome;
import norikv.wire.ReplyCodec;
import norikv.work.Loops;
import norikv.work.Pool;

/// The links to the other nodes: this node calls each of them, on a connection a lane, and sends
/// there; what they send comes on the connections that they make to the data port.
///
/// **Threads.** A platform thread for each line out and each link in: no load of clients holds up a
/// heartbeat. **Limits.** [PeerLine] bounds what waits; links in are as many as lines, and as many
/// again while old ones have not ended. **Errors.** Bytes that are no frame, or no message, end a
/// link and never the node.
public final class PeerLinks implements Peers, PeerLine.Events, AutoCloseable {
    private static final Logger LOG = System.getLogger("norikv.nio");

    /// How long the same kind of trouble is not said again.
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Loops loops;

    /// When it was last said that somebody was hung up on.
    private final AtomicLong saidAtNanos;

    private final Map<NodeId, Map<Lane, PeerLine>> lines = new TreeMap<>(
            java.util.Comparator.comparing(NodeId::name));
    private final Map<String, Link> incoming = new ConcurrentHashMap<>();
    private final PeerGreeting greeting;
    private final Counter receivedBytes;
    private final Counter broken;
    private final Pool outThreads;
    private final Pool inThreads;
    private volatile boolean closed;

    /// Null until [#open].
    private volatile Inbox inbox;

    public PeerLinks(
            PeerOptions options,
            PeerPins pins,
            RandomGenerator random,
            Loops loops,
            Meter meter) {
        this.loops = loops;
        this.saidAtNanos = new AtomicLong(loops.clock().nanoTime() - PAUSE_NANOS);
        this.greeting = new PeerGreeting(options, pins, random, loops.clock());
        Label peer = new Label("role", "peer");
        String bytes = "norikv_network_bytes_total";
        String help = "Bytes that crossed the sockets of this node.";
        this.receivedBytes = meter.counter(bytes, help, new Label("direction", "rx"), peer);
        Counter sentBytes = meter.counter(bytes, help, new Label("direction", "tx"), peer);
        this.broken =
                meter.counter(
                        "norikv_peer_links_broken_total",
                        "Links between nodes that ended by bytes that made no sense.");
        options.addresses()
                .forEach(
                        (node, address) -> {
                            Map<Lane, PeerLine> ofNode = new EnumMap<>(Lane.class);
                            for (Lane lane : Lane.values()) {
                                ofNode.put(
                                        lane,
                                        new PeerLine(
                                                node, lane, address, greeting, this,
                                                loops.clock(), sentBytes));
                            }
                            lines.put(node, ofNode);
                        });
        int count = Math.max(1, lines.size() * Lane.values().length);
        this.outThreads = loops.pool("peer-out", count, count);
        this.inThreads = loops.pool("peer-in", 2 * count, count);
        meter.gauge(
                "norikv_peer_lines_connected",
                "Connections to other nodes that are up, three a node.",
                () -> lines().stream().filter(PeerLine::isConnected).count());
    }

    /// {@return the nodes that can be reached on all lanes}
    public List<NodeId> connected() {
        List<NodeId> up = new ArrayList<>();
        lines.forEach(
                (node, ofNode) -> {
                    if (ofNode.values().stream().allMatch(PeerLine::isConnected)) {
                        up.add(node);
                    }
                });
        return up;
    }

    @Override
    public void open(Inbox newInbox) {
        inbox = newInbox;
        for (PeerLine line : lines()) {
            outThreads.offer(line::runUntilClosed);
        }
    }

    @Override
    public boolean send(NodeId to, Lane lane, Bytes frame) {
        Map<Lane, PeerLine> ofNode = lines.get(to);
        return ofNode != null && ofNode.get(lane).send(frame);
    }

    /// Takes over a connection whose first frame is a [PeerHello], which `frames` stands on.
    void adopt(Link link, FrameReader frames, PeerHello hello) {
        boolean taken = !closed && inThreads.offer(() -> serve(link, frames, hello));
        if (!taken) {
            refuse(
                    link,
                    new NoriException.Overloaded(
                            ErrorCode.RESOURCE_EXHAUSTED, "peer: too many links", 1_000));
            link.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        lines().forEach(PeerLine::close);
        incoming.values().forEach(Link::close);
        outThreads.stop();
        inThreads.stop();
    }

    @Override
    public void connected(NodeId to, long features) {
        inbox.connected(to, features);
    }

    @Override
    public void disconnected(NodeId to) {
        inbox.disconnected(to);
    }

    @Override
    public void trouble(NodeId to, Lane lane, String what) {
        // What ends all lanes of a node is said once.
        boolean isNews = lane == Lane.CONTROL || lines.get(to).get(Lane.CONTROL).isConnected();
        LOG.log(
                isNews ? Level.WARNING : Level.DEBUG,
                () -> "No link to a node. node=%s lane=%s why=%s".formatted(to, lane, what));
    }

    private List<PeerLine> lines() {
        return lines.values().stream().flatMap(ofNode -> ofNode.values().stream()).toList();
    }

    private void serve(Link link, FrameReader frames, PeerHello hello) {
        String name = hello.node() + "/" + hello.lane();
        try (link) {
            greet(link, frames, hello);
            Link before = incoming.put(name, link);
            if (before != null) {
                before.close();
            }
            lines.getOrDefault(hello.node(), Map.of()).values().forEach(PeerLine::hurry);
            if (!closed) {
                receive(link, frames, hello);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "A node hung up. link=%s %s".formatted(name, e));
        } catch (NoriException e) {
            hungUp(name, e);
            refuse(link, e);
        } finally {
            incoming.remove(name, link);
        }
    }

    /// Says so once a second at most: whoever can connect could fill the disk with it.
    private void hungUp(String name, NoriException why) {
        broken.increment();
        long now = loops.clock().nanoTime();
        long last = saidAtNanos.get();
        Level level =
                now - last >= PAUSE_NANOS && saidAtNanos.compareAndSet(last, now)
                        ? Level.WARNING
                        : Level.DEBUG;
        LOG.log(
                level,
                () -> "Hung up on a node. link=%s why=%s".formatted(name, why.getMessage()));
    }

    private void greet(Link link, FrameReader frames, PeerHello hello) throws IOException {
        PeerWelcome welcome = greeting.welcome(hello);
        var out = new ByteWriter(512);
        welcome.encode(out);
        link.write(ByteBuffer.wrap(out.array(), 0, out.length()));
        await(link, frames);
        if (frames.type() != FrameType.PEER_PROOF) {
            throw NoriException.invalid("peer: PEER_PROOF, got " + frames.type());
        }
        greeting.accept(hello, welcome, PeerProof.decode(frames.payload()));
    }

    private void receive(Link link, FrameReader frames, PeerHello hello) throws IOException {
        Lane lane = Lane.values()[hello.lane()];
        while (true) {
            await(link, frames);
            if (frames.type() != FrameType.PEER_MESSAGES) {
                throw NoriException.invalid("peer: PEER_MESSAGES, got " + frames.type());
            }
            ByteReader payload = frames.payload();
            Bytes shared = payload.bytes(payload.remaining());
            inbox.received(hello.node(), lane, shared);
        }
    }

    private void await(Link link, FrameReader frames) throws IOException {
        while (!frames.next()) {
            int count = link.read(frames.room());
            if (count < 0) {
                throw new EOFException("hung up");
            }
            receivedBytes.add(count);
            frames.filled(count);
        }
    }

    private static void refuse(Link link, NoriException why) {
        var out = new ByteWriter(512);
        ReplyCodec.encodeGoAway(out, 0, why.toReply());
        try {
            link.write(ByteBuffer.wrap(out.array(), 0, out.length()));
        } catch (IOException _) {
            // It has gone already.
        }
    }
}
