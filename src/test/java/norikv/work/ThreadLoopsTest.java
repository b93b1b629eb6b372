package norikv.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loops, pools and signals on real threads. Waits have bounds, counts decide.
@Timeout(60)
final class ThreadLoopsTest {
    /// How long a wait may take that should end at once; what goes wrong takes so long to show.
    private static final long SECONDS_MAX = Long.getLong("seconds", 20);

    private record Fault(String where, Throwable cause) {}

    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final CountDownLatch faulted = new CountDownLatch(1);
    private final ThreadLoops loops =
            new ThreadLoops(
                    (where, cause) -> {
                        faults.add(new Fault(where, cause));
                        faulted.countDown();
                    });

    @Test
    void aLoopRunsAtOnceAndThenWhenWoken() {
        var runs = new AtomicInteger();
        var first = loops.signal();
        var second = loops.signal();
        Loop loop =
                loops.start(
                        "test",
                        _ -> {
                            (runs.incrementAndGet() == 1 ? first : second).raise();
                            return Step.UNTIL_WOKEN;
                        });
        assertTrue(first.await(inTime()));
        loop.wake();

        assertTrue(second.await(inTime()));
        loop.stop();
        assertEquals(2, runs.get());
    }

    @Test
    void aWakeUpDuringTheStepRunsItOnceMore() {
        var self = new Loop[1];
        var given = loops.signal();
        var third = loops.signal();
        var runs = new AtomicInteger();
        self[0] =
                loops.start(
                        "test",
                        _ -> {
                            given.await(inTime());
                            if (runs.incrementAndGet() == 3) {
                                third.raise();
                            } else {
                                self[0].wake();
                            }
                            return Step.UNTIL_WOKEN;
                        });
        given.raise();

        assertTrue(third.await(inTime()));
        self[0].stop();
        assertEquals(3, runs.get());
    }

    @Test
    void aLoopRunsAgainWhenItsDeadlineComesAndNeverBefore() {
        var runs = new AtomicInteger();
        var early = new AtomicInteger();
        var deadline = new AtomicLong();
        var done = loops.signal();
        Loop loop =
                loops.start(
                        "test",
                        now -> {
                            if (now < deadline.get()) {
                                early.incrementAndGet();
                            }
                            if (runs.incrementAndGet() == 20) {
                                done.raise();
                                return Step.UNTIL_WOKEN;
                            }
                            deadline.set(now + 200_000);
                            return deadline.get();
                        });

        assertTrue(done.await(inTime()));
        loop.stop();
        assertEquals(20, runs.get());
        assertEquals(0, early.get());
    }

    @Test
    void aStepThatHasWorkLeftIsRunWithoutAWakeUp() {
        var runs = new AtomicInteger();
        var done = loops.signal();
        Loop loop =
                loops.start(
                        "test",
                        now -> {
                            if (runs.incrementAndGet() < 1000) {
                                return runs.get() % 2 == 0 ? now : Long.MIN_VALUE;
                            }
                            done.raise();
                            return Step.UNTIL_WOKEN;
                        });

        assertTrue(done.await(inTime()));
        loop.stop();
        assertEquals(1000, runs.get());
    }

