package norikv.torture;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.wire.FrameType;
import norikv.work.Bell;
import norikv.work.Loops;

/// The way from one node to another: a port that carries what it gets to the other's port, and can
/// be cut and slowed down without any privilege.
///
/// What is under way while the link is cut is held, as by a network that loses packets: it goes on
/// when the link is whole again. Connections of clients, who are told of this port by the node at
/// its begin, are carried whatever the link is: only nodes are to be parted.
///
/// **Threads.** Any may change the link; two of its own for each connection. **Limits.**
/// [#CONNECTIONS_MAX] connections, one piece of [#PIECE_BYTES] in each direction of each.
final class LinkProxy implements AutoCloseable {
    static final int CONNECTIONS_MAX = 256;
    private static final int PIECE_BYTES = 64 << 10;
    private static final int BACKLOG = 64;
    private static final int CONNECT_MILLIS_MAX = 2_000;
    private static final long LOOK_NANOS = 5_000_000;

    /// Where a frame's header says what it is.
    private static final int TYPE_AT = 5;

    private final Loops loops;
    private final InetSocketAddress target;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile boolean isCut;
    private volatile long delayNanos;

    /// Opens the link to a port of this machine.
    LinkProxy(Loops loops, int targetPort) {
        this.loops = loops;
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
        try {
            this.server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        } catch (IOException e) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START, "no port for a link: " + e.getMessage(), e);
        }
        loops.spawn("torture-link", this::acceptUntilClosed);
    }

    /// {@return the port to call in place of the target's}
    int port() {
        return server.socket().getLocalPort();
    }

    /// Holds everything between nodes from now on.
    void cut() {
        isCut = true;
    }

    /// Lets each piece between nodes take a while from now on; 0: none.
    void slow(long millis) {
        delayNanos = millis * 1_000_000;
    }

    /// Makes the link whole again.
    void heal() {
        isCut = false;
        delayNanos = 0;
    }

    @Override
    public void close() {
        closed = true;
        try {
            server.close();
        } catch (IOException _) {
            // it is of no more use either way
        }
        open.forEach(LinkProxy::hangUp);
    }

    private void acceptUntilClosed() {
        while (!closed) {
            try {
                SocketChannel caller = server.accept();
                if (open.size() >= CONNECTIONS_MAX) {
                    hangUp(caller);
                } else {
                    open.add(caller);
                    loops.spawn("torture-link", () -> carry(caller));
                }
            } catch (IOException _) {
                return; // closed
            }
        }
    }

    private void carry(SocketChannel caller) {
        try (SocketChannel called = SocketChannel.open()) {
            open.add(called);
            try {
                carry(caller, called);
            } finally {
                open.remove(called);
            }
        } catch (IOException _) {
            // either side is gone, and so is the other then
        } finally {
            hangUp(caller);
            open.remove(caller);
        }
    }

    private void carry(SocketChannel caller, SocketChannel called) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        caller.setOption(StandardSocketOptions.TCP_NODELAY, true);
        called.setOption(StandardSocketOptions.TCP_NODELAY, true);
        while (piece.position() <= TYPE_AT) {
            if (caller.read(piece) < 0) {
                return;
            }
        }
        boolean isOfNodes = piece.get(TYPE_AT) >= FrameType.PEER_HELLO.number();
        hold(isOfNodes);
        called.socket().connect(target, CONNECT_MILLIS_MAX);
        loops.spawn("torture-link", () -> pump(called, caller, isOfNodes));
        write(called, piece);
        pump(caller, called, isOfNodes);
    }

    private void pump(SocketChannel from, SocketChannel to, boolean isOfNodes) {
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        try {
            while (from.read(piece) >= 0) {
                hold(isOfNodes);
                write(to, piece);
            }
        } catch (IOException _) {
            // either side is gone, and so is the other then
        } finally {
            hangUp(from);
            hangUp(to);
            open.remove(from);
            open.remove(to);
        }
    }

    /// Waits as long as the link wants.
    private void hold(boolean isOfNodes) {
        Bell bell = new Bell();
        long until = loops.clock().nanoTime() + delayNanos;
        while (isOfNodes && !closed) {
            long left = until - loops.clock().nanoTime();
            if (!isCut && left <= 0) {
                return;
            }
            bell.await(isCut ? LOOK_NANOS : Math.min(left, LOOK_NANOS));
        }
    }

    private static void write(SocketChannel to, ByteBuffer piece) throws IOException {
        piece.flip();
        while (piece.hasRemaining()) {
            to.write(piece);
        }
        piece.clear();
    }

    private static void hangUp(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // it is of no more use either way
        }
    }
}
