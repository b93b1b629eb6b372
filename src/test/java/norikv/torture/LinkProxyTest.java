package norikv.torture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.SplittableRandom;
import norikv.wire.FrameType;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A link carries every byte in order, holds those of nodes while it is cut, and lets clients pass.
@Timeout(30)
final class LinkProxyTest {
    private static final int A_WHILE_MILLIS = 200;
    private static final int PATIENCE_MILLIS = 5_000;

    private final ThreadLoops loops =
            new ThreadLoops(
                    (where, cause) -> {
                        throw new AssertionError(where, cause);
                    });
    private ServerSocket server;
    private LinkProxy link;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        server.setSoTimeout(PATIENCE_MILLIS);
        link = new LinkProxy(loops, server.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        server.close();
    }

    @Test
    void everyByteArrivesInOrderBothWays() throws IOException {
        byte[] sent = frame(FrameType.PEER_HELLO, 1 << 20);
        try (Socket caller = call()) {
            Thread.ofVirtual().start(() -> write(caller, sent));
            try (Socket called = server.accept()) {
                assertArrayEquals(sent, called.getInputStream().readNBytes(sent.length));
                called.getOutputStream().write(new byte[] {1, 2, 3});
                assertArrayEquals(new byte[] {1, 2, 3}, caller.getInputStream().readNBytes(3));
                called.shutdownOutput();
                assertEquals(-1, caller.getInputStream().read(), "an end is carried, too");
            }
        }
    }

    @Test
    void callsOfADeadNodeTakeNoPlaceFromThoseOfALivingOne() throws IOException {
        int port = server.getLocalPort();
        server.close();
        byte[] hello = frame(FrameType.PEER_HELLO, 100);
        for (int i = 0; i < 2 * LinkProxy.CONNECTIONS_MAX; i++) {
            try (Socket caller = call()) {
                write(caller, hello);
                readToTheEnd(caller);
            }
        }
        server = new ServerSocket(port, 5, InetAddress.getLoopbackAddress());
        server.setSoTimeout(PATIENCE_MILLIS);
        try (Socket caller = call()) {
            write(caller, hello);
            try (Socket called = server.accept()) {
                assertArrayEquals(hello, called.getInputStream().readNBytes(hello.length));
            }
        }
    }

    private static void readToTheEnd(Socket caller) {
        try {
            assertEquals(-1, caller.getInputStream().read());
        } catch (IOException _) {
            // reset: an end as well
        }
    }

    @Test
    void aCutHoldsWhatNodesSayUntilItIsHealed() throws IOException {
        byte[] hello = frame(FrameType.PEER_HELLO, 100);
        try (Socket caller = call()) {
            write(caller, hello);
            try (Socket called = server.accept()) {
                called.getInputStream().readNBytes(hello.length);

                link.cut();
                write(caller, new byte[] {7});
                called.setSoTimeout(A_WHILE_MILLIS);
                assertThrows(
                        SocketTimeoutException.class, () -> called.getInputStream().read());

                link.heal();
                called.setSoTimeout(0);
                assertEquals(7, called.getInputStream().read());
            }
        }
    }

    @Test
    void aCutLetsNoNodeCall() throws IOException {
        link.cut();
        try (Socket caller = call()) {
            write(caller, frame(FrameType.PEER_HELLO, 100));
            server.setSoTimeout(A_WHILE_MILLIS);
            assertThrows(SocketTimeoutException.class, () -> server.accept());
            link.heal();
            server.setSoTimeout(PATIENCE_MILLIS);
            server.accept().close();
        }
    }

    @Test
    void clientsPassACut() throws IOException {
        link.cut();
        byte[] hello = frame(FrameType.HELLO, 100);
        try (Socket caller = call()) {
            write(caller, hello);
            try (Socket called = server.accept()) {
                assertArrayEquals(hello, called.getInputStream().readNBytes(hello.length));
            }
        }
    }

    @Test
    void aSlowLinkLosesNothing() throws IOException {
        link.slow(5);
        byte[] sent = frame(FrameType.PEER_HELLO, 200_000);
        try (Socket caller = call()) {
            Thread.ofVirtual().start(() -> write(caller, sent));
            try (Socket called = server.accept()) {
                assertArrayEquals(sent, called.getInputStream().readNBytes(sent.length));
            }
        }
    }

    private Socket call() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), link.port());
    }

    /// {@return bytes that begin as a frame of this type does}
    private static byte[] frame(FrameType type, int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(1).nextBytes(bytes);
        bytes[5] = (byte) type.number();
        return bytes;
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
