package norikv.kv;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;

/// What a write came to, as a shard remembers it.
///
/// ```
/// outcome = kind u8, term varint, index varint
/// kind    = 1 written there | 2 deleted there, nothing was there | 3 deleted there, a value was
///         | 4 mismatch: the key had this version, 0:0 if it had no live value
/// ```
///
/// **Errors.** [NoriException.Broken] for what is none. **Source.** `wire/files.md`.
final class OutcomeFormat {
    private static final int WRITTEN = 1;
    private static final int DELETED_NOTHING = 2;
    private static final int DELETED = 3;
    private static final int MISMATCH = 4;

    private OutcomeFormat() {}

    static void encode(ByteWriter out, Reply outcome) {
        switch (outcome) {
            case Reply.Written(Version at) -> encode(out, WRITTEN, at);
            case Reply.Deleted(boolean existed, Version at) ->
                    encode(out, existed ? DELETED : DELETED_NOTHING, at);
            case Reply.Mismatch(Version actual) -> encode(out, MISMATCH, actual);
            case Reply.Found _,
                    Reply.Missing _,
                    Reply.Batched _,
                    Reply.Page _,
                    Reply.PagePart _,
                    Reply.Admin _,
                    Reply.Failed _ ->
                    throw new IllegalArgumentException("the outcome of a write, got " + outcome);
        }
    }

    private static void encode(ByteWriter out, int kind, Version at) {
        out.u8(kind).varint(at.term()).varint(at.index());
    }

    static Reply decode(ByteReader in) {
        int kind = in.u8();
        long term = in.varint();
        long index = in.varint();
        if (in.overrun()) {
            throw broken("a whole outcome, got a cut one");
        }
        Version at = term == 0 && index == 0 ? Version.NONE : new Version(term, index);
        return switch (kind) {
            case WRITTEN -> new Reply.Written(at);
            case DELETED_NOTHING -> new Reply.Deleted(false, at);
            case DELETED -> new Reply.Deleted(true, at);
            case MISMATCH -> new Reply.Mismatch(at);
            default -> throw broken("an outcome of kind 1 to 4, got " + kind);
        };
    }

    static NoriException.Broken broken(String message) {
        return new NoriException.Broken(ErrorCode.INTERNAL, "remembered write: " + message);
    }
}
