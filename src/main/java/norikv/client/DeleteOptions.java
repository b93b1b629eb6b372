package norikv.client;

import java.time.Duration;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// How one delete is done.
///
/// @param condition what must be true of the key
/// @param deadline how long it may take in all
public record DeleteOptions(Precondition condition, Duration deadline) {
    public DeleteOptions {
        ClientOptions.checkDeadline("deadline", deadline);
    }

    /// {@return no condition, 5 s}
    public static DeleteOptions defaults() {
        return new DeleteOptions(Precondition.NONE, ClientOptions.defaults().deadline());
    }

    /// {@return these, and only where the key's value has exactly this version}
    public DeleteOptions withIfVersion(Version required) {
        return new DeleteOptions(new Precondition.IfVersion(required), deadline);
    }

    public DeleteOptions withDeadline(Duration limit) {
        return new DeleteOptions(condition, limit);
    }
}
