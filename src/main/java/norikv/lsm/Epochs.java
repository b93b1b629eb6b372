package norikv.lsm;

import java.util.concurrent.atomic.AtomicLongArray;

/// Tells when nobody can still be reading what was taken out of sight.
///
/// A reader counts itself in under the current parity, on a stripe of its own, then loads the read
/// state, and counts itself out on the same counter. Whoever wants to free what no new reader can
/// find drains the inactive parity, flips, and drains the parity that was active. One flip alone
/// would not do: a reader may have loaded the parity before a flip and count itself in after it.
///
/// **Threads.** Any may enter and exit; one (the janitor) drains and flips.
/// **Source.** Sleepable RCU, McKenney, 2006.
final class Epochs {
    private static final int STRIPES = 64;

    /// Longs between two counters: two cache lines.
    private static final int STRIDE = 16;

    private final AtomicLongArray counters = new AtomicLongArray(STRIPES * 2 * STRIDE);
    private volatile int parity;

    /// {@return what [#exit(int)] takes}
    int enter() {
        return enter(parity());
    }

    /// {@return the parity that readers enter under now}
    int parity() {
        return parity;
    }

    int enter(int loadedParity) {
        int stripe = (int) Thread.currentThread().threadId() & STRIPES - 1;
        int token = (stripe * 2 + loadedParity) * STRIDE;
        counters.getAndIncrement(token);
        return token;
    }

    void exit(int token) {
        counters.getAndDecrement(token);
    }

    void flip() {
        parity = 1 - parity;
    }

    /// {@return whether each counter of the parity was seen at zero}
    boolean isDrained(int ofParity) {
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            if (counters.get((stripe * 2 + ofParity) * STRIDE) != 0) {
                return false;
            }
        }
        return true;
    }
}
