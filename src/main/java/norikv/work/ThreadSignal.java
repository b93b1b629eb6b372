package norikv.work;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A flag that parks those who wait for it.
final class ThreadSignal implements Signal {
    private final CountDownLatch latch = new CountDownLatch(1);
    private final Clock clock;

    ThreadSignal(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void raise() {
        latch.countDown();
    }

    @Override
    public boolean isRaised() {
        return latch.getCount() == 0;
    }

    @Override
    public boolean await(long deadlineNanos) {
        boolean interrupted = false;
        while (!isRaised()) {
            try {
                if (deadlineNanos == Step.UNTIL_WOKEN) {
                    latch.await();
                } else if (!latch.await(remaining(deadlineNanos), TimeUnit.NANOSECONDS)) {
                    break;
                }
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return isRaised();
    }

    /// {@return how long until the deadline; 0 when it has passed, however far}
    private long remaining(long deadlineNanos) {
        long now = clock.nanoTime();
        return deadlineNanos <= now ? 0 : deadlineNanos - now;
    }
}
