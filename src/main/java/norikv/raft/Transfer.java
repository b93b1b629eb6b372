package norikv.raft;

/// Leadership on its way to another voter: none is under way, or one is, with a deadline.
///
/// **Source.** Raft dissertation §3.10.
final class Transfer {
    private long target = HardState.NOBODY;
    private long deadlineNanos = Long.MAX_VALUE;
    private boolean asked;

    boolean isActive() {
        return target != HardState.NOBODY;
    }

    long target() {
        return target;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /// {@return whether the target was asked to take over}
    boolean asked() {
        return asked;
    }

    void begin(long newTarget, long newDeadlineNanos) {
        assert !isActive() : target;
        target = newTarget;
        deadlineNanos = newDeadlineNanos;
        asked = false;
    }

    void ask() {
        asked = true;
    }

    void end() {
        target = HardState.NOBODY;
        deadlineNanos = Long.MAX_VALUE;
    }
}
