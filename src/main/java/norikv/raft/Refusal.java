package norikv.raft;

/// Why the core did not take something. Nothing happened, and nothing will.
public enum Refusal {
    /// Ask the leader, if [Raft#leader()] knows one.
    NOT_LEADER,
    /// Leadership is being handed over.
    TRANSFERRING,
    /// More than the limit waits to be committed and applied.
    TOO_MANY_UNCOMMITTED,
    /// A command is longer than an entry may be.
    TOO_LARGE,
    /// More reads than the limit wait.
    TOO_MANY_READS,
    /// A change of the configuration is not finished.
    CHANGE_IN_FLIGHT,
    /// The leader has not yet committed an entry of its own term.
    NOT_COMMITTED_IN_TERM,
    /// The configuration is not the one that the caller has in mind.
    CONFIGURATION_MOVED,
    /// A voter must have been a learner first, and have nearly all of the log.
    NOT_CAUGHT_UP,
    /// Too few of those who would decide were heard from lately.
    NO_ACTIVE_QUORUM,
    /// The target is no voter, or is the leader already.
    NO_SUCH_TARGET
}
