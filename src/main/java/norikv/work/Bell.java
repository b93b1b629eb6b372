package norikv.work;

import java.util.concurrent.locks.LockSupport;

/// Where one thread, usually a virtual one, waits for others to have something for it. A ring while
/// nobody waits is kept for the next wait; many rings are one.
///
/// Made for threads that block on sockets; loops have [Loop#wake()] instead.
///
/// **Threads.** Any may ring; one at a time waits. Interrupts do not end a wait.
public final class Bell {
    // Dekker: the ringer writes `rung`, then reads `waiter`; the waiter writes `waiter`, then reads
    // `rung`. Both are volatile, so one of them sees the other.
    private volatile boolean rung;
    private volatile Thread waiter; // null while nobody waits

    /// A bell that nobody waits for.
    public Bell() {}

    /// Lets the waiter go, or the next one not wait.
    public void ring() {
        rung = true;
        Thread thread = waiter;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /// Waits for a ring.
    public void await() {
        waiter = Thread.currentThread();
        while (!rung) {
            LockSupport.park(this);
            clearInterrupt();
        }
        waiter = null;
        rung = false;
    }

    /// Waits for a ring, `nanosMax` nanoseconds at the most; may return earlier without one, so
    /// whoever calls looks again at what it waits for.
    public void await(long nanosMax) {
        waiter = Thread.currentThread();
        if (!rung) {
            LockSupport.parkNanos(this, nanosMax);
            clearInterrupt();
        }
        waiter = null;
        rung = false;
    }

    // A pending interrupt would turn parking into spinning, and closes channels that are read next.
    private static void clearInterrupt() {
        Thread.interrupted();
    }
}
