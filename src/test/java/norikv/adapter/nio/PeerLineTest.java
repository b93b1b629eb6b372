package norikv.adapter.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.observe.Meter;
import norikv.port.Peers.Lane;
import norikv.wire.FrameReader;
import norikv.wire.PeerHello;
import org.junit.jupiter.api.Test;

/// What a node learns of one that it calls.
final class PeerLineTest {
    private static final NodeId CALLER = new NodeId("n1");
    private static final NodeId CALLED = new NodeId("n2");

    @Test
    void whoCallsLearnsWhatBothKnow() throws Exception {
        assertEquals(0b100, learned(0b110, 0b101));
        assertEquals(0, learned(0b110, 0), "an older build knows nothing that is new");
        assertEquals(0, learned(0, 0b110));
    }

    /// {@return what a node that knows `caller` takes one for that knows `called`}
    private static long learned(long caller, long called) throws Exception {
        var learned = new CompletableFuture<Long>();
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var address = (InetSocketAddress) server.getLocalSocketAddress();
            PeerLine line = line(caller, address, learned);
            Thread calling = Thread.ofPlatform().start(line::runUntilClosed);
            try (Socket socket = server.accept()) {
                answer(socket, greeting(CALLED, called));
                return learned.get(60, TimeUnit.SECONDS);
            } finally {
                line.close();
                calling.join();
            }
        }
    }

    private static PeerLine line(
            long features, InetSocketAddress address, CompletableFuture<Long> learned) {
        var events =
                new PeerLine.Events() {
                    @Override
                    public void connected(NodeId to, long known) {
                        learned.complete(known);
                    }

                    @Override
                    public void disconnected(NodeId to) {}

                    @Override
                    public void trouble(NodeId to, Lane lane, String what) {
                        learned.completeExceptionally(new AssertionError(what));
                    }
                };
        return new PeerLine(
                CALLED,
                Lane.CONTROL,
                () -> address,
                greeting(CALLER, features),
                events,
                new InlineLoops().clock(),
                Meter.NONE.counter("sent", "Sent."));
    }

    private static void answer(Socket socket, PeerGreeting greeting) throws IOException {
        InputStream in = socket.getInputStream();
        var frames = new FrameReader();
        while (!frames.next()) {
            ByteBuffer room = frames.room();
            int at = room.arrayOffset() + room.position();
            frames.filled(in.read(room.array(), at, room.remaining()));
        }
        var out = new ByteWriter(512);
        greeting.welcome(PeerHello.decode(frames.payload())).encode(out);
        socket.getOutputStream().write(out.array(), 0, out.length());
    }

    private static PeerGreeting greeting(NodeId self, long features) {
        NodeId other = self.equals(CALLER) ? CALLED : CALLER;
        var options =
                new PeerOptions(
                        "c",
                        self,
                        new UUID(1, self.equals(CALLER) ? 1 : 2),
                        7,
                        features,
                        Map.of(other, () -> new InetSocketAddress(0)),
                        Bytes.EMPTY);
        return new PeerGreeting(
                options, (_, _) -> true, new SplittableRandom(1), new InlineLoops().clock());
    }
}
