package norikv.raft;

/// What a replica is at the moment, with the state that exists only while it is that.
sealed interface Role permits Follower, Candidate, Leader {
    /// {@return when [#expire] is due, [Long#MAX_VALUE] for never}
    long deadlineNanos();

    /// The deadline has passed.
    void expire();
}
