package norikv.adapter.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.ReplyCodec;
import norikv.wire.RequestCodec;
import norikv.work.Loops;

/// A client that does exactly what a test says, sensible or not.
final class RawClient implements AutoCloseable {
    private final SocketChannel channel;
    private final FrameReader frames = new FrameReader();
    private final ByteWriter pending = new ByteWriter(1024);

    RawClient(int port) throws IOException {
        channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
    }

    /// A sound frame around any payload, drawn from `wire/frames.md` rather than from the codec.
    static byte[] withPayload(FrameType type, long requestId, byte[] payload) {
        ByteWriter out = new ByteWriter(64);
        out.bytes(Bytes.utf8("NKV1")).u8(1).u8(type.number()).u16(0).i32(payload.length);
        out.i64(requestId);
        out.i32(Crc32c.of(out.array(), 0, out.length()));
        out.bytes(payload, 0, payload.length);
        return out.i32(Crc32c.of(payload, 0, payload.length)).toBytes().toByteArray();
    }

    void add(long requestId, Request request) {
        RequestCodec.encode(pending, requestId, 60_000, request);
    }

    void flush() throws IOException {
        write(pending.toBytes().toByteArray());
        pending.clear();
    }

    /// Sends what was added from another thread, which ends when the connection does.
    void flushInBackground(Loops loops) {
        loops.spawn(
                "raw-client",
                () -> {
                    try {
                        flush();
                    } catch (IOException _) {
                        // the test has closed the connection
                    }
                });
    }

    void send(long requestId, Request request) throws IOException {
        add(requestId, request);
        flush();
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    void closeOutput() throws IOException {
        channel.shutdownOutput();
    }

    void readWelcome() throws IOException {
        assertTrue(nextFrame());
        assertEquals(FrameType.WELCOME, frames.type());
    }

    Reply.Failed readGoAway() throws IOException {
        assertTrue(nextFrame());
        assertEquals(FrameType.GOAWAY, frames.type());
        return (Reply.Failed) ReplyCodec.decode(frames.payload());
    }

    /// {@return the request id in the header of the frame that was read last}
    long lastFrameId() {
        return frames.requestId();
    }

    Map<Long, Reply> readReplies(int count) throws IOException {
        Map<Long, Reply> replies = new HashMap<>();
        while (replies.size() < count) {
            assertTrue(nextFrame());
            assertEquals(FrameType.REPLY, frames.type());
            Reply before = replies.put(frames.requestId(), ReplyCodec.decode(frames.payload()));
            assertEquals(null, before, () -> "answered twice: " + frames.requestId());
        }
        return replies;
    }

    boolean isAtEnd() throws IOException {
        return readToEnd().length == 0;
    }

    /// {@return all bytes until the other side closes; a reset is an end too}
    byte[] readToEnd() {
        ByteWriter all = new ByteWriter(256);
        ByteBuffer some = ByteBuffer.allocate(4096);
        try {
            while (channel.read(some.clear()) >= 0) {
                all.bytes(some.array(), 0, some.position());
            }
        } catch (IOException _) {
            // reset by the node
        }
        return all.toBytes().toByteArray();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private boolean nextFrame() throws IOException {
        while (!frames.next()) {
            int count = channel.read(frames.room());
            if (count < 0) {
                return false;
            }
            frames.filled(count);
        }
        return true;
    }
}
