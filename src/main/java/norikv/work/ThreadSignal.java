package norikv.work;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/// A flag that parks those who wait for it.
///
/// Who raises it wakes a few, and whoever leaves then wakes a few more: waking costs as much as a
/// small write, and who raises has more to do; but one waking the next, as a latch has it, takes as
/// many turns on a busy machine as there are waiters.
///
/// A waiter stands in the line before it looks at the flag, and the flag is set before anybody is
/// taken out of the line, so nobody is forgotten. Who was taken out wakes others when it leaves,
/// also if it leaves for another reason, so waking goes on to the end of the line. **Limits.** As
/// many in the line as threads wait.
final class ThreadSignal implements Signal {
    /// How many each wakes.
    private static final int WOKEN_MAX = 8;

    private final ConcurrentLinkedQueue<Thread> line = new ConcurrentLinkedQueue<>();
    private final Clock clock;
    private volatile boolean raised;

    ThreadSignal(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void raise() {
        raised = true;
        wakeSome();
    }

    @Override
    public boolean isRaised() {
        return raised;
    }

    @Override
    public boolean await(long deadlineNanos) {
        if (raised) {
            return true;
        }
        boolean interrupted = false;
        Thread me = Thread.currentThread();
        line.add(me);
        while (!raised) {
            if (deadlineNanos == Step.UNTIL_WOKEN) {
                LockSupport.park(this);
            } else {
                long remaining = remaining(deadlineNanos);
                if (remaining == 0) {
                    break;
                }
                LockSupport.parkNanos(this, remaining);
            }
            interrupted |= Thread.interrupted();
        }
        line.remove(me); // before the look at the flag: who is not in the line was taken out
        boolean isRaised = raised;
        if (isRaised) {
            wakeSome();
        }
        if (interrupted) {
            me.interrupt();
        }
        return isRaised;
    }

    private void wakeSome() {
        for (int i = 0; i < WOKEN_MAX; i++) {
            Thread next = line.poll();
            if (next == null) {
                return;
            }
            LockSupport.unpark(next);
        }
    }

    /// {@return how long until the deadline; 0 when it has passed, however far}
    private long remaining(long deadlineNanos) {
        long now = clock.nanoTime();
        return deadlineNanos <= now ? 0 : deadlineNanos - now;
    }
}
