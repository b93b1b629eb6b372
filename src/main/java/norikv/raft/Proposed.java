package norikv.raft;

import norikv.domain.Version;

/// What became of an offer to the log.
public sealed interface Proposed {
    /// The first entry has this place in the leader's log, the others follow. Whether it will be
    /// committed is not known: it is when an entry of **this term** is committed at this index.
    record Accepted(Version first) implements Proposed {}

    /// Not in any log.
    record Refused(Refusal why) implements Proposed {}
}
