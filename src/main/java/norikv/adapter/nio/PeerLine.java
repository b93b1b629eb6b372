package norikv.adapter.nio;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.observe.Counter;
import norikv.port.Peers.Lane;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.PeerHello;
import norikv.wire.PeerProof;
import norikv.wire.PeerWelcome;
import norikv.wire.ReplyCodec;
import norikv.work.Bell;
import norikv.work.Clock;

/// One direction of one lane to one node: calls it again and again, and sends what there is.
///
/// **Threads.** One of its own calls and waits ([#runUntilClosed]); any sends. Who sends writes at
/// once what the socket takes, so that a pass costs no change of threads; what it does not take is
/// queued, and written by the line's own thread. **Limits.** [#QUEUE_BYTES_MAX]; beyond it nothing
/// is taken. A node that takes nothing for [#STALL_NANOS] is hung up on.
final class PeerLine {
    /// What may wait for the socket, bytes.
    static final long QUEUE_BYTES_MAX = 8L << 20;

    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int CONNECT_MILLIS_MAX = 2_000;
    private static final int GREETING_MILLIS_MAX = 5_000;
    private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_MILLIS = 1_000;

    /// For so long nodes that are started together may not reach each other, and nothing is wrong.
    private static final long START_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    private final NodeId to;
    private final Lane lane;
    private final Supplier<InetSocketAddress> address;
    private final PeerGreeting greeting;
    private final Events events;
    private final Clock clock;
    private final Counter sentBytes;
    private final Bell pause = new Bell();

    /// What is wrong with the node, said once until it changes.
    private String lastTrouble = "";

    private volatile boolean closed;

    // Of the line's own thread.
    private long beganNanos;
    private boolean wasConnected;

    // Guarded by this.
    private final ArrayDeque<ByteBuffer> queue = new ArrayDeque<>();
    private final ByteWriter frame = new ByteWriter(4 << 10);
    private long queuedBytes;
    private long movedAtNanos;

    /// Null while there is no link.
    private SocketChannel channel;

    private Selector selector;

    /// Who hears of the line's life.
    interface Events {
        /// @param features what both ends know
        void connected(NodeId to, long features);

        void disconnected(NodeId to);

        void trouble(NodeId to, Lane lane, String what);
    }

    PeerLine(
            NodeId to,
            Lane lane,
            Supplier<InetSocketAddress> address,
            PeerGreeting greeting,
            Events events,
            Clock clock,
            Counter sentBytes) {
        this.to = to;
        this.lane = lane;
        this.address = address;
        this.greeting = greeting;
        this.events = events;
        this.clock = clock;
        this.sentBytes = sentBytes;
    }

    /// {@return whether `messages` are on their way}
    synchronized boolean send(Bytes messages) {
        if (channel == null || queuedBytes > QUEUE_BYTES_MAX) {
            return false;
        }
        frame.clear();
        PeerProof.encodeMessages(frame, messages);
        sentBytes.add(frame.length());
        ByteBuffer bytes = ByteBuffer.wrap(frame.array(), 0, frame.length());
        try {
            if (queue.isEmpty()) {
                movedAtNanos = clock.nanoTime();
                channel.write(bytes);
            }
        } catch (IOException e) {
            selector.wakeup(); // its thread finds the same, and hangs up
            return false;
        }
        if (bytes.hasRemaining()) {
            ByteBuffer kept = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
            queue.addLast(kept);
            queuedBytes += kept.remaining();
            selector.wakeup();
        }
        return true;
    }

    synchronized boolean isConnected() {
        return channel != null;
    }

    /// Calls, serves, and calls again. The line's whole life.
    void runUntilClosed() {
        beganNanos = clock.nanoTime();
        long pauseNanos = PAUSE_NANOS_MIN;
        while (!closed) {
            long began = clock.nanoTime();
            try {
                connectAndServe();
            } catch (IOException | UnresolvedAddressException | NoriException e) {
                note(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
            }
            if (closed) {
                return;
            }
            boolean lived = clock.nanoTime() - began > PAUSE_NANOS_MAX;
            pauseNanos = lived ? PAUSE_NANOS_MIN : Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
            pause.await(pauseNanos);
        }
    }

    /// Its node is there: tries again now if it waits to.
    void hurry() {
        pause.ring();
    }

    void close() {
        closed = true;
        pause.ring();
        synchronized (this) {
            if (selector != null) {
                selector.wakeup();
            }
        }
    }

    private void connectAndServe() throws IOException {
        try (SocketChannel socket = SocketChannel.open();
                Selector own = Selector.open()) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.socket().connect(address.get(), CONNECT_MILLIS_MAX);
            long features = greet(socket);
            socket.configureBlocking(false);
            begin(socket, own, features);
            try {
                serve(socket, own);
            } finally {
                end();
            }
        }
    }

