package norikv.client;

import java.time.Duration;
import norikv.domain.Limits;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Request;
import norikv.domain.Version;

/// How one write is done.
///
/// @param ttlMillis how long the value lives, or [Request.Put#NO_TTL]
/// @param condition what must be true of the key
/// @param deadline how long it may take in all
/// @param idempotencyKey the user's own name for the write; empty: it has none
public record PutOptions(
        long ttlMillis, Precondition condition, Duration deadline, String idempotencyKey) {
    public PutOptions {
        ClientOptions.checkDeadline("deadline", deadline);
        if (ttlMillis != Request.Put.NO_TTL) {
            Limits.checkTtl(ttlMillis);
        }
    }

    /// {@return no expiry, no condition, 5 s}
    public static PutOptions defaults() {
        return new PutOptions(
                Request.Put.NO_TTL, Precondition.NONE, ClientOptions.defaults().deadline(), "");
    }

    /// {@return these, and the value expires `ttl` after it was written: 1 ms or more}
    public PutOptions withTtl(Duration ttl) {
        long millis = ttl.toMillis();
        Limits.checkTtl(millis);
        return new PutOptions(millis, condition, deadline, idempotencyKey);
    }

    /// {@return these, and only where the key's value has exactly this version}
    public PutOptions withIfVersion(Version required) {
        return new PutOptions(
                ttlMillis, new Precondition.IfVersion(required), deadline, idempotencyKey);
    }

    /// {@return these, and only where the key has no live value}
    public PutOptions withIfAbsent() {
        return new PutOptions(ttlMillis, Precondition.IF_ABSENT, deadline, idempotencyKey);
    }

    public PutOptions withDeadline(Duration limit) {
        return new PutOptions(ttlMillis, condition, limit, idempotencyKey);
    }

    /// {@return these, and the write is done once however often it is asked for under this name}
    ///
    /// Within the window that the nodes keep names (ten minutes unless they are told otherwise) a
    /// second write of the same key under the same name gets the first one's outcome; another write
    /// under it fails with [norikv.domain.ErrorCode#KEY_REUSED].
    ///
    /// @param name 1 to 255 bytes of UTF-8, such as the number of an order
    public PutOptions withIdempotencyKey(String name) {
        return new PutOptions(ttlMillis, condition, deadline, Names.check(name));
    }

    Once once() {
        return Names.once(idempotencyKey);
    }
}
