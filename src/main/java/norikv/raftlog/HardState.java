package norikv.raftlog;

/// What a replica must never forget.
///
/// @param vote who it voted for in `term`, as the owner numbers replicas; 0: nobody
/// @param commit the highest index known to be committed
public record HardState(long term, long vote, long commit) {
    /// The hard state of a group that was never heard of.
    public static final HardState NONE = new HardState(0, 0, 0);
}
