package norikv.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicReference;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.wire.Frame;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.Hello;
import norikv.wire.ReplyCodec;
import norikv.wire.RequestCodec;
import norikv.wire.Welcome;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.Step;

/// One connection for its whole life: opened, agreed on, written by one virtual thread and read by
/// another, closed once.
///
/// The writer takes all calls that wait, encodes them one after the other, and writes them with one
/// system call: while it writes, the next ones gather. **Threads.** Any offers and closes.
/// **Limits.** [#GATHER_BYTES_MAX] and one frame are encoded at a time; the ring holds at least as
/// many calls as the client may have in flight.
final class Connection {
    /// When so much is encoded it is written before more is taken.
    private static final int GATHER_BYTES_MAX = 128 << 10;

    private static final int WRITER_BYTES = 16 << 10;

    /// Sent and unanswered for so long, with nothing else heard either: ask whether anybody is
    /// there.
    static final long QUIET_NANOS_MAX = 5_000_000_000L;

    /// Nothing heard for so long: nobody is.
    static final long SILENT_NANOS_MAX = 10_000_000_000L;

    /// A slot that no call has.
    private static final int NO_SLOT = (1 << Calls.SLOT_BITS) - 1;

    private enum Stage {
        OPENING,
        OPEN,
        /// The node takes no more, but answers what it has read. After that we close.
        DRAINING,
        CLOSED
    }

    private record Echo(long id, Bytes payload) {}

