package norikv.raft;

/// What a replica must never forget. Its record carries the entries that came with it, so that no
/// entry is ever durable without the commit index that was known when it was accepted.
///
/// @param term the latest term it has seen
/// @param vote whom it voted for in that term, [#NOBODY] if for nobody
/// @param commit the last index it knows to be committed
public record HardState(long term, long vote, long commit) {
    /// No replica.
    public static final long NOBODY = 0;

    /// The state of a replica that has seen nothing.
    public static final HardState EMPTY = new HardState(0, NOBODY, 0);
}
