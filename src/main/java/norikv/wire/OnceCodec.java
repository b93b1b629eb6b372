package norikv.wire;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Once;
import norikv.domain.Session;

/// What a write is known by when it comes again, as tagged fields of its operation.
///
/// ```
/// 4 session         = id (length varint ‖ bytes) ‖ sequence varint ‖ acknowledged varint
///                     ‖ not_after_ms varint
/// 5 idempotency key = bytes
/// ```
///
/// **Limits.** Those of [Session] and [Once]. **Source.** `wire/requests.md`.
final class OnceCodec {
    private OnceCodec() {}

    static int bytesOf(Once once) {
        int fields = fieldsOf(once);
        return ByteWriter.varintLength(fields) + fields;
    }

    private static int fieldsOf(Once once) {
        int bytes = 0;
        if (!once.session().isNone()) {
            int session = bytesOf(once.session());
            bytes += 1 + ByteWriter.varintLength(session) + session;
        }
        if (!once.idempotencyKey().isEmpty()) {
            bytes += 1 + Parts.bytesOf(once.idempotencyKey());
        }
        return bytes;
    }

    private static int bytesOf(Session session) {
        return Parts.bytesOf(session.id())
                + ByteWriter.varintLength(session.sequence())
                + ByteWriter.varintLength(session.acknowledged())
                + ByteWriter.varintLength(session.notAfterMillis());
    }

    /// Writes the tagged fields.
    static void encode(ByteWriter out, Once once) {
        out.varint(fieldsOf(once));
        Session session = once.session();
        if (!session.isNone()) {
            out.varint(Tag.SESSION).varint(bytesOf(session)).lengthAndBytes(session.id());
            out.varint(session.sequence()).varint(session.acknowledged());
            out.varint(session.notAfterMillis());
        }
        if (!once.idempotencyKey().isEmpty()) {
            out.varint(Tag.IDEMPOTENCY_KEY).lengthAndBytes(once.idempotencyKey());
        }
    }

    /// {@return what the tagged fields say} Passes over all of them.
    static Once decode(ByteReader in) {
        var session = new Session[] {Session.NONE};
        var key = new Bytes[] {Bytes.EMPTY};
        Parts.tagged(
                in,
                (tag, field) -> {
                    if (tag == Tag.SESSION) {
                        session[0] = session(field);
                    } else if (tag == Tag.IDEMPOTENCY_KEY) {
                        key[0] = key(field);
                    }
                });
        return session[0].isNone() && key[0].isEmpty() ? Once.NONE : new Once(session[0], key[0]);
    }

    private static Session session(ByteReader field) {
        int length = (int) Parts.number(field, "session id", Session.ID_BYTES_MAX);
        Bytes id = Parts.copy(field, length);
        long sequence = Parts.number(field, "sequence", Long.MAX_VALUE);
        long acknowledged = Parts.number(field, "acknowledged", Long.MAX_VALUE);
        long notAfterMillis = Parts.number(field, "not_after_ms", Long.MAX_VALUE);
        Parts.exactly(field, "session");
        if (id.isEmpty()) {
            throw NoriException.invalid(
                    "session: an id of 1 to %d bytes, got 0".formatted(Session.ID_BYTES_MAX));
        }
        return new Session(id, sequence, acknowledged, notAfterMillis);
    }

    private static Bytes key(ByteReader field) {
        if (field.remaining() == 0 || field.remaining() > Once.KEY_BYTES_MAX) {
            throw new NoriException.Malformed(
                    ErrorCode.INVALID_ARGUMENT,
                    "idempotency key: 1 to %d bytes, got %d"
                            .formatted(Once.KEY_BYTES_MAX, field.remaining()));
        }
        return Parts.copy(field, field.remaining());
    }
}
