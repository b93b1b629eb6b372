package norikv.client;

import java.time.Duration;
import norikv.domain.Consistency;

/// How one read is done. Complete in itself: begin with [#defaults()], or with
/// [ClientOptions#toGet()] to keep what the client was opened with.
///
/// @param deadline how long it may take in all
public record GetOptions(Consistency consistency, Duration deadline) {
    public GetOptions {
        ClientOptions.checkDeadline("deadline", deadline);
    }

    /// {@return linearizable, 5 s}
    public static GetOptions defaults() {
        return ClientOptions.defaults().toGet();
    }

    public GetOptions withConsistency(Consistency level) {
        return new GetOptions(level, deadline);
    }

    public GetOptions withDeadline(Duration limit) {
        return new GetOptions(consistency, limit);
    }
}