    /// @return what both ends know
    private long greet(SocketChannel socket) throws IOException {
        socket.socket().setSoTimeout(GREETING_MILLIS_MAX);
        InputStream in = socket.socket().getInputStream();
        PeerHello hello = greeting.hello(lane);
        var out = new ByteWriter(512);
        hello.encode(out);
        write(socket, out);
        var frames = new FrameReader();
        while (!frames.next()) {
            ByteBuffer room = frames.room();
            int at = room.arrayOffset() + room.position();
            int count = in.read(room.array(), at, room.remaining());
            if (count < 0) {
                throw new EOFException("hung up during the greeting");
            }
            frames.filled(count);
        }
        if (frames.type() == FrameType.GOAWAY) {
            throw refusal(ReplyCodec.decode(frames.payload()));
        }
        if (frames.type() != FrameType.PEER_WELCOME) {
            throw NoriException.invalid("peer: PEER_WELCOME, got " + frames.type());
        }
        PeerWelcome welcome = PeerWelcome.decode(frames.payload());
        PeerProof proof = greeting.prove(to, hello, welcome);
        out.clear();
        proof.encode(out);
        write(socket, out);
        return welcome.features() & hello.features();
    }

    private static NoriException refusal(Reply reply) {
        return reply instanceof Reply.Failed failed
                ? NoriException.of(failed)
                : NoriException.invalid("peer: a reason, got " + reply);
    }

    private static void write(SocketChannel socket, ByteWriter out) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(out.array(), 0, out.length());
        while (bytes.hasRemaining()) {
            socket.write(bytes);
        }
    }

    private void begin(SocketChannel socket, Selector own, long features) {
        synchronized (this) {
            channel = socket;
            selector = own;
            movedAtNanos = clock.nanoTime();
        }
        lastTrouble = "";
        wasConnected = true;
        events.connected(to, features);
    }

    private void end() {
        synchronized (this) {
            channel = null;
            selector = null;
            queue.clear();
            queuedBytes = 0;
        }
        events.disconnected(to);
    }

    /// Writes what is queued and waits for the other side to hang up: it says nothing here.
    private void serve(SocketChannel socket, Selector own) throws IOException {
        SelectionKey key = socket.register(own, SelectionKey.OP_READ);
        ByteBuffer word = ByteBuffer.allocate(512);
        while (!closed) {
            key.interestOps(
                    SelectionKey.OP_READ | (isQueueEmpty() ? 0 : SelectionKey.OP_WRITE));
            own.select(LOOK_MILLIS);
            own.selectedKeys().clear();
            if (key.isReadable() && socket.read(word.clear()) < 0) {
                throw new EOFException("hung up");
            }
            writeQueued(socket);
        }
    }

    private synchronized boolean isQueueEmpty() {
        return queue.isEmpty();
    }

    private synchronized void writeQueued(SocketChannel socket) throws IOException {
        while (!queue.isEmpty()) {
            ByteBuffer first = queue.getFirst();
            int count = socket.write(first);
            queuedBytes -= count;
            if (count > 0) {
                movedAtNanos = clock.nanoTime();
            }
            if (first.hasRemaining()) {
                if (clock.nanoTime() - movedAtNanos > STALL_NANOS) {
                    throw new IOException("takes nothing");
                }
                return;
            }
            queue.removeFirst();
        }
    }

    private void note(String trouble) {
        boolean mayBeStarting = !wasConnected && clock.nanoTime() - beganNanos < START_NANOS_MAX;
        if (!closed && !mayBeStarting && !trouble.equals(lastTrouble)) {
            lastTrouble = trouble;
            events.trouble(to, lane, trouble);
        }
    }
}
