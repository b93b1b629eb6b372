package norikv.kv;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/// All calls that something else than their own thread will answer, so that a sweep finds those
/// whose deadline has passed.
///
/// A table of twice as many places as calls may be in it: a place is found by trying the next ones
/// from a ticket on, and most calls leave in the order they came, so the first is nearly always
/// free.
///
/// **Threads.** Any. **Limits.** At most [#CALLS_MAX] calls.
final class InFlight {
    /// The most calls under way at a time on one node.
    static final int CALLS_MAX = 32_768;

    private static final int PLACES = 2 * CALLS_MAX;

    private final AtomicReferenceArray<Call> places = new AtomicReferenceArray<>(PLACES);
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong tickets = new AtomicLong();
    private volatile boolean closed;

    /// Takes `call` in until it is answered.
    ///
    /// @return false when the table is full or closed: nobody would watch the deadline
    boolean add(Call call) {
        if (closed) {
            return false;
        }
        if (count.incrementAndGet() > CALLS_MAX) {
            count.decrementAndGet();
            return false;
        }
        int place = (int) tickets.getAndIncrement() & PLACES - 1;
        call.willTake(place);
        while (!places.compareAndSet(place, null, call)) {
            place = place + 1 & PLACES - 1;
            call.willTake(place);
        }
        // Pairs with the order in which a call is answered and then leaves, and in which the
        // table is closed and then searched: one of the two sees the other.
        if (call.isAnswered()) {
            remove(place, call);
        }
        return !closed || !remove(place, call);
    }

    /// Lets the call go that was answered. Doing it again does nothing.
    boolean remove(int place, Call call) {
        if (places.compareAndSet(place, call, null)) {
            count.decrementAndGet();
            return true;
        }
        return false;
    }

    int count() {
        return count.get();
    }

    /// Answers every call whose deadline is `nowNanos` or before.
    void expire(long nowNanos) {
        if (count.get() == 0) {
            return;
        }
        forEach(
                call -> {
                    if (call.deadlineNanos() <= nowNanos) {
                        call.answerOverdue();
                    }
                });
    }

    /// Takes no more calls and gives those that are left to `last`.
    void close(Consumer<Call> last) {
        closed = true;
        forEach(last);
    }

    private void forEach(Consumer<Call> visitor) {
        for (int place = 0; place < PLACES; place++) {
            Call call = places.getAcquire(place);
            if (call != null) {
                visitor.accept(call);
            }
        }
    }
}
