package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import norikv.disk.Disk;
import norikv.domain.NoriException;
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
    private final Disk disk;
    private final ConcurrentLinkedQueue<Retired> retired = new ConcurrentLinkedQueue<>();
    private final List<Retired> waiting = new ArrayList<>();
    private Phase phase = Phase.IDLE;
    private volatile Runnable wake = () -> {};

    /// Something to be freed.
    private sealed interface Retired {
        record OfMemtable(Memtable memtable) implements Retired {}

        record OfTable(LiveTable table) implements Retired {}
    }

    Janitor(Epochs epochs, Slabs slabs, Disk disk) {
        this.epochs = epochs;
        this.slabs = slabs;
        this.disk = disk;
    }

    /// Says how to wake the loop that runs this.
    void wakeWith(Runnable newWake) {
        wake = newWake;
    }

    /// Recycles the memory of a memtable that is in no read state any more, in time.
    void retire(Memtable memtable) {
        retired.add(new Retired.OfMemtable(memtable));
        wake.run();
    }

    /// Removes the file of a table that is in no read state any more, if no level has it either,
    /// and unmaps it in time.
    void retire(LiveTable table) {
        retired.add(new Retired.OfTable(table));
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
                waiting.forEach(this::free);
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
        for (Retired r = retired.poll(); r != null; r = retired.poll()) {
            if (r instanceof Retired.OfTable(var table) && table.isObsolete()) {
                unlink(table);
            }
            waiting.add(r);
        }
    }

    /// A file that stays is removed by the next opening: nothing names it.
    private void unlink(LiveTable table) {
        try {
            disk.delete(table.table().path());
        } catch (NoriException.DiskFailure e) {
            Lsm.LOG.log(
                    Level.WARNING,
                    () -> "A file that is not needed stays. path=%s".formatted(table),
                    e);
        }
    }

    private void free(Retired r) {
        switch (r) {
            case Retired.OfMemtable(var memtable) -> slabs.giveBack(memtable.slab());
            case Retired.OfTable(var table) -> table.table().close();
        }
    }
}
