package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Pool;
import norikv.work.Signal;
import norikv.work.Step;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.Test;

/// The two bounds that every call passes, under many threads.
final class SlotsTest {
    private static final ThreadLoops LOOPS =
            new ThreadLoops(
                    (where, cause) -> {
                        throw new AssertionError(where, cause);
                    });

    @Test
    void everySlotIsTakenOnceAndComesBack() {
        var slots = new Slots(LOOPS, 5);
        Set<Integer> taken = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            taken.add(slots.tryTake());
        }
        assertEquals(Set.of(0, 1, 2, 3, 4), taken);
        assertEquals(-1, slots.tryTake());
        slots.free(3);
        assertEquals(3, slots.tryTake());
        assertEquals(-1, slots.tryTake());
    }

    @Test
    void noSlotIsHeldByTwoAndNobodyWaitsForEver() throws InterruptedException {
        var slots = new Slots(LOOPS, 3);
        var held = new AtomicIntegerArray(3);
        var clashes = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 16; t++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 2_000; i++) {
                                            int slot = slots.take(Step.UNTIL_WOKEN);
                                            if (held.incrementAndGet(slot) != 1) {
                                                clashes.incrementAndGet();
                                            }
                                            Thread.yield();
                                            held.decrementAndGet(slot);
                                            slots.free(slot);
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            assertTrue(thread.join(java.time.Duration.ofSeconds(30)), "somebody waits for ever");
        }
        assertEquals(0, clashes.get());
    }

    @Test
    void aSlotThatCameFreeBeforeSomebodyStoodInLineIsTaken() {
        var loops = new FreeingLoops();
        var slots = new Slots(loops, 1);
        assertEquals(0, slots.tryTake());
        loops.whenASignalIsMade = () -> slots.free(0);
        assertEquals(0, slots.take(Step.UNTIL_WOKEN));
    }

    @Test
    void closingEndsEveryWait() throws InterruptedException {
        var slots = new Slots(LOOPS, 1);
        slots.tryTake();
        var got = new AtomicInteger();
        Thread waiter =
                Thread.ofVirtual().start(() -> got.set(slots.take(Step.UNTIL_WOKEN)));
        while (waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        slots.close();
        waiter.join();
        assertEquals(-1, got.get());
    }

    @Test
    void theRingKeepsTheOrderAndItsBound() {
        var ring = new CallRing(4);
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            calls.add(call(i));
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 4; i++) {
                assertTrue(ring.offer(calls.get(i)));
            }
            assertFalse(ring.offer(calls.get(4)));
            assertFalse(ring.isEmpty());
            for (int i = 0; i < 4; i++) {
                assertSame(calls.get(i), ring.poll());
            }
            assertTrue(ring.isEmpty());
            assertNull(ring.poll());
        }
    }

    @Test
    void nothingIsLostOrDoubledInTheRing() {
        var ring = new CallRing(64);
        int producers = 4;
        int each = 20_000;
        for (int p = 0; p < producers; p++) {
            int first = p * each;
            Thread.ofPlatform()
                    .daemon()
                    .start(
                            () -> {
                                for (int i = 0; i < each; i++) {
                                    Call call = call(first + i);
                                    while (!ring.offer(call)) {
                                        Thread.yield();
                                    }
                                }
                            });
        }
        int[] last = new int[producers];
        java.util.Arrays.fill(last, -1);
        for (int taken = 0; taken < producers * each; ) {
            Call call = ring.poll();
            if (call == null) {
                Thread.yield();
                continue;
            }
            int producer = call.slot / each;
            assertEquals(last[producer] + 1, call.slot % each);
            last[producer] = call.slot % each;
            taken++;
        }
        assertTrue(ring.isEmpty());
    }

    /// Does something at the moment when a waiter is about to stand in line, and nobody may wait.
    private static final class FreeingLoops implements Loops {
        private Runnable whenASignalIsMade = () -> {};

        @Override
        public Signal signal() {
            whenASignalIsMade.run();
            return new Signal() {
                @Override
                public void raise() {}

                @Override
                public boolean isRaised() {
                    return false;
                }

                @Override
                public boolean await(long deadlineNanos) {
                    throw new AssertionError("waits although there is a slot");
                }
            };
        }

        @Override
        public Clock clock() {
            return LOOPS.clock();
        }

        @Override
        public Loop start(String name, Step step) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Pool pool(String name, int threads, int queueMax) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void spawn(String name, Runnable task) {
            throw new UnsupportedOperationException();
        }
    }

    private static Call call(int slot) {
        return new Call(
                null, Sessions.Lease.NONE, 0, 0, Call.ANY_NODE, slot, 1, (_, _) -> {});
    }
}
