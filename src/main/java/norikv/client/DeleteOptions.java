package norikv.client;

import java.time.Duration;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// How one delete is done.
///
/// @param condition what must be true of the key
/// @param deadline how long it may take in all
/// @param idempotencyKey the user's own name for the delete; empty: it has none
public record DeleteOptions(Precondition condition, Duration deadline, String idempotencyKey) {
    public DeleteOptions {
        ClientOptions.checkDeadline("deadline", deadline);
    }

    /// {@return no condition, 5 s}
    public static DeleteOptions defaults() {
        return new DeleteOptions(Precondition.NONE, ClientOptions.defaults().deadline(), "");
    }

    /// {@return these, and only where the key's value has exactly this version}
    public DeleteOptions withIfVersion(Version required) {
        return new DeleteOptions(
                new Precondition.IfVersion(required), deadline, idempotencyKey);
    }

    public DeleteOptions withDeadline(Duration limit) {
        return new DeleteOptions(condition, limit, idempotencyKey);
    }

    /// {@return these, and the delete is done once, as [PutOptions#withIdempotencyKey] says}
    public DeleteOptions withIdempotencyKey(String name) {
        return new DeleteOptions(condition, deadline, Names.check(name));
    }

    Once once() {
        return Names.once(idempotencyKey);
    }
}
