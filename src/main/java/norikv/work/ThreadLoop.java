package norikv.work;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/// One step on one platform thread.
///
/// Waking costs a fence and a read while the loop is awake and already told so, one exchange while
/// it is awake, and a hand-off of the scheduler only when it sleeps.
final class ThreadLoop implements Loop {
    /// Running, or about to look whether it may sleep; nobody woke it since the step began.
    private static final int AWAKE = 0;

    /// Woken since the step began: it runs once more before it sleeps.
    private static final int WOKEN = 1;

    /// Asleep, or about to be: a wake-up must unpark the thread.
    private static final int ASLEEP = 2;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(ThreadLoop.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Step step;
    private final Clock clock;
    private final Thread thread;
    private volatile int state = AWAKE;
    private volatile boolean stopping;

    ThreadLoop(String name, Step step, Clock clock, FaultHandler faults) {
        this.step = step;
        this.clock = clock;
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name(name)
                        .inheritInheritableThreadLocals(false)
                        .uncaughtExceptionHandler(
                                (_, cause) -> faults.fatal(name + ": step", cause))
                        .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public void wake() {
        // What the caller published, by whatever means, comes before the read of the state. With
        // the exchange in run() this excludes that we see WOKEN while the step misses the work.
        VarHandle.fullFence();
        if (state != WOKEN && (int) STATE.getAndSet(this, WOKEN) == ASLEEP) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void stop() {
        stopping = true;
        wake();
        if (Thread.currentThread() != thread) {
            Joining.join(thread);
        }
    }

    private void run() {
        while (!stopping) {
            STATE.getAndSet(this, AWAKE);
            // A pending interrupt would close the file channels that the step uses.
            Thread.interrupted();
            sleepUntil(step.runOnce(clock.nanoTime()));
        }
    }

    private void sleepUntil(long deadline) {
        while (!stopping) {
            long now = deadline == Step.UNTIL_WOKEN ? 0 : clock.nanoTime();
            if (deadline <= now || state == WOKEN) {
                return;
            }
            if (state == ASLEEP || STATE.compareAndSet(this, AWAKE, ASLEEP)) {
                if (deadline == Step.UNTIL_WOKEN) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, deadline - now);
                }
                // A pending interrupt would make every park return at once.
                Thread.interrupted();
            }
        }
    }
}
