package norikv.lsm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// All that a read looks into, as it was at one moment: memtables, levels, live tablets.
///
/// Point reads find it inside an epoch and take no reference; whatever stays longer retains it.
/// **Order.** A reader pins a state first and calls [#loadApplied] second, never the other way: a
/// compaction that went by in between may have dropped the version visible at the older place.
///
/// **Threads.** Immutable but for the count of references.
final class ReadState {
    private final Memtable active;

    /// Of one class, however many there are: what the compiler made of lists of one or two would be
    /// thrown away when writes outrun flushes for the first time, just then.
    private final List<Memtable> memtables;

    private final Levels levels;
    private final TabletMap tablets;

    /// One for being current, one for each that retained it.
    private final AtomicInteger references = new AtomicInteger(1);

    /// Takes a reference to each part.
    ///
    /// @param memtables newest first; the first is written to, or was when this was current
    ReadState(List<Memtable> memtables, Levels levels, TabletMap tablets) {
        this.active = memtables.getFirst();
        this.memtables = Collections.unmodifiableList(new ArrayList<>(memtables));
        this.levels = levels;
        this.tablets = tablets;
        this.memtables.forEach(Memtable::retain);
        levels.retain();
    }

    Memtable active() {
        return active;
    }

    List<Memtable> memtables() {
        return memtables;
    }

    /// {@return the memtables that are not written to any more, newest first}
    List<Memtable> frozenMemtables() {
        return memtables.subList(1, memtables.size());
    }

    Levels levels() {
        return levels;
    }

    TabletMap tablets() {
        return tablets;
    }

    /// Loads where `tablet` stands in this state.
    ///
    /// Entries that came after the newest memtable here was frozen are not in this state, so the
    /// place at the freeze holds then; in particular its log time, or a value that was renewed
    /// since would look expired.
    void loadApplied(Tablet tablet, AppliedReading into) {
        tablet.applied().load(into);
        AppliedVector frozen = active().frozen();
        if (frozen != null) {
            frozen.read(tablet.id(), into);
        }
    }

    /// {@return whether a reference was taken; if not this is no longer current}
    boolean tryRetain() {
        int held = references.get();
        while (held > 0) {
            if (references.compareAndSet(held, held + 1)) {
                return true;
            }
            held = references.get();
        }
        return false;
    }

    /// {@return whether nobody holds this}
    boolean isReleased() {
        return references.get() == 0;
    }

    /// Gives a reference back; with the last one the parts lose theirs, and what nobody refers to
    /// any more goes to the janitor.
    void release(Janitor janitor) {
        int left = references.decrementAndGet();
        assert left >= 0 : "released too often";
        if (left == 0) {
            for (Memtable memtable : memtables) {
                if (memtable.release()) {
                    janitor.retire(memtable);
                }
            }
            levels.release(janitor);
        }
    }
}
