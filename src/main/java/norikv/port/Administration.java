package norikv.port;

import norikv.domain.Request;

/// What operators ask of a node, not of its data.
@FunctionalInterface
public interface Administration {
    /// Answers `request`, now or later; as [KeyValue#submit].
    void serve(Request.Admin request, long deadlineNanos, KeyValue.Answer answer);
}
