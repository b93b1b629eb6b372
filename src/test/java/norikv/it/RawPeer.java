package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;
import norikv.domain.Reply;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.Hello;
import norikv.wire.ReplyCodec;

/// A client of the data port that sends whatever a test says. Frames are drawn by hand from
/// `wire/frames.md`. A read that gets nothing for [#SILENCE_MILLIS_MAX] fails: nothing may hang.
final class RawPeer implements AutoCloseable {
    private static final int SILENCE_MILLIS_MAX = 30_000;

    private final Socket socket = new Socket();
    private final FrameReader frames = new FrameReader();

    /// A frame that came.
    record Frame(FrameType type, long requestId, Reply reply) {}

    RawPeer(int port) throws IOException {
        this(port, 0);
    }

    private RawPeer(int port, int bufferBytes) throws IOException {
        if (bufferBytes > 0) {
            socket.setReceiveBufferSize(bufferBytes);
        }
        socket.setSoTimeout(SILENCE_MILLIS_MAX);
        // Ends with a reset, so that many thousands leave no port behind that has to wait.
        socket.setSoLinger(true, 0);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
    }

    /// {@return a peer that has said HELLO and was welcomed}
    static RawPeer greeted(int port) throws IOException {
        return new RawPeer(port).greet();
    }

    /// {@return such a peer, whose system takes little that it has not read}
    static RawPeer greetedWithSmallBuffer(int port) throws IOException {
        return new RawPeer(port, 4096).greet();
    }

    private RawPeer greet() throws IOException {
        ByteWriter hello = new ByteWriter(128);
        Hello.of("raw").encode(hello, 0);
        send(hello.toBytes().toByteArray());
        assertEquals(FrameType.WELCOME, readType());
        return this;
    }

    /// {@return a sound frame around any payload}
    static byte[] frame(FrameType type, long requestId, byte[] payload) {
        ByteWriter out = new ByteWriter(64);
        out.bytes(Bytes.utf8("NKV1")).u8(1).u8(type.number()).u16(0).i32(payload.length);
        out.i64(requestId);
        out.i32(Crc32c.of(out.array(), 0, out.length()));
        out.bytes(payload, 0, payload.length);
        return out.i32(Crc32c.of(payload, 0, payload.length)).toBytes().toByteArray();
    }

    /// {@return a payload of a request: a deadline of ten seconds, then what `body` writes}
    static byte[] request(int kind, Consumer<ByteWriter> body) {
        ByteWriter out = new ByteWriter(64, 4 << 20);
        out.varint(10_000).u8(kind).u8(0);
        body.accept(out);
        return out.toBytes().toByteArray();
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /// {@return the next frame, which must be a reply or a GOAWAY}
    Frame read() throws IOException {
        FrameType type = readType();
        assertTrue(type == FrameType.REPLY || type == FrameType.GOAWAY, () -> "got " + type);
        return new Frame(type, frames.requestId(), ReplyCodec.decode(frames.payload()));
    }

    /// {@return what was read before the other side ended the connection; a reset is an end too}
    byte[] readToEnd() throws IOException {
        ByteWriter all = new ByteWriter(256, 1 << 24);
        byte[] some = new byte[8192];
        InputStream in = socket.getInputStream();
        try {
            for (int count = in.read(some); count >= 0; count = in.read(some)) {
                all.bytes(some, 0, count);
            }
        } catch (java.net.SocketException reset) {
            // what we sent last was not read before it closed
        }
        return all.toBytes().toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private FrameType readType() throws IOException {
        while (!frames.next()) {
            ByteBuffer room = frames.room();
            int count =
                    socket.getInputStream()
                            .read(room.array(), room.position(), room.remaining());
            assertTrue(count > 0, "a frame, got the end");
            frames.filled(count);
        }
        return frames.type();
    }
}
