package norikv.raft;

/// What a thread that does not own the group needs to serve a lease read.
///
/// **Use.** Read the clocks **after** the request arrived; if [#validAt] holds and everything up to
/// `commit` is applied here, what the state machine shows now is linearizable. Else fall back to
/// [Raft#readIndex]. **Order.** The host publishes a new view after every pass and before it sends
/// any message of that pass.
///
/// @param term the leader's term
/// @param expiryNanos the lease ends before this monotonic time; [Long#MIN_VALUE] if there is none
/// @param commit all that can have been seen anywhere is at or below this index
/// @param at when the view was made
public record LeaseView(long term, long expiryNanos, long commit, Now at) {
    /// How far the two clocks may run apart before the machine counts as having been suspended,
    /// milliseconds.
    public static final long CLOCKS_APART_MILLIS_MAX = 50;

    /// No lease.
    public static final LeaseView NONE = new LeaseView(0, Long.MIN_VALUE, 0, new Now(0, 0));

    /// {@return whether nobody else can have committed anything up to `now`} False when the wall
    /// clock says that the monotonic clock stood still since the view was made.
    public boolean validAt(Now now) {
        return now.nanos() < expiryNanos && !jumped(at, now);
    }

    /// {@return whether wall clock and monotonic clock disagree about the time between readings}
    static boolean jumped(Now before, Now after) {
        long monotonicMillis = (after.nanos() - before.nanos()) / 1_000_000;
        long wallMillis = after.wallMillis() - before.wallMillis();
        return Math.abs(wallMillis - monotonicMillis) > CLOCKS_APART_MILLIS_MAX;
    }
}
