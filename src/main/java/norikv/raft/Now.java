package norikv.raft;

/// The time of an input, read by the host once a pass and given to all groups.
///
/// **Limits.** `nanos` lies within ±2⁶² so that sums with durations never overflow.
///
/// @param nanos a monotonic clock; only differences mean something
/// @param wallMillis the wall clock; only log time and the check for a suspended machine look at it
public record Now(long nanos, long wallMillis) {}
