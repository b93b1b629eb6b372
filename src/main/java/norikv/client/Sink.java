package norikv.client;

import norikv.domain.Reply;

/// Takes the outcome of a call, exactly once.
@FunctionalInterface
interface Sink {
    /// Must not block: the thread that calls is the one that reads.
    ///
    /// @param attempts how often it was tried
    void done(Reply reply, int attempts);

    /// Told before [#done] of a reply that is no failure: the number of the node that gave it.
    default void servedBy(int node) {}
}
