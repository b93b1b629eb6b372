package norikv.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import norikv.bytes.ByteWriter;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.server.Address;
import norikv.server.Release;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.Hello;
import norikv.wire.ReplyCodec;
import norikv.wire.RequestCodec;
import norikv.wire.Welcome;

/// One connection of a benchmark: writes requests in one go and cuts replies, and does nothing
/// else, because it shares the machine with the server that it measures.
///
/// **Threads.** Confined to one. **Limits.** What is not written yet is at most one request for
/// each slot.
final class BenchConnection implements AutoCloseable {
    private static final int OUT_BYTES = 64 << 10;

    /// The low bits of a request id: which slot it belongs to. Above them a number that rises.
    private static final int SLOT_BITS = 20;

    private final SocketChannel channel;
    private final FrameReader reader = new FrameReader();
    private final ByteWriter out = new ByteWriter(OUT_BYTES);
    private final Welcome welcome;
    private ByteBuffer view = ByteBuffer.wrap(out.array());
    private SelectionKey key; // null until it is registered
    private int written;
    private long sequence;

    /// Takes replies.
    @FunctionalInterface
    interface Taker {
        void reply(int slot, Reply reply);
    }

    private BenchConnection(SocketChannel channel, long timeoutMillis) throws IOException {
        this.channel = channel;
        Hello.of("norikv-bench/" + Release.VERSION).encode(out, sequence++);
        flush();
        this.welcome = welcome((int) timeoutMillis);
    }

    /// Connects and agrees on a version.
    static BenchConnection open(Address address, long timeoutMillis) {
        try {
            SocketChannel channel = SocketChannel.open();
            try {
                InetSocketAddress resolved = address.resolve();
                if (resolved.isUnresolved()) {
                    throw new IOException("no such host");
                }
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.socket().connect(resolved, (int) timeoutMillis);
                return new BenchConnection(channel, timeoutMillis);
            } catch (IOException | NoriException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new NoriException.Unavailable(
                    ErrorCode.UNAVAILABLE, address + ": " + e.getMessage(), e);
        }
    }

    /// {@return what the node said of itself}
    Welcome welcome() {
        return welcome;
    }

    void register(Selector selector) throws IOException {
        channel.configureBlocking(false);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    /// Puts a request behind those that are not written yet.
    void send(int slot, long deadlineMillis, Request request) {
        RequestCodec.encode(out, sequence << SLOT_BITS | slot, deadlineMillis, request);
        sequence++;
    }

    /// Writes what the socket takes.
    void flush() throws IOException {
        if (written == out.length()) {
            return;
        }
        if (view.array() != out.array()) {
            view = ByteBuffer.wrap(out.array());
        }
        view.limit(out.length()).position(written);
        channel.write(view);
        written = view.position();
        boolean all = written == out.length();
        if (all) {
            out.clear();
            written = 0;
        }
        if (key != null) {
            int read = SelectionKey.OP_READ;
            key.interestOps(all ? read : read | SelectionKey.OP_WRITE);
        }
    }

    /// Reads what is there and hands the replies over.
    void receive(Taker taker) throws IOException {
        int count = channel.read(reader.room());
        if (count < 0) {
            throw new EOFException("closed by the server");
        }
        reader.filled(count);
        while (reader.next()) {
            switch (reader.type()) {
                case REPLY -> {
                    int slot = (int) (reader.requestId() & (1 << SLOT_BITS) - 1);
                    taker.reply(slot, ReplyCodec.decode(reader.payload()));
                }
                case GOAWAY -> throw goAway();
                case PING, PONG, HELLO, WELCOME, REQUEST ->
                        throw new IOException("unexpected " + reader.type());
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // it is of no more use either way
        }
    }

    private Welcome welcome(int timeoutMillis) throws IOException {
        channel.socket().setSoTimeout(timeoutMillis);
        InputStream in = channel.socket().getInputStream();
        while (!reader.next()) {
            ByteBuffer room = reader.room();
            int count = in.read(room.array(), room.position(), room.remaining());
            if (count < 0) {
                throw new EOFException("closed by the server");
            }
            reader.filled(count);
        }
        if (reader.type() == FrameType.GOAWAY) {
            throw goAway();
        }
        return Welcome.decode(reader.payload());
    }

    private NoriException goAway() {
        return ReplyCodec.decode(reader.payload()) instanceof Reply.Failed failed
                ? NoriException.of(failed)
                : new NoriException.Broken(ErrorCode.INTERNAL, "the node left without a word");
    }
}
