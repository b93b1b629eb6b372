package norikv.sim;

import norikv.raft.Now;

/// The two clocks of one machine: the monotonic one drifts, and stands still while the machine is
/// suspended; the wall clock goes on then, and may jump.
final class NodeClock {
    private static final long MILLI = 1_000_000;
    private static final long WALL_AT_START = 1_735_689_600_000L * MILLI;

    private long sinceNanos;
    private long monoNanos;
    private long wallNanos = WALL_AT_START;
    private double rate = 1;
    private boolean isSuspended;

    NodeClock(Dice dice) {
        monoNanos = dice.below(1L << 50);
        wallNanos += dice.below(2000 * MILLI);
    }

    long nanos(long trueNanos) {
        return isSuspended ? monoNanos : monoNanos + (long) ((trueNanos - sinceNanos) * rate);
    }

    long wallMillis(long trueNanos) {
        return (wallNanos + (long) ((trueNanos - sinceNanos) * rate)) / MILLI;
    }

    Now now(long trueNanos) {
        return new Now(nanos(trueNanos), wallMillis(trueNanos));
    }

    /// {@return how long it takes until this clock shows `nanos`}
    long until(long nanos, long trueNanos) {
        return (long) Math.max(0, Math.ceil((nanos - nanos(trueNanos)) / rate));
    }

    void drift(long trueNanos, double newRate) {
        settle(trueNanos);
        rate = newRate;
    }

    void jump(long trueNanos, long millis) {
        settle(trueNanos);
        wallNanos += millis * MILLI;
    }

    void suspend(long trueNanos) {
        settle(trueNanos);
        isSuspended = true;
    }

    void resume(long trueNanos) {
        settle(trueNanos);
        isSuspended = false;
    }

    boolean isSuspended() {
        return isSuspended;
    }

    private void settle(long trueNanos) {
        long mono = nanos(trueNanos);
        wallNanos += (long) ((trueNanos - sinceNanos) * rate);
        monoNanos = mono;
        sinceNanos = trueNanos;
    }
}
