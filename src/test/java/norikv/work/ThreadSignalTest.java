package norikv.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Signals and bells on real threads. Waits have bounds, counts decide.
@Timeout(60)
final class ThreadSignalTest {
    private static final long SECONDS_MAX = Long.getLong("seconds", 20);

    private final ThreadLoops loops =
            new ThreadLoops(
                    (where, cause) -> {
                        throw new AssertionError(where, cause);
                    });

    @Test
    void aSignalLetsEveryWaiterGoAndNoneIsLost() throws Exception {
        int rounds = 3000;
        var seen = new AtomicLong();
        for (int round = 0; round < rounds; round++) {
            Signal signal = loops.signal();
            var done = new CountDownLatch(3);
            for (int i = 0; i < 2; i++) {
                loops.spawn(
                        "waiter",
                        () -> {
                            seen.addAndGet(signal.await(Step.UNTIL_WOKEN) ? 1 : 0);
                            done.countDown();
                        });
            }
            loops.spawn(
                    "raiser",
                    () -> {
                        signal.raise();
                        signal.raise();
                        done.countDown();
                    });
            assertTrue(done.await(SECONDS_MAX, TimeUnit.SECONDS));
        }

        assertEquals(2L * rounds, seen.get());
    }

    @Test
    void nobodyOfACrowdIsForgottenThoughSomeLeaveBefore() throws Exception {
        int rounds = 200;
        int crowd = 40;
        for (int round = 0; round < rounds; round++) {
            Signal signal = loops.signal();
            var waiting = new CountDownLatch(crowd);
            var done = new CountDownLatch(crowd);
            var seen = new AtomicInteger();
            for (int i = 0; i < crowd; i++) {
                // Every third gives up at about the time when all are woken.
                long patience = i % 3 == 0 ? 100_000L * (round % 20) : Long.MAX_VALUE / 2;
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    waiting.countDown();
                                    long deadline = loops.clock().nanoTime() + patience;
                                    boolean raised = signal.await(deadline);
                                    seen.addAndGet(raised || patience < Long.MAX_VALUE / 2 ? 1 : 0);
                                    done.countDown();
                                });
            }
            assertTrue(waiting.await(SECONDS_MAX, TimeUnit.SECONDS));
            signal.raise();
            assertTrue(done.await(SECONDS_MAX, TimeUnit.SECONDS), "round " + round);
            assertEquals(crowd, seen.get());
        }
    }

    @Test
    void aSignalThatNobodyRaisesEndsItsWaitAtTheDeadline() {
        Signal signal = loops.signal();

        assertFalse(signal.await(loops.clock().nanoTime() + 1000));
        assertFalse(signal.await(Long.MIN_VALUE));
        assertFalse(signal.isRaised());
        signal.raise();
        assertTrue(signal.isRaised());
        assertTrue(signal.await(Long.MIN_VALUE));
    }

    @Test
    void anInterruptNeitherEndsAWaitNorGetsLost() throws Exception {
        Signal signal = loops.signal();
        var raised = new AtomicInteger(-1);
        var stillInterrupted = new AtomicInteger(-1);
        var waiter =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    Thread.currentThread().interrupt();
                                    raised.set(signal.await(inTime()) ? 1 : 0);
                                    boolean status = Thread.currentThread().isInterrupted();
                                    stillInterrupted.set(status ? 1 : 0);
                                });
        waiter.interrupt();
        signal.raise();
        waiter.join();

        assertEquals(1, raised.get());
        assertEquals(1, stillInterrupted.get());
    }

    @Test
    void aBellThatRangBeforeTheWaitIsNotMissed() {
        Bell bell = new Bell();

        bell.ring();
        bell.ring();

        bell.await(); // would wait for ever
    }

    @Test
    void everyRingOfABellIsAnsweredByALook() throws Exception {
        Bell there = new Bell();
        Bell back = new Bell();
        var left = new AtomicInteger(20_000);
        var done = new CountDownLatch(1);
        loops.spawn(
                "answers",
                () -> {
                    while (left.get() > 0) {
                        there.await();
                        left.decrementAndGet();
                        back.ring();
                    }
                    done.countDown();
                });
        while (left.get() > 0) {
            there.ring();
            back.await(); // a lost ring on either side would wait for ever
        }

        assertTrue(done.await(SECONDS_MAX, TimeUnit.SECONDS));
    }

    private long inTime() {
        return loops.clock().nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    }
}