    /// With one producer a single lost wake-up is the end, with more another's rescues it: so the
    /// last of them ends alone.
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void noWakeUpIsLost(int producers) throws Exception {
        int rounds = 8000;
        var inbox = new AtomicLongArray(producers);
        var outbox = new AtomicLongArray(producers);
        Loop loop =
                loops.start(
                        "test",
                        _ -> {
                            for (int i = 0; i < producers; i++) {
                                outbox.setRelease(i, inbox.getOpaque(i));
                            }
                            return Step.UNTIL_WOKEN;
                        });
        var answered = new AtomicLong();
        var threads = new Thread[producers];
        for (int i = 0; i < producers; i++) {
            int me = i;
            threads[i] =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        long until = inTime();
                                        for (int n = 1; n <= rounds << me; n++) {
                                            // The weakest order there is: the wake-up itself must
                                            // carry it over.
                                            inbox.setOpaque(me, n);
                                            loop.wake();
                                            if (!answers(outbox, me, n, until)) {
                                                return;
                                            }
                                            answered.incrementAndGet();
                                        }
                                    });
        }
        for (Thread thread : threads) {
            thread.join();
        }

        loop.stop();
        assertEquals(((1L << producers) - 1) * rounds, answered.get());
    }

    /// Waits, by polling and parking in turn, until box `at` holds `expected`.
    private boolean answers(AtomicLongArray boxes, int at, long expected, long until) {
        for (int polls = 0; boxes.getAcquire(at) != expected; polls++) {
            if (polls % 128 == 127) {
                if (loops.clock().nanoTime() > until) {
                    return false;
                }
                LockSupport.parkNanos(1000);
            }
            Thread.onSpinWait();
        }
        return true;
    }

    @Test
    void stoppingWaitsForTheRunningStepAndNoStepFollows() throws Exception {
        var inside = new CountDownLatch(1);
        var go = loops.signal();
        var ended = new AtomicInteger();
        Loop loop =
                loops.start(
                        "test",
                        now -> {
                            inside.countDown();
                            go.await(inTime());
                            ended.incrementAndGet();
                            return now;
                        });
        assertTrue(inside.await(SECONDS_MAX, TimeUnit.SECONDS));
        var endedAtStop = new AtomicInteger(-1);
        var stopped = new CountDownLatch(1);
        loops.spawn(
                "stopper",
                () -> {
                    loop.stop();
                    endedAtStop.set(ended.get());
                    stopped.countDown();
                });
        go.raise();

        assertTrue(stopped.await(SECONDS_MAX, TimeUnit.SECONDS));
        loop.stop();
        loop.wake();
        assertEquals(endedAtStop.get(), ended.get());
    }

    @Test
    void aLoopMayStopItselfFromInside() {
        var self = new Loop[1];
        var given = loops.signal();
        var runs = new AtomicInteger();
        self[0] =
                loops.start(
                        "test",
                        now -> {
                            given.await(inTime());
                            runs.incrementAndGet();
                            self[0].stop();
                            return now;
                        });
        given.raise();
        self[0].stop();

        assertTrue(runs.get() <= 1);
    }

    @Test
    void whatAStepThrowsStopsItsLoopAndIsFatal() throws Exception {
        var error = new AssertionError("index 3 > 2");
        Loop loop =
                loops.start(
                        "wal",
                        _ -> {
                            throw error;
                        });

        assertTrue(faulted.await(SECONDS_MAX, TimeUnit.SECONDS));
        loop.wake();
        loop.stop();
        assertEquals(List.of(new Fault("wal: step", error)), List.copyOf(faults));
    }

    @Test
    void anInterruptOfALoopMeansNothing() {
        var interrupted = new AtomicInteger();
        var runs = new AtomicInteger();
        var first = loops.signal();
        var second = loops.signal();
        Loop loop =
                loops.start(
                        "test",
                        _ -> {
                            if (Thread.currentThread().isInterrupted()) {
                                interrupted.incrementAndGet();
                            }
                            (runs.incrementAndGet() == 1 ? first : second).raise();
                            Thread.currentThread().interrupt();
                            return Step.UNTIL_WOKEN;
                        });
        assertTrue(first.await(inTime()));
        loop.wake();

        assertTrue(second.await(inTime()));
        loop.stop();
        assertEquals(0, interrupted.get());
        assertEquals(2, runs.get());
    }

    @Test
    void aPoolRunsItsThreadsAtTheSameTime() {
        var meeting = new CyclicBarrier(3);
        var met = new AtomicInteger();
        Pool pool = loops.pool("io", 3, 10);
        for (int i = 0; i < 3; i++) {
            assertTrue(
                    pool.offer(
                            () -> {
                                try {
                                    meeting.await(SECONDS_MAX, TimeUnit.SECONDS);
                                    met.incrementAndGet();
                                } catch (InterruptedException
                                        | BrokenBarrierException
                                        | TimeoutException e) {
                                    throw new IllegalStateException(e);
                                }
                            }));
        }

        pool.stop();
        assertEquals(3, met.get());
    }

    @Test
    void aFullPoolRefusesAndAStoppingOneRunsWhatItHas() throws Exception {
        Pool pool = loops.pool("io", 1, 2);
        var busy = new CountDownLatch(1);
        var go = loops.signal();
        var ran = new AtomicInteger();
        Runnable task =
                () -> {
                    busy.countDown();
                    go.await(inTime());
                    ran.incrementAndGet();
                };
        assertTrue(pool.offer(task));
        assertTrue(busy.await(SECONDS_MAX, TimeUnit.SECONDS));

        assertTrue(pool.offer(task));
        assertTrue(pool.offer(task));
        assertFalse(pool.offer(task));
        go.raise();
        pool.stop();
        assertEquals(3, ran.get());
        assertFalse(pool.offer(task));
        pool.stop();
        assertEquals(3, ran.get());
    }

    @Test
    void aPoolMayBeStoppedByItsOwnTaskAndStillRunsWhatItHas() {
        Pool pool = loops.pool("io", 1, 2);
        var queued = loops.signal();
        var ran = new AtomicInteger();
        pool.offer(
                () -> {
                    queued.await(inTime());
                    pool.stop();
                    ran.incrementAndGet();
                });
        assertTrue(pool.offer(ran::incrementAndGet));
        queued.raise();
        pool.stop();

        assertEquals(2, ran.get());
    }

    @Test
    void whatATaskThrowsIsFatalAndItsPoolGoesOn() {
        Pool pool = loops.pool("io", 1, 10);
        var error = new OutOfMemoryError("none of it");
        pool.offer(
                () -> {
                    Thread.currentThread().interrupt();
                    throw error;
                });
        var interrupted = new AtomicInteger(-1);
        pool.offer(() -> interrupted.set(Thread.currentThread().isInterrupted() ? 1 : 0));
        pool.stop();

        assertEquals(0, interrupted.get());
        assertEquals(List.of(new Fault("io: task", error)), List.copyOf(faults));
    }

    @Test
    void everyTaskThatAPoolTookIsRunOnce() throws Exception {
        int tasks = 20_000;
        Pool pool = loops.pool("io", 2, 16);
        var ran = new AtomicInteger();
        var taken = new AtomicInteger();
        var done = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            loops.spawn(
                    "offerer",
                    () -> {
                        for (int n = 0; n < tasks; n++) {
                            if (pool.offer(ran::incrementAndGet)) {
                                taken.incrementAndGet();
                            }
                        }
                        done.countDown();
                    });
        }

        assertTrue(done.await(SECONDS_MAX, TimeUnit.SECONDS));
        pool.stop();
        assertEquals(taken.get(), ran.get());
        assertTrue(ran.get() > 0);
    }

    @Test
    void aSpawnedTaskRunsOnAVirtualThreadAndItsErrorsAreFatal() throws Exception {
        var thread = new Thread[1];
        var cause = new IllegalStateException("broken");
        loops.spawn(
                "conn-1",
                () -> {
                    thread[0] = Thread.currentThread();
                    throw cause;
                });

        assertTrue(faulted.await(SECONDS_MAX, TimeUnit.SECONDS));
        assertTrue(thread[0].isVirtual());
        assertEquals("conn-1", thread[0].getName());
        assertEquals(List.of(new Fault("conn-1: task", cause)), List.copyOf(faults));
    }

    @Test
    void everyLoopHasAThreadOfItsOwnThatBearsItsName() {
        var threads = new Thread[2];
        var started = new Signal[] {loops.signal(), loops.signal()};
        Loop[] both = new Loop[2];
        for (int i = 0; i < 2; i++) {
            int me = i;
            both[i] =
                    loops.start(
                            "loop-" + i,
                            _ -> {
                                threads[me] = Thread.currentThread();
                                started[me].raise();
                                return Step.UNTIL_WOKEN;
                            });
            assertTrue(started[i].await(inTime()));
        }

        assertNotSame(threads[0], threads[1]);
        assertEquals("loop-1", threads[1].getName());
        assertTrue(threads[1].isDaemon());
        assertFalse(threads[1].isVirtual());
        both[0].stop();
        both[1].stop();
        assertSame(Thread.State.TERMINATED, threads[1].getState());
    }

    private long inTime() {
        return loops.clock().nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    }
}
