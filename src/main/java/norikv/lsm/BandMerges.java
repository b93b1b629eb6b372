package norikv.lsm;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The insides of range cursors that wait to be used again: a scan of ten items is over sooner than
/// they are made.
///
/// Mostly a thread gets back what it gave: each has a slot, which it shares with a few others. What
/// finds the slot taken, as of a thread with many cursors open, goes through a queue for all.
///
/// **Threads.** Any. **Limits.** Keeps [#KEPT_MAX] at most, some 2 KiB a band and run of tables
/// each.
final class BandMerges {
    static final int KEPT_MAX = 32;

    private static final int SLOTS = KEPT_MAX / 2;
    private static final int QUEUED_MAX = KEPT_MAX - SLOTS;

    /// Neighbouring slots are in different lines of the processor's cache.
    private static final int STRIDE = 16;

    private final int bandCount;
    private final AtomicReferenceArray<BandMerge> slots =
            new AtomicReferenceArray<>(SLOTS * STRIDE);
    private final ConcurrentLinkedQueue<BandMerge> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();

    BandMerges(int bandCount) {
        this.bandCount = bandCount;
    }

    BandMerge take() {
        BandMerge merge = slots.getAndSet(slot(), null);
        if (merge != null) {
            return merge;
        }
        merge = queue.poll();
        if (merge == null) {
            return new BandMerge(bandCount);
        }
        queued.getAndDecrement();
        return merge;
    }

    /// Detaches `merge` and keeps it for the next.
    void giveBack(BandMerge merge) {
        merge.detach();
        if (slots.compareAndSet(slot(), null, merge)) {
            return;
        }
        if (queued.incrementAndGet() <= QUEUED_MAX) {
            queue.add(merge);
        } else {
            queued.getAndDecrement();
        }
    }

    private static int slot() {
        long id = Thread.currentThread().threadId();
        return (int) (id & SLOTS - 1) * STRIDE;
    }
}
