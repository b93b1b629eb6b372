package norikv.adapter.nio;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.wire.Frame;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.Hello;
import norikv.wire.PeerHello;
import norikv.wire.ReplyCodec;
import norikv.wire.RequestCodec;
import norikv.wire.Welcome;
import norikv.work.Bell;

/// One client: reads frames, submits requests, and owes each exactly one reply.
///
/// **Threads.** A virtual thread reads ([#readUntilClosed()]), another writes what the reader does
/// not ([#writeUntilClosed()]); the listener's janitor looks at it and may close it. **Limits.** A
/// [Window] of requests and bytes, beyond which nothing is read. **Errors.** Bytes that are no
/// frame end this connection with a GOAWAY that says why; a sound frame with a bad request gets a
/// failed reply, and the connection goes on. No fault of a client reaches another one.
final class Connection {
    private static final Logger LOG = System.getLogger("norikv.nio");

    private final Link link;
    private final Listener listener;
    private final FrameReader frames = new FrameReader();
    private final Bell room = new Bell();
    private final Window window;
    private final Outbox outbox;

    private long lastRequestId; // the reader's
    private volatile long lastReadNanos;
    private volatile boolean greeted;
    private volatile boolean closed;

    /// Why the node ends the connection; null while it does not.
    private volatile Reply.Failed farewell;

    Connection(Link link, Listener listener) {
        NioOptions options = listener.options();
        this.link = link;
        this.listener = listener;
        this.window =
                new Window(options.requestsInFlightMax(), options.bytesInFlightMax(), room);
        this.outbox = new Outbox(link, window, listener.clock(), listener.sentBytes());
        this.lastReadNanos = listener.clock().nanoTime();
    }

