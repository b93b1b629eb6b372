package norikv.client;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import norikv.work.Loops;
import norikv.work.Signal;

/// A fixed number of places for calls in flight: the bound on everything the client keeps.
///
/// **Threads.** Any. Free places form a stack linked by index; the upper half of `top` counts the
/// changes, so that a place that came back meanwhile is not taken for one that never left.
final class Slots {
    private final Loops loops;
    private final int[] below;
    private final AtomicLong top = new AtomicLong();
    private volatile boolean closed;

    /// Whoever waits for a place. As many as there are threads in synchronous calls.
    private final Queue<Signal> waiters = new ConcurrentLinkedQueue<>();

    Slots(Loops loops, int count) {
        this.loops = loops;
        this.below = new int[count];
        for (int slot = 0; slot < count; slot++) {
            below[slot] = slot;
        }
        top.set(count);
    }

    /// {@return a free place, or -1}
    int tryTake() {
        while (true) {
            long seen = top.get();
            int number = (int) seen;
            if (number == 0) {
                return -1;
            }
            long next = (seen >>> 32) + 1 << 32 | below[number - 1];
            if (top.compareAndSet(seen, next)) {
                return number - 1;
            }
        }
    }

    /// {@return a free place, or -1 when there was none until the deadline, or it closed}
    int take(long deadlineNanos) {
        int slot = tryTake();
        while (slot < 0 && !closed) {
            Signal turn = loops.signal();
            waiters.add(turn);
            // Places that came free before we stood in line told somebody else.
            slot = tryTake();
            boolean inTime = slot >= 0 || closed || turn.await(deadlineNanos);
            boolean told = !waiters.remove(turn);
            if (slot < 0) {
                slot = tryTake();
            } else if (told) {
                // We were told of a place that we do not need: the next in line may have it.
                wakeOne();
            }
            if (!inTime) {
                break;
            }
        }
        return slot;
    }

    /// Gives a place back.
    void free(int slot) {
        while (true) {
            long seen = top.get();
            below[slot] = (int) seen;
            if (top.compareAndSet(seen, (seen >>> 32) + 1 << 32 | slot + 1)) {
                wakeOne();
                return;
            }
        }
    }

    /// Lets nobody wait any longer.
    void close() {
        closed = true;
        for (Signal turn = waiters.poll(); turn != null; turn = waiters.poll()) {
            turn.raise();
        }
    }

    private void wakeOne() {
        if (!waiters.isEmpty()) {
            Signal turn = waiters.poll();
            if (turn != null) {
                turn.raise();
            }
        }
    }
}
