package norikv.domain;

import norikv.bytes.Bytes;

/// How a write is known again when it comes a second time.
///
/// @param session for the client's own retries
/// @param idempotencyKey the user's own name for the write, one of its key: within a window a
///     second write of that key under the same name gets the first one's outcome; empty: there is
///     none
public record Once(Session session, Bytes idempotencyKey) {
    /// The longest idempotency key, bytes.
    public static final int KEY_BYTES_MAX = 255;

    /// The write is done as often as it comes.
    public static final Once NONE = new Once(Session.NONE, Bytes.EMPTY);

    public Once {
        if (idempotencyKey.length() > KEY_BYTES_MAX) {
            throw NoriException.invalid(
                    "idempotency key: 1 to %d bytes, got %d"
                            .formatted(KEY_BYTES_MAX, idempotencyKey.length()));
        }
    }

    /// {@return a write with this idempotency key and no session}
    public static Once keyed(Bytes idempotencyKey) {
        return new Once(Session.NONE, idempotencyKey);
    }

    public Once withSession(Session newSession) {
        return new Once(newSession, idempotencyKey);
    }

    public boolean isNone() {
        return session.isNone() && idempotencyKey.isEmpty();
    }
}
