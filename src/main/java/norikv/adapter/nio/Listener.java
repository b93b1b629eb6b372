package norikv.adapter.nio;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import norikv.bytes.ByteWriter;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.observe.Counter;
import norikv.observe.Label;
import norikv.observe.Meter;
import norikv.port.KeyValue;
import norikv.wire.Hello;
import norikv.wire.ReplyCodec;
import norikv.wire.Welcome;
import norikv.work.Bell;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;

/// The data port: accepts connections and serves each on virtual threads of its own.
///
/// **Limits.** [NioOptions]. **Threads.** Any may drain and close, once. **Errors.** A port that
/// cannot be bound is [NoriException.Refused] with `CANNOT_START`.
public final class Listener implements AutoCloseable {
    private static final Logger LOG = System.getLogger("norikv.nio");
    private static final long JANITOR_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long ACCEPT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int BACKLOG = 1024;

    /// How many connections too many are told so at a time; further ones are closed at once.
    private static final int REFUSING_MAX = 64;

    private static final int REFUSED_BYTES_MAX = 4096;

    private final NioOptions options;
    private final Loops loops;
    private final ServerSocketChannel server;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Set<Link> refusing = ConcurrentHashMap.newKeySet();
    private final Counter receivedBytes;
    private final Counter sentBytes;
    private final Counter refused;
    private final Loop janitor;
    private final Bell acceptPause = new Bell();
    private final String httpLine;

    private volatile boolean draining;

    /// Who goes on with the connections of other nodes; null where there are none.
    private volatile PeerLinks peers;

    // Both are set by serve(), before the first connection is accepted.
    private KeyValue keyValue;
    private Function<Hello, Welcome> greeter;

    private Listener(
            ServerSocketChannel server,
            NioOptions options,
            Loops loops,
            Meter meter,
            String httpLine) {
        this.server = server;
        this.options = options;
        this.loops = loops;
        this.httpLine = httpLine;
        Label client = new Label("role", "client");
        String bytes = "norikv_network_bytes_total";
        String bytesHelp = "Bytes that crossed the sockets of this node.";
        this.receivedBytes = meter.counter(bytes, bytesHelp, new Label("direction", "rx"), client);
        this.sentBytes = meter.counter(bytes, bytesHelp, new Label("direction", "tx"), client);
        this.refused =
                meter.counter(
                        "norikv_connections_refused_total",
                        "Connections closed at once because the limit was reached.");
        meter.gauge(
                "norikv_connections", "Connections that are open.", connections::size, client);
        this.janitor = loops.start("nio-janitor", this::closeOverdue);
    }

    /// Takes `address`, so that a start that cannot have it fails before it has touched anything.
    /// Clients that connect wait until [#serve].
    ///
    /// @param address port 0 takes any free one
    /// @param httpLine what to tell whoever speaks HTTP to this port, one line
    public static Listener bind(
            InetSocketAddress address,
            NioOptions options,
            Loops loops,
            Meter meter,
            String httpLine) {
        return new Listener(bind(address), options, loops, meter, httpLine);
    }

    /// Lets `links` go on with the connections that other nodes make. Before [#serve].
    public void peers(PeerLinks links) {
        peers = links;
    }

    /// {@return who serves other nodes; null where there are none}
    PeerLinks peers() {
        return peers;
    }

    /// Begins to accept. Once.
    ///
    /// @param toServe where requests go
    /// @param toGreet answers a client's HELLO, or throws what is wrong with it
    public void serve(KeyValue toServe, Function<Hello, Welcome> toGreet) {
        keyValue = toServe;
        greeter = toGreet;
        loops.spawn("nio-accept", this::acceptUntilClosed);
    }

    /// {@return the port in use}
    public int port() {
        return server.socket().getLocalPort();
    }

    /// Accepts no more connections and no more requests, and waits until what is under way is
    /// answered and written, or the monotonic clock reaches `deadlineNanos`.
    ///
    /// @return whether everything was answered in time
    public boolean drain(long deadlineNanos) {
        draining = true;
        closeServer();
        return awaitUntil(this::isQuiet, deadlineNanos);
    }

    /// Closes the port and every connection, whatever is under way; peers are told how far their
    /// requests were read, as far as they listen.
    @Override
    public void close() {
        draining = true;
        closeServer();
        janitor.stop();
        Reply.Failed why =
                new Reply.Failed(ErrorCode.UNAVAILABLE, "the node is shutting down", 0);
        connections.forEach(connection -> connection.leave(why));
        awaitUntil(connections::isEmpty, clock().nanoTime() + FAREWELL_NANOS);
        connections.forEach(Connection::close);
        refusing.forEach(Link::close);
    }

