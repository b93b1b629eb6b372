package norikv.domain;

/// How old a state is that a stale read saw.
///
/// @param applied the place of the key's shard that it saw at least
/// @param behindMillis how long ago a write that it did not see may have been acknowledged at most,
///     by the clocks of the nodes: the time since the last entry that the replica has applied
public record Age(Version applied, long behindMillis) {
    /// Of a read that was not stale.
    public static final Age NONE = new Age(Version.NONE, 0);
}
