package norikv.host;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Message;
import norikv.raft.MessageCodec;

/// What two nodes say to each other about one shard that goes from one to the other.
///
/// ```text
/// format u8 = 1 ‖ kind u8 ‖ stream u64, drawn by the sender ‖
/// 1 OFFER    an InstallSnapshot, as MessageCodec draws it
/// 2 PIECE    number varint ‖ a chunk of the shard
/// 3 ANSWER   verdict u8 ‖ number varint
/// 4 WISH     group varint ‖ index varint
/// 5 DIGEST   group varint ‖ term varint ‖ index varint ‖ log time varint ‖ rows varint ‖ hash u64
/// ```
///
/// **Source.** `wire/streams.md`.
sealed interface StreamFrame {
    /// The longest frame: a chunk of the longest row.
    int BYTES_MAX = 8 << 20;

    /// {@return which stream it is about}
    long stream();

    /// The sender has this snapshot, and asks how far it was received.
    record Offer(long stream, Message.InstallSnapshot what) implements StreamFrame {}

    /// A chunk of it.
    record Piece(long stream, long number, Bytes chunk) implements StreamFrame {}

    /// The receiver has all chunks before `next`.
    record Answer(long stream, Verdict verdict, long next) implements StreamFrame {}

    /// A replica is damaged: it wants the shard as of `index` or later. Of no stream.
    record Wish(int group, long index) implements StreamFrame {
        @Override
        public long stream() {
            return 0;
        }
    }

    /// What a replica holds at a CHECK. Of no stream.
    record Digested(int group, Storage.Applied place, ShardStore.Digest digest)
            implements StreamFrame {
        @Override
        public long stream() {
            return 0;
        }
    }

    /// What the receiver thinks of a stream.
    enum Verdict {
        /// Go on, or wait.
        GO_ON,
        /// It is in its place, or was not needed.
        DONE,
        /// It is not taken: end it.
        REFUSED
    }

    private static int kind(StreamFrame frame) {
        return switch (frame) {
            case Offer _ -> 1;
            case Piece _ -> 2;
            case Answer _ -> 3;
            case Wish _ -> 4;
            case Digested _ -> 5;
        };
    }

    /// {@return this as it is sent}
    default Bytes encode() {
        var out = new ByteWriter(64, BYTES_MAX);
        out.u8(1).u8(kind(this)).i64(stream());
        switch (this) {
            case Offer offer -> MessageCodec.encode(out, offer.what);
            case Piece piece -> out.varint(piece.number).bytes(piece.chunk);
            case Answer answer -> out.u8(answer.verdict.ordinal()).varint(answer.next);
            case Wish wish -> out.varint(wish.group).varint(wish.index);
            case Digested(var group, var place, var digest) -> {
                out.varint(group).varint(place.at().term()).varint(place.at().index());
                out.varint(place.logTimeMillis()).varint(digest.rows()).i64(digest.hash());
            }
        }
        return out.toBytes();
    }

    /// {@return what `bytes` say} Nothing of them is kept.
    ///
    /// **Errors.** [NoriException.Malformed].
    static StreamFrame decode(Bytes bytes) {
        ByteReader in = ByteReader.of(bytes);
        int format = in.u8();
        int kind = in.u8();
        long stream = in.i64();
        if (in.overrun() || format != 1) {
            throw NoriException.invalid("stream frame: format 1, got " + format);
        }
        StreamFrame frame =
                switch (kind) {
                    case 1 -> new Offer(stream, offered(in));
                    case 2 -> piece(stream, in);
                    case 3 -> answer(stream, in);
                    case 4 -> new Wish(in.varintUpTo(Integer.MAX_VALUE), in.varint());
                    case 5 -> digested(in);
                    default ->
                            throw NoriException.invalid("stream frame: kind 1 to 5, got " + kind);
                };
        if (in.overrun() || in.remaining() > 0) {
            throw NoriException.invalid(
                    "stream frame: one whole word, got %d bytes".formatted(bytes.length()));
        }
        return frame;
    }

    private static Message.InstallSnapshot offered(ByteReader in) {
        Message message = MessageCodec.decode(ByteReader.of(in.bytes(in.remaining())));
        if (message instanceof Message.InstallSnapshot offered) {
            return offered;
        }
        throw NoriException.invalid("stream frame: a snapshot is offered, got " + message);
    }

    private static Piece piece(long stream, ByteReader in) {
        long number = in.varint();
        Bytes chunk = in.bytes(in.remaining());
        return new Piece(stream, number, Bytes.wrap(chunk.toByteArray()));
    }

    private static Digested digested(ByteReader in) {
        int group = in.varintUpTo(Integer.MAX_VALUE);
        var at = new Version(in.varint(), in.varint());
        var place = new Storage.Applied(at, in.varint());
        return new Digested(group, place, new ShardStore.Digest(in.varint(), in.i64()));
    }

    private static Answer answer(long stream, ByteReader in) {
        int verdict = in.u8();
        if (verdict >= Verdict.values().length) {
            throw NoriException.invalid("stream frame: verdict 0 to 2, got " + verdict);
        }
        return new Answer(stream, Verdict.values()[verdict], in.varint());
    }
}
