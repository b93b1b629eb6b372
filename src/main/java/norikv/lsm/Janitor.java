package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import norikv.work.Step;

/// Frees what nobody can find any more, once nobody can still be reading it.
///
/// A grace period drains the inactive parity of the [Epochs], flips, and drains the parity that was
/// active; what was retired before it began is freed at its end. One flip serves many.
///
/// **Threads.** Any may retire; one loop runs the steps.
final class Janitor implements Step {
    /// How long to leave readers alone before looking again whether they are gone.
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    /// Where the running grace period is.
    private enum Phase {
        IDLE,
        DRAIN_INACTIVE,
        DRAIN_FORMER
    }

    private final Epochs epochs;
    private final Slabs slabs;
    private final ConcurrentLinkedQueue<Runnable> retired = new ConcurrentLinkedQueue<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private Phase phase = Phase.IDLE;
    private volatile Runnable wake = () -> {};

    Janitor(Epochs epochs, Slabs slabs) {
        this.epochs = epochs;
        this.slabs = slabs;
    }

    /// Says how to wake the loop that runs this.
    void wakeWith(Runnable newWake) {
        wake = newWake;
    }

    /// Recycles the memory of a memtable that is in no read state any more, in time.
    void retire(Memtable memtable) {
        retire(() -> slabs.giveBack(memtable.slab()));
    }

    /// Calls `free` once every reader that is inside an epoch now has left it.
    void retire(Runnable free) {
        retired.add(free);
        wake.run();
    }

    @Override
    public long runOnce(long nowNanos) {
        switch (phase) {
            case IDLE -> {
                takeRetired();
                if (waiting.isEmpty()) {
                    return UNTIL_WOKEN;
                }
                phase = Phase.DRAIN_INACTIVE;
            }
            case DRAIN_INACTIVE -> {
                if (!epochs.isDrained(1 - epochs.parity())) {
                    return nowNanos + LOOK_AGAIN_NANOS;
                }
                epochs.flip();
                phase = Phase.DRAIN_FORMER;
            }
            case DRAIN_FORMER -> {
                if (!epochs.isDrained(1 - epochs.parity())) {
                    return nowNanos + LOOK_AGAIN_NANOS;
                }
                waiting.forEach(Runnable::run);
                waiting.clear();
                phase = Phase.IDLE;
            }
        }
        return nowNanos;
    }

    /// {@return whether nothing waits to be freed}
    boolean isIdle() {
        return phase == Phase.IDLE && retired.isEmpty();
    }

    private void takeRetired() {
        for (Runnable r = retired.poll(); r != null; r = retired.poll()) {
            waiting.add(r);
        }
    }
}
