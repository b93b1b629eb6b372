package norikv.client;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.wire.Frame;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.Hello;
import norikv.wire.ReplyCodec;
import norikv.wire.RequestCodec;
import norikv.wire.Welcome;

/// A node that does what its script says, on a real socket.
final class FakeNode implements AutoCloseable {
    /// Decides what to do with a request.
    @FunctionalInterface
    interface Script {
        void request(Peer peer, long id, Request request) throws IOException;
    }

    /// What to do with a new connection before its first frame is read.
    @FunctionalInterface
    interface Greeting {
        /// @return whether to go on as usual
        boolean accepted(Peer peer) throws IOException;
    }

    private static final int WAIT_SECONDS_MAX = 20;

    private final ServerSocketChannel listener;
    private final List<Peer> peers = Collections.synchronizedList(new ArrayList<>());
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private volatile Script script;
    private volatile long features = -1;
    private volatile String name = "fake";
    private volatile Greeting greeting = _ -> true;
    private volatile Optional<LongConsumer> pings = Optional.empty();

    /// A request as it came.
    record Received(Peer peer, long id, long deadlineMillis, Request request) {}

    FakeNode(Script script) {
        this.script = script;
        try {
            listener = ServerSocketChannel.open();
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /// A node that never answers requests, but pings.
    static FakeNode silent() {
        return new FakeNode((_, _, _) -> {});
    }

    /// A node of a time before sessions and idempotency keys.
    static FakeNode old(Script script) {
        var node = new FakeNode(script);
        node.features = 0;
        return node;
    }

    /// It calls itself so from now on.
    FakeNode named(String newName) {
        name = newName;
        return this;
    }

    String endpoint() {
        return "127.0.0.1:" + port();
    }

    int port() {
        return listener.socket().getLocalPort();
    }

    void script(Script next) {
        script = next;
    }

    void greeting(Greeting next) {
        greeting = next;
    }

    /// Pings are told, and not answered, from now on.
    void pings(LongConsumer heard) {
        pings = Optional.of(heard);
    }

    /// {@return the next request that arrived}
    Received next() {
        try {
            Received next = received.poll(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("no request arrived");
            }
            return next;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// {@return how many requests arrived that nobody took with [#next()]}
    int pending() {
        return received.size();
    }

    int connections() {
        return peers.size();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Peer peer : List.copyOf(peers)) {
                peer.cut();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        try {
            while (true) {
                var peer = new Peer(listener.accept());
                peers.add(peer);
                Thread.ofVirtual().start(peer::serve);
            }
        } catch (IOException _) {
            // closed
        }
    }

    /// One connection of the node.
    final class Peer {
        private final SocketChannel channel;
        private final CountDownLatch ended = new CountDownLatch(1);

        Peer(SocketChannel channel) {
            this.channel = channel;
        }

        synchronized void reply(long id, Reply reply) throws IOException {
            var out = new ByteWriter(256);
            ReplyCodec.encode(out, id, reply);
            raw(out);
        }

        synchronized void goAway(long lastRead, Reply.Failed why) throws IOException {
            var out = new ByteWriter(256);
            ReplyCodec.encodeGoAway(out, lastRead, why);
            raw(out);
        }

        synchronized void ping(long id, Bytes payload) throws IOException {
            var out = new ByteWriter(256);
            Frame.encodeEcho(out, FrameType.PING, id, payload);
            raw(out);
        }

        synchronized void raw(ByteWriter out) throws IOException {
            raw(out.array(), out.length());
        }

        synchronized void raw(byte[] bytes, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }

        void cut() throws IOException {
            channel.close();
        }

        /// Waits until the other side has closed.
        void awaitClosed() {
            try {
                assertTrue(ended.await(WAIT_SECONDS_MAX, TimeUnit.SECONDS), "not closed");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /// Reads and forgets until the other side closes.
        void awaitEnd() {
            try {
                ByteBuffer heap = ByteBuffer.allocate(1024);
                while (channel.read(heap.clear()) >= 0) {
                    // nothing is done with it
                }
            } catch (IOException _) {
                // the end as well
            }
        }

        private void serve() {
            try (channel) {
                if (!greeting.accepted(this)) {
                    return;
                }
                var reader = new FrameReader();
                while (true) {
                    int count = channel.read(reader.room());
                    if (count < 0) {
                        return;
                    }
                    reader.filled(count);
                    while (reader.next()) {
                        handle(reader);
                    }
                }
            } catch (IOException _) {
                // the other side went away
            } finally {
                ended.countDown();
            }
        }

        private void handle(FrameReader reader) throws IOException {
            long id = reader.requestId();
            switch (reader.type()) {
                case HELLO -> {
                    var out = new ByteWriter(256);
                    Hello said = Hello.decode(reader.payload());
                    long common = said.features() & features;
                    var hello =
                            new Hello(
                                    said.versionMin(), said.versionMax(), common, said.client());
                    Welcome.to(hello, new NodeId(name), "c", new Sharding(1024), 0)
                            .encode(out, id);
                    raw(out);
                }
                case PING -> {
                    if (pings.isPresent()) {
                        pings.get().accept(id);
                        return;
                    }
                    var out = new ByteWriter(256);
                    Frame.encodeEcho(out, FrameType.PONG, id, Frame.decodeEcho(reader.payload()));
                    raw(out);
                }
                case REQUEST -> {
                    RequestCodec.Asked asked = RequestCodec.decode(reader.payload());
                    // Whoever is told of the request may change the script for the next one.
                    Script now = script;
                    received.add(new Received(this, id, asked.deadlineMillis(), asked.request()));
                    now.request(this, id, asked.request());
                }
                case PONG -> received.add(new Received(this, id, 0, new Request.Status()));
                case WELCOME, REPLY, GOAWAY -> throw new AssertionError(reader.type());
            }
        }
    }
}
