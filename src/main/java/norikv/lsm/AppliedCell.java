package norikv.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// Where one tablet stands (index, term, log time), published as one value without allocating.
///
/// Four slots are written in turn, so a reader retries only if the writer published three times
/// while it copied one slot; it never waits for a writer that is stopped half-way.
///
/// **Threads.** One writer at a time (who holds the apply lock); any may load.
final class AppliedCell {
    private static final VarHandle PUBLISHED;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int SLOTS = 4;
    private static final int WIDTH = 3;

    private final long[] slots = new long[SLOTS * WIDTH];

    /// How often something was published; the newest slot is this, modulo [#SLOTS].
    @SuppressWarnings("unused")
    private int published;

    static {
        try {
            PUBLISHED =
                    MethodHandles.lookup()
                            .findVarHandle(AppliedCell.class, "published", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    AppliedCell(long index, long term, long logTimeMillis) {
        slots[0] = index;
        slots[1] = term;
        slots[2] = logTimeMillis;
    }

    /// {@return the index published last} Only for the writer.
    long writtenIndex() {
        return slots[slot(published)];
    }

    /// {@return the log time published last} Only for the writer.
    long writtenLogTimeMillis() {
        return slots[slot(published) + 2];
    }

    /// Makes all entries up to `index` visible, and what was written before this with them.
    void publish(long index, long term, long logTimeMillis) {
        assert index >= writtenIndex() : "applied goes back to " + index;
        int next = published + 1;
        int at = slot(next);
        SLOT.setOpaque(slots, at, index);
        SLOT.setOpaque(slots, at + 1, term);
        SLOT.setOpaque(slots, at + 2, logTimeMillis);
        PUBLISHED.setRelease(this, next); // pairs with the acquire in load
        VarHandle.storeStoreFence(); // no slot is overwritten before this one is published
    }

    /// Loads the newest value.
    void load(AppliedReading into) {
        while (true) {
            int newest = (int) PUBLISHED.getAcquire(this);
            int at = slot(newest);
            into.set(
                    (long) SLOT.getOpaque(slots, at),
                    (long) SLOT.getOpaque(slots, at + 1),
                    (long) SLOT.getOpaque(slots, at + 2));
            VarHandle.acquireFence(); // the copy is complete before the look back
            if ((int) PUBLISHED.getOpaque(this) - newest < SLOTS - 1) {
                return;
            }
        }
    }

    private static int slot(int count) {
        return (count & SLOTS - 1) * WIDTH;
    }
}