    /// Serves until either side has had enough. The reader's whole life.
    void readUntilClosed() {
        try {
            serve();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "Connection lost. peer=%s %s".formatted(link.peer(), e));
        } finally {
            close();
        }
    }

    /// Writes replies that come while the reader waits. The writer's whole life.
    void writeUntilClosed() {
        try {
            while (!closed) {
                outbox.awaitAndFlush();
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "Connection lost. peer=%s %s".formatted(link.peer(), e));
        } finally {
            close();
        }
    }

    /// {@return whether every request that was read is answered, and the answers are written}
    boolean isQuiet() {
        return window.isEmpty();
    }

    /// Closes the connection if it has outlived one of its limits. Only the janitor.
    void closeIfOverdue(long nowNanos) {
        NioOptions options = listener.options();
        long silent = nowNanos - lastReadNanos;
        long stalledSince = outbox.stalledSinceNanos();
        if (!greeted && silent > options.handshakeTimeout().toNanos()) {
            leaveBecause("no HELLO in time");
        } else if (window.isEmpty() && silent > options.idleTimeout().toNanos()) {
            leaveBecause("idle for too long");
        } else if (stalledSince != Long.MAX_VALUE
                && nowNanos - stalledSince > options.stallTimeout().toNanos()) {
            LOG.log(
                    Level.DEBUG,
                    () -> "Replies were left unread too long. peer=%s".formatted(link.peer()));
            close();
        }
    }

    /// Lets the connection end in good order: nothing more is read, and the peer is told the last
    /// request that was, so that it knows of later ones that they never happened.
    void leave(Reply.Failed why) {
        farewell = why;
        link.endInput();
    }

    void close() {
        if (!closed) {
            closed = true;
            link.close();
            outbox.wakeWriter();
            room.ring();
            listener.closed(this);
        }
    }

    private void leaveBecause(String reason) {
        leave(new Reply.Failed(ErrorCode.UNAVAILABLE, "connection closed: " + reason, 0));
    }

    private void serve() throws IOException {
        try {
            while (!closed && readSome()) {
                handleFrames();
            }
            if (farewell == null) {
                leaveUntil(window::isEmpty); // the peer sends no more, but may wait for answers
            } else {
                sayGoAway(farewell);
            }
        } catch (NoriException malformed) {
            sayGoAway(malformed.toReply());
        }
    }

    private boolean readSome() throws IOException {
        leaveUntil(window::hasRoom);
        int count = link.read(frames.room());
        if (count < 0) {
            return false;
        }
        frames.filled(count);
        lastReadNanos = listener.clock().nanoTime();
        listener.receivedBytes().add(count);
        outbox.readerComes();
        return true;
    }

    /// Flushes, and waits until the window is as it should be: meanwhile nothing is read, and TCP
    /// tells the peer to wait, by and by.
    private void leaveUntil(BooleanSupplier condition) throws IOException {
        outbox.readerLeaves();
        while (!condition.getAsBoolean() && !closed) {
            room.await();
        }
    }

    private void handleFrames() throws IOException {
        if (!greeted && frames.sawHttp()) {
            answerHttp();
            return;
        }
        while (!closed && frames.next()) {
            switch (frames.type()) {
                case HELLO -> greet();
                case PEER_HELLO -> {
                    handOver();
                    return;
                }
                case REQUEST -> handleRequest();
                case PING -> answerPing();
                case PONG -> {}
                case WELCOME, REPLY, GOAWAY, PEER_WELCOME, PEER_PROOF, PEER_MESSAGES ->
                        throw unexpected();
            }
            if (!window.hasRoom()) {
                leaveUntil(window::hasRoom);
                outbox.readerComes();
            }
        }
    }

    private void handleRequest() {
        if (!greeted) {
            throw unexpected();
        }
        long requestId = frames.requestId();
        lastRequestId = requestId;
        ByteReader payload = frames.payload();
        int bytes = payload.remaining();
        RequestCodec.Asked asked;
        try {
            asked = RequestCodec.decode(payload);
        } catch (NoriException refused) {
            answerAtOnce(requestId, refused.toReply());
            return;
        }
        if (listener.isDraining()) {
            answerAtOnce(
                    requestId,
                    new Reply.Failed(
                            ErrorCode.UNAVAILABLE, "the node is shutting down; not executed", 0));
            return;
        }
        Request request = asked.request();
        PendingReply pending =
                new PendingReply(outbox, requestId, window.open(request, bytes));
        long deadline = lastReadNanos + TimeUnit.MILLISECONDS.toNanos(asked.deadlineMillis());
        listener.keyValue().submit(request, deadline, pending);
    }

    private void answerAtOnce(long requestId, Reply reply) {
        window.openFrame();
        new PendingReply(outbox, requestId, 0).reply(reply);
    }

    private void greet() {
        if (greeted) {
            throw unexpected();
        }
        Welcome welcome = listener.welcome(Hello.decode(frames.payload()));
        greeted = true;
        ByteWriter out = new ByteWriter(256);
        welcome.encode(out, frames.requestId());
        send(out);
    }

    /// Another node calls: whoever serves nodes goes on with the socket.
    private void handOver() {
        PeerLinks peers = listener.peers();
        if (greeted || peers == null) {
            throw unexpected();
        }
        PeerHello hello = PeerHello.decode(frames.payload());
        closed = true;
        outbox.wakeWriter();
        listener.closed(this);
        peers.adopt(link, frames, hello);
    }

    private void answerPing() {
        ByteWriter out = new ByteWriter(Frame.PING_BYTES_MAX * 2);
        Bytes echo = Frame.decodeEcho(frames.payload());
        Frame.encodeEcho(out, FrameType.PONG, frames.requestId(), echo);
        send(out);
    }

    private void answerHttp() throws IOException {
        Bytes answer = Frame.httpAnswer(listener.httpLine());
        send(new ByteWriter(answer.length()).bytes(answer));
        outbox.readerLeaves();
        close();
    }

    private NoriException unexpected() {
        return new NoriException.Malformed(
                ErrorCode.MALFORMED_FRAME,
                "%s at this point of the conversation; a client says HELLO once, then REQUEST"
                        .formatted(frames.type()));
    }

    /// Says why this is the end, after the replies that are ready. Those that are not get lost with
    /// the connection, as with any that breaks.
    private void sayGoAway(Reply.Failed why) throws IOException {
        LOG.log(
                Level.DEBUG,
                () -> "Sent a client away. peer=%s %s".formatted(link.peer(), why.message()));
        ByteWriter out = new ByteWriter(512);
        ReplyCodec.encodeGoAway(out, lastRequestId, why);
        send(out);
        outbox.readerLeaves();
    }

    private void send(ByteWriter frame) {
        window.openFrame();
        new PendingReply(outbox, 0, 0).frame(frame.toBytes());
    }
}