    private final Loops loops;
    private final Calls calls;
    private final Nodes nodes;
    private final Endpoint endpoint;
    private final ClientOptions options;
    private final int node;
    private final CallRing ring;
    private final long openBy;
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.OPENING);
    private final AtomicReference<Signal> idle = new AtomicReference<>();
    private final AtomicReference<Echo> toEcho = new AtomicReference<>();

    /// Null until the socket exists, and never looked at before that but by closing.
    private volatile SocketChannel channel;

    private volatile Reply.Failed closedBecause;
    private volatile long lastRead = -1;
    private volatile boolean pingWanted;

    /// Since when the node owes an answer; 0: it does not.
    private volatile long owedSince;

    /// The silence that was answered by a ping; only the step of the client asks.
    private long pingedFor;

    /// What the node has of [Hello#FEATURES]. Written before the writer starts.
    private long features;

    /// Numbers the frames; only the writer counts.
    private long sequence;

    Connection(
            Loops loops,
            Calls calls,
            Nodes nodes,
            Endpoint endpoint,
            ClientOptions options,
            int node) {
        this.loops = loops;
        this.calls = calls;
        this.nodes = nodes;
        this.endpoint = endpoint;
        this.options = options;
        this.node = node;
        int capacity = Integer.highestOneBit(Math.max(2, 2 * options.maxInFlight() - 1));
        this.ring = new CallRing(capacity);
        this.openBy = loops.clock().nanoTime() + options.connectTimeout().toNanos();
    }

    void start() {
        loops.spawn("norikv-client-reader", this::run);
    }

    /// {@return the number of its node}
    int node() {
        return node;
    }

    boolean takesCalls() {
        Stage now = stage.get();
        return now == Stage.OPEN || now == Stage.OPENING;
    }

    boolean isClosed() {
        return stage.get() == Stage.CLOSED;
    }

    /// {@return why it is closed}
    Reply.Failed closedBecause() {
        return closedBecause;
    }

    /// Queues a call.
    ///
    /// @return false when the queue is full
    boolean offer(Call call) {
        if (!ring.offer(call)) {
            return false;
        }
        wakeWriter();
        return true;
    }

    /// Called every now and then.
    ///
    /// @return whether to call again soon
    boolean tick(long nowNanos) {
        return switch (stage.get()) {
            case OPENING -> {
                if (nowNanos >= openBy) {
                    close(unavailable("no welcome within " + options.connectTimeout()));
                }
                yield true;
            }
            case OPEN -> listen(nowNanos);
            case DRAINING -> {
                if (!calls.areOn(this)) {
                    close(closedBecause);
                }
                yield listen(nowNanos) || !isClosed();
            }
            case CLOSED -> false;
        };
    }

    private boolean listen(long nowNanos) {
        long since = owedSince;
        if (since == 0) {
            return false;
        }
        if (nowNanos - since >= SILENT_NANOS_MAX) {
            close(unavailable("nothing heard for 10 s"));
        } else if (nowNanos - since >= QUIET_NANOS_MAX && pingedFor != since) {
            pingedFor = since;
            pingWanted = true;
            wakeWriter();
        }
        return true;
    }

    /// Ends it for good. Calls that were not sent are tried elsewhere.
    void close(Reply.Failed cause) {
        // The node's own last word says more than what came of it.
        Reply.Failed said = closedBecause;
        Reply.Failed why = said == null ? cause : said;
        closedBecause = why;
        Stage before = stage.getAndSet(Stage.CLOSED);
        if (before == Stage.CLOSED) {
            return;
        }
        closeChannel();
        wakeWriter();
        nodes.closed(this, node, before != Stage.OPENING, why);
        calls.lost(this, why, lastRead);
    }

    private void run() {
        Reply.Failed why = unavailable("its reader ended");
        try {
            var reader = new FrameReader();
            connect();
            shakeHands(reader);
            loops.spawn("norikv-client-writer", this::write);
            read(reader);
            why = unavailable("the node closed the connection");
        } catch (IOException e) {
            why = unavailable(e.getMessage() == null ? e.toString() : e.getMessage());
        } catch (NoriException e) {
            why = unavailable(e.getMessage());
        } finally {
            close(why);
        }
    }

    private void connect() throws IOException {
        SocketChannel socket = SocketChannel.open();
        channel = socket;
        if (isClosed()) {
            closeChannel();
        }
        var address = new InetSocketAddress(endpoint.host(), endpoint.port());
        if (address.isUnresolved()) {
            throw new IOException("unknown host");
        }
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.socket().connect(address, (int) options.connectTimeout().toMillis());
    }

    private void shakeHands(FrameReader reader) throws IOException {
        var out = new ByteWriter(256);
        Hello.of(options.name()).encode(out, 0);
        writeFully(ByteBuffer.wrap(out.array(), 0, out.length()));
        while (!reader.next()) {
            if (!fill(reader)) {
                throw new IOException("the node closed the connection without a welcome");
            }
        }
        switch (reader.type()) {
            case WELCOME -> {
                Welcome welcome = Welcome.decode(reader.payload());
                features = welcome.features();
                nodes.opened(node, welcome);
                stage.compareAndSet(Stage.OPENING, Stage.OPEN);
            }
            case GOAWAY -> {
                closedBecause = goAway(reader);
                throw new IOException("the node went away");
            }
            case HELLO,
                    REQUEST,
                    REPLY,
                    PING,
                    PONG,
                    PEER_HELLO,
                    PEER_WELCOME,
                    PEER_PROOF,
                    PEER_MESSAGES ->
                    throw unexpected(reader.type());
        }
    }

    private void read(FrameReader reader) throws IOException {
        do {
            while (reader.next()) {
                handle(reader);
            }
        } while (fill(reader));
    }

    private void handle(FrameReader reader) {
        long id = reader.requestId();
        switch (reader.type()) {
            case REPLY -> calls.answered(this, id, ReplyCodec.decode(reader.payload()));
            case PONG -> calls.answered(this, id, new Reply.Missing());
            case PING -> {
                toEcho.set(new Echo(id, Frame.decodeEcho(reader.payload())));
                wakeWriter();
            }
            case GOAWAY -> {
                lastRead = id;
                closedBecause = goAway(reader);
                stage.compareAndSet(Stage.OPEN, Stage.DRAINING);
                calls.look();
            }
            case HELLO,
                    WELCOME,
                    REQUEST,
                    PEER_HELLO,
                    PEER_WELCOME,
                    PEER_PROOF,
                    PEER_MESSAGES ->
                    throw unexpected(reader.type());
        }
    }

    private boolean fill(FrameReader reader) throws IOException {
        int count = channel.read(reader.room());
        if (count < 0) {
            return false;
        }
        reader.filled(count);
        owedSince = 0;
        pingWanted = false;
        return true;
    }

    private void write() {
        try {
            var out = new ByteWriter(WRITER_BYTES);
            while (!isClosed()) {
                gather(out);
                if (out.length() == 0) {
                    awaitWork();
                    continue;
                }
                writeFully(ByteBuffer.wrap(out.array(), 0, out.length()));
                if (out.array().length > 2 * GATHER_BYTES_MAX) {
                    out = new ByteWriter(WRITER_BYTES);
                }
                out.clear();
            }
        } catch (IOException e) {
            close(unavailable(e.getMessage() == null ? e.toString() : e.getMessage()));
        }
    }

    private void gather(ByteWriter out) {
        long now = loops.clock().nanoTime();
        while (out.length() < GATHER_BYTES_MAX) {
            Call call = ring.poll();
            if (call == null) {
                break;
            }
            if (stage.get() != Stage.OPEN) {
                calls.notSent(call, closedBecause);
                continue;
            }
            if ((call.features() & ~features) != 0) {
                calls.notSent(call, tooOld());
                continue;
            }
            call.id = ++sequence << Calls.SLOT_BITS | call.slot;
            if (call.move(Call.QUEUED, Call.SENT)) {
                encode(out, call, now);
            }
        }
        Echo echo = toEcho.getAndSet(null);
        if (echo != null) {
            Frame.encodeEcho(out, FrameType.PONG, echo.id, echo.payload);
        }
        if (pingWanted) {
            pingWanted = false;
            long id = ++sequence << Calls.SLOT_BITS | NO_SLOT;
            Frame.encodeEcho(out, FrameType.PING, id, Bytes.EMPTY);
        }
        if (out.length() > 0 && owedSince == 0) {
            owedSince = now == 0 ? 1 : now;
        }
    }

    private static void encode(ByteWriter out, Call call, long nowNanos) {
        if (call.request == null) {
            Frame.encodeEcho(out, FrameType.PING, call.id, Bytes.EMPTY);
            return;
        }
        long millis = Math.ceilDiv(Math.max(0, call.deadlineNanos - nowNanos), 1_000_000L);
        RequestCodec.encode(out, call.id, millis, call.request);
    }

    /// Parks the writer. It says that it does, then looks once more; whoever offers fills the ring,
    /// then looks whether it parks.
    private void awaitWork() {
        Signal work = loops.signal();
        idle.set(work);
        boolean nothing = ring.isEmpty() && toEcho.get() == null && !pingWanted && !isClosed();
        if (nothing) {
            work.await(Step.UNTIL_WOKEN);
        }
        idle.set(null);
    }

    private void wakeWriter() {
        Signal work = idle.get();
        if (work != null && idle.compareAndSet(work, null)) {
            work.raise();
        }
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void closeChannel() {
        SocketChannel socket = channel;
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException _) {
                // It is gone either way.
            }
        }
    }

    /// {@return the node's last word, as what it means for the calls on this connection} Most
    /// reasons are the connection's own, and the calls may be tried on another; some hold for every
    /// connection of this client.
    private Reply.Failed goAway(FrameReader reader) {
        if (!(ReplyCodec.decode(reader.payload()) instanceof Reply.Failed why)) {
            throw unexpected(FrameType.GOAWAY);
        }
        return switch (why.code()) {
            case VERSION_UNSUPPORTED,
                    CLUSTER_MISMATCH,
                    UNAUTHENTICATED,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED ->
                    new Reply.Failed(
                            why.code(), endpoint + ": " + why.message(), why.retryAfterMillis());
            default -> unavailable(why.message());
        };
    }

    private static NoriException unexpected(FrameType type) {
        return new NoriException.Malformed(
                ErrorCode.MALFORMED_FRAME, "a frame that a node sends, got " + type);
    }

    private Reply.Failed tooOld() {
        return new Reply.Failed(
                ErrorCode.VERSION_UNSUPPORTED,
                endpoint + ": the node is too old for sessions, idempotency keys and bounds",
                0);
    }

    private Reply.Failed unavailable(String what) {
        return new Reply.Failed(ErrorCode.UNAVAILABLE, endpoint + ": " + what, 0);
    }
}
