package norikv.port;

import norikv.domain.Reply;
import norikv.domain.Request;

/// The driving port: whoever has a request brings it here.
public interface KeyValue {
    /// Answers `request`, now or later.
    ///
    /// **Errors.** Every outcome is a [Reply], exactly one a request; nothing is thrown. When the
    /// deadline passes, a read or a write that was never proposed gets `DEADLINE_EXCEEDED`, a write
    /// that was proposed `INDETERMINATE`. **Threads.** Any. The reply may come from the calling
    /// thread, before this returns, or from another.
    ///
    /// @param deadlineNanos monotonic time after which nobody waits for the answer
    void submit(Request request, long deadlineNanos, Answer answer);

    /// Takes the one reply to a request.
    @FunctionalInterface
    interface Answer {
        /// Must not block: the thread that calls may be the one that applies.
        void reply(Reply reply);
    }
}
