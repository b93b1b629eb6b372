package norikv.adapter.nio;

import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Reply;
import norikv.port.KeyValue;
import norikv.wire.ReplyCodec;

/// Something that this connection owes its peer, and the link of the [Outbox]'s stack that carries
/// it once it is there: the reply to a request, or a ready frame.
final class PendingReply implements KeyValue.Answer {
    private final Outbox outbox;
    private final long requestId;

    /// What the window holds for it: first reserved, then its own size.
    private int held;

    private Reply reply; // null until it is answered, and for a ready frame
    private Bytes frame; // null for a reply
    private PendingReply next; // null at the bottom of the stack

    PendingReply(Outbox outbox, long requestId, int reserved) {
        this.outbox = outbox;
        this.requestId = requestId;
        this.held = reserved;
    }

    @Override
    public void reply(Reply answer) {
        assert reply == null && frame == null : "answered twice: request " + requestId;
        reply = answer;
        outbox.push(this);
    }

    /// Answers with a whole frame instead of a reply.
    void frame(Bytes ready) {
        assert reply == null && frame == null : "answered twice: request " + requestId;
        frame = ready;
        outbox.push(this);
    }

    /// Tells the window what this really holds.
    void settle(Window window) {
        int bytes = reply == null ? frame.length() : (int) ReplyCodec.bytesOf(reply);
        window.settle(held, bytes, reply instanceof Reply.Found);
        held = bytes;
    }

    void encode(ByteWriter out) {
        if (reply == null) {
            out.bytes(frame);
        } else {
            ReplyCodec.encode(out, requestId, reply);
        }
    }

    int held() {
        return held;
    }

    PendingReply next() {
        return next;
    }

    void linkTo(PendingReply below) {
        next = below;
    }
}
