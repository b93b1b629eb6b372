package norikv.history;

/// What stale reads of a history were promised beyond having been true once.
///
/// @param perProcess whether a process never sees a key go back behind what it saw or wrote
/// @param behindNanosMax how old what is seen may be, or [#UNBOUNDED]
public record StalePromise(boolean perProcess, long behindNanosMax) {
    /// What is seen may be of any age.
    public static final long UNBOUNDED = Long.MAX_VALUE;

    /// What is seen was true once; nothing else is promised.
    public static final StalePromise NONE = new StalePromise(false, UNBOUNDED);
}
