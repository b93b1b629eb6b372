package norikv.lsm;

import java.util.ArrayDeque;
import norikv.bytes.Region;
import norikv.bytes.RegionArena;

/// The native memory of the memtables: slabs of one size, recycled for as long as the engine lives.
/// A batch that no slab of that size can hold gets one of its own, freed after use.
///
/// **Threads.** Any. **Limits.** [#bytesInUse()] is what memtables hold, recycled slabs apart; the
/// writer keeps it below [LsmOptions.Memory#hardMaxBytes()].
final class Slabs {
    /// What released memory is filled with when it is poisoned: whoever still reads it, notices.
    private static final int POISON = 0xDE;

    private final RegionArena arena = new RegionArena();
    private final int slabBytes;
    private final boolean poisoned;
    private final ArrayDeque<Slab> free = new ArrayDeque<>();
    private volatile long bytesInUse;
    private boolean isClosed;

    /// A stretch of memory for one memtable.
    ///
    /// @param own the arena of a slab of unusual size, which is closed with it, or null
    record Slab(Region region, RegionArena own) {
        int bytes() {
            return (int) region.length();
        }
    }

    Slabs(int slabBytes, boolean poisoned) {
        this.slabBytes = slabBytes;
        this.poisoned = poisoned;
    }

    /// {@return a slab of the usual size, or larger if `bytesNeeded` asks for it} Its contents are
    /// undefined.
    synchronized Slab take(int bytesNeeded) {
        Slab slab;
        if (bytesNeeded > slabBytes) {
            var own = new RegionArena();
            slab = new Slab(own.allocate(bytesNeeded), own);
        } else if (free.isEmpty()) {
            slab = new Slab(arena.allocate(slabBytes), null);
        } else {
            slab = free.pop();
        }
        bytesInUse += slab.bytes();
        return slab;
    }

    /// Takes back what no reader can reach any more.
    synchronized void giveBack(Slab slab) {
        bytesInUse -= slab.bytes();
        if (isClosed) {
            return;
        }
        if (poisoned) {
            slab.region().fill(0, slab.bytes(), POISON);
        }
        if (slab.own() != null) {
            slab.own().close();
        } else {
            free.push(slab);
        }
    }

    /// {@return bytes of slabs that were taken and not given back}
    long bytesInUse() {
        return bytesInUse;
    }

    int slabBytes() {
        return slabBytes;
    }

    /// Frees everything. Nobody may read any memtable afterwards.
    synchronized void close() {
        isClosed = true;
        free.clear();
        arena.close();
    }
}
