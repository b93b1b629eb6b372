package norikv.lsm;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// The live tablets: by shard for those who know what they look for, by number for those who meet
/// entries. Entries of tablets that are not here do not exist. And the numbers of those that are
/// being filled: nobody sees their entries, but they must stay.
///
/// **Threads.** Immutable.
final class TabletMap {
    static final TabletMap EMPTY = new TabletMap(List.of());

    private final Tablet[] tablets;
    private final Tablet[] byShard;

    /// Open addressing: tablet numbers and, beside them, places in [#tablets]; number 0 is none.
    private final int[] ids;
    private final int[] slots;

    private final Set<Integer> pending;

    TabletMap(List<Tablet> live) {
        this(live, Set.of());
    }

    /// @param filling the numbers of the tablets that are being filled
    TabletMap(List<Tablet> live, Set<Integer> filling) {
        pending = Set.copyOf(filling);
        tablets = live.toArray(Tablet[]::new);
        int shards = live.stream().mapToInt(t -> t.shard().number() + 1).max().orElse(0);
        byShard = new Tablet[shards];
        int capacity = Math.max(2, Integer.highestOneBit(Math.max(1, tablets.length)) * 4);
        ids = new int[capacity];
        slots = new int[capacity];
        for (int slot = 0; slot < tablets.length; slot++) {
            Tablet t = tablets[slot];
            assert t.id() != 0 && byShard[t.shard().number()] == null : t;
            byShard[t.shard().number()] = t;
            int at = place(t.id());
            ids[at] = t.id();
            slots[at] = slot;
        }
    }

    int size() {
        return tablets.length;
    }

    /// {@return the tablet in `slot`, 0 … size − 1; slots mean nothing outside of this map}
    Tablet at(int slot) {
        return tablets[slot];
    }

    List<Tablet> all() {
        return Arrays.asList(tablets);
    }

    /// {@return the live tablet of shard `number`, or null if it has none}
    Tablet ofShard(int number) {
        return number >= 0 && number < byShard.length ? byShard[number] : null;
    }

    /// {@return the slot of tablet `id`, or −1 if it is not live}
    int slotOf(int id) {
        int at = place(id);
        return ids[at] == id ? slots[at] : -1;
    }

    boolean isLive(int id) {
        return slotOf(id) >= 0;
    }

    /// {@return the numbers of the tablets that are being filled}
    Set<Integer> pending() {
        return pending;
    }

    /// {@return whether entries of tablet `id` are of no use to anybody, now or later}
    boolean isDead(int id) {
        return slotOf(id) < 0 && !pending.contains(id);
    }

    private int place(int id) {
        int at = id * 0x9E3779B1 >>> 1 & ids.length - 1;
        while (ids[at] != 0 && ids[at] != id) {
            at = at + 1 & ids.length - 1;
        }
        return at;
    }
}
