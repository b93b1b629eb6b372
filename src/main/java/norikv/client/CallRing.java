package norikv.client;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The calls that wait for the writer of one connection, first come first served.
///
/// **Threads.** Any offers, one polls. A place is claimed by moving `tail`, then filled; an empty
/// place at `head` means that there is nothing to take yet. **Limits.** As many as given.
final class CallRing {
    private final AtomicReferenceArray<Call> places;
    private final int mask;
    private final AtomicLong tail = new AtomicLong();
    private volatile long head;

    /// @param capacity a power of two
    CallRing(int capacity) {
        assert Integer.bitCount(capacity) == 1 : capacity;
        places = new AtomicReferenceArray<>(capacity);
        mask = capacity - 1;
    }

    /// {@return whether there was room}
    boolean offer(Call call) {
        long at;
        do {
            at = tail.get();
            if (at - head > mask) {
                return false;
            }
        } while (!tail.compareAndSet(at, at + 1));
        places.set((int) at & mask, call);
        return true;
    }

    /// {@return the next call, or null when there is none yet}
    Call poll() {
        int place = (int) head & mask;
        Call call = places.get(place);
        if (call != null) {
            places.set(place, null);
            head++;
        }
        return call;
    }

    /// {@return whether [#poll()] would find nothing}
    boolean isEmpty() {
        return places.get((int) head & mask) == null;
    }
}
