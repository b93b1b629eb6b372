package norikv.host;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.raft.Message;
import norikv.raft.MessageCodec;

/// What one pass of a worker says to one node on one lane: the messages of all its groups.
///
/// ```text
/// format u8 = 1
/// wall   varint, what the sender's clock shows, milliseconds
/// message*     length varint, then as MessageCodec draws it
/// ```
///
/// **Limits.** [#BYTES_MAX] unless one message alone is longer. **Source.** `wire/peers.md`.
final class PeerFrame {
    /// From how many bytes on a frame is sent and another begun.
    static final int BYTES_MAX = 1 << 20;

    /// The longest frame there is: one message more, as long as it may be.
    static final int BYTES_HARD_MAX = 8 << 20;

    private static final int FORMAT = 1;

    private final ByteWriter frame = new ByteWriter(4 << 10, BYTES_HARD_MAX);
    private final ByteWriter one = new ByteWriter(1 << 10, BYTES_HARD_MAX - 16);

    /// What a frame says.
    record Said(long wallMillis, List<Message> messages) {}

    PeerFrame() {
        clear();
    }

    /// @param wallMillis what the clock shows, if this is the first of a frame
    void add(Message message, long wallMillis) {
        if (isEmpty()) {
            frame.u8(FORMAT).varint(Math.max(0, wallMillis));
        }
        one.clear();
        MessageCodec.encode(one, message);
        frame.varint(one.length()).bytes(one.array(), 0, one.length());
    }

    boolean isEmpty() {
        return frame.length() == 0;
    }

    boolean isFull() {
        return frame.length() >= BYTES_MAX;
    }

    Bytes take() {
        Bytes taken = frame.toBytes();
        clear();
        return taken;
    }

    private void clear() {
        frame.clear();
    }

    /// {@return what a frame says}
    ///
    /// **Errors.** [NoriException.Malformed] for what is none.
    static Said decode(Bytes bytes) {
        ByteReader in = ByteReader.of(bytes);
        int format = in.u8();
        if (format != FORMAT) {
            throw NoriException.invalid("peer frame: format 1, got " + format);
        }
        long wallMillis = in.varint();
        if (in.overrun() || wallMillis < 0) {
            throw NoriException.invalid("peer frame: a time, got " + wallMillis);
        }
        List<Message> messages = new ArrayList<>();
        while (in.remaining() > 0) {
            int length = in.varintUpTo(BYTES_HARD_MAX);
            if (in.overrun() || length > in.remaining()) {
                throw NoriException.invalid(
                        "peer frame: a message within %d bytes, got one that is longer"
                                .formatted(bytes.length()));
            }
            messages.add(MessageCodec.decode(ByteReader.of(in.bytes(length))));
        }
        return new Said(wallMillis, messages);
    }
}