    NioOptions options() {
        return options;
    }

    Clock clock() {
        return loops.clock();
    }

    KeyValue keyValue() {
        return keyValue;
    }

    Counter receivedBytes() {
        return receivedBytes;
    }

    Counter sentBytes() {
        return sentBytes;
    }

    String httpLine() {
        return httpLine;
    }

    boolean isDraining() {
        return draining;
    }

    Welcome welcome(Hello hello) {
        return greeter.apply(hello);
    }

    void closed(Connection connection) {
        connections.remove(connection);
    }

    private boolean awaitUntil(BooleanSupplier condition, long deadlineNanos) {
        Bell bell = new Bell();
        while (!condition.getAsBoolean()) {
            long left = deadlineNanos - clock().nanoTime();
            if (left <= 0) {
                return false;
            }
            bell.await(Math.min(left, LOOK_NANOS));
        }
        return true;
    }

    private static ServerSocketChannel bind(InetSocketAddress address) {
        try {
            ServerSocketChannel server = ServerSocketChannel.open();
            try {
                server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                server.bind(address, BACKLOG);
                return server;
            } catch (IOException | RuntimeException e) {
                server.close();
                throw e;
            }
        } catch (BindException e) {
            throw cannotListen(address, e);
        } catch (IOException | java.nio.channels.UnresolvedAddressException e) {
            throw cannotListen(address, e);
        }
    }

    private static NoriException cannotListen(InetSocketAddress address, Exception cause) {
        return new NoriException.Refused(
                ErrorCode.CANNOT_START,
                "rpc_addr: cannot listen on %s:%d (%s); is another node running there?"
                        .formatted(address.getHostString(), address.getPort(), cause.getMessage()),
                cause);
    }

    private void acceptUntilClosed() {
        while (!draining) {
            try {
                welcome(server.accept());
            } catch (AsynchronousCloseException _) {
                return; // drain or close
            } catch (ClosedChannelException _) {
                return;
            } catch (IOException e) {
                // No descriptors left, most likely: those who are connected go on.
                LOG.log(Level.WARNING, () -> "Could not accept a connection. " + e.getMessage());
                acceptPause.await(ACCEPT_PAUSE_NANOS);
            }
        }
    }

    private void welcome(SocketChannel channel) throws IOException {
        SocketLink link;
        try {
            link = new SocketLink(channel);
        } catch (IOException e) {
            channel.close();
            return; // the peer has gone again
        }
        if (connections.size() >= options.connectionsMax()) {
            refused.increment();
            if (refusing.size() < REFUSING_MAX) {
                refusing.add(link);
                loops.spawn("nio-refuse", () -> refuse(link));
            } else {
                link.close();
            }
            return;
        }
        Connection connection = new Connection(link, this);
        connections.add(connection);
        if (draining) {
            connection.close();
            return;
        }
        loops.spawn("nio-write", connection::writeUntilClosed);
        loops.spawn("nio-read", connection::readUntilClosed);
    }

    /// Says why, then reads the HELLO that is on its way: closing before would reset the connection
    /// and take the answer with it.
    private void refuse(Link link) {
        Reply.Failed full =
                new Reply.Failed(
                        ErrorCode.RESOURCE_EXHAUSTED,
                        "limits.connections_max: at most %d connections, all in use"
                                .formatted(options.connectionsMax()),
                        1000);
        ByteWriter out = new ByteWriter(512);
        ReplyCodec.encodeGoAway(out, 0, full);
        try (link) {
            link.write(ByteBuffer.wrap(out.array(), 0, out.length()));
            link.endOutput();
            link.read(ByteBuffer.allocate(REFUSED_BYTES_MAX));
        } catch (IOException _) {
            // The peer has gone, or the janitor has waited long enough.
        } finally {
            refusing.remove(link);
        }
    }

    private long closeOverdue(long nowNanos) {
        for (Connection connection : connections) {
            connection.closeIfOverdue(nowNanos);
        }
        refusing.forEach(Link::close);
        return nowNanos + JANITOR_NANOS;
    }

    private boolean isQuiet() {
        for (Connection connection : connections) {
            if (!connection.isQuiet()) {
                return false;
            }
        }
        return true;
    }

    private void closeServer() {
        try {
            server.close();
        } catch (IOException _) {
            // It accepts nothing any more either way.
        }
    }
}
