package norikv.sstable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Counts entries and bytes of each tablet while a table is written, without an object an entry.
///
/// Open addressing over three parallel arrays. **Limits.** As many tablets as the table has, some
/// 32 bytes each. **Threads.** Confined to one.
final class TabletTally {
    private int[] ids = new int[16];
    private long[] entries = new long[16];
    private long[] rawBytes = new long[16];
    private int count;
    private int last;

    void add(int tablet, long bytes) {
        int slot = last;
        if (ids[slot] != tablet || entries[slot] == 0) {
            slot = slot(tablet);
            if (entries[slot] == 0) {
                slot = claim(tablet, slot);
            }
            last = slot;
        }
        entries[slot]++;
        rawBytes[slot] += bytes;
    }

    int count() {
        return count;
    }

    /// {@return what was counted, by tablet ascending, unsigned}
    List<TableFacts.TabletShare> shares() {
        List<TableFacts.TabletShare> shares = new ArrayList<>(count);
        for (int i = 0; i < ids.length; i++) {
            if (entries[i] != 0) {
                shares.add(new TableFacts.TabletShare(ids[i], entries[i], rawBytes[i]));
            }
        }
        shares.sort(
                Comparator.comparing(TableFacts.TabletShare::tablet, Integer::compareUnsigned));
        return shares;
    }

    /// {@return where `tablet` is, or the empty place where it belongs}
    private int slot(int tablet) {
        int slot = (int) (tablet * 0x9E3779B97F4A7C15L >>> 32) & ids.length - 1;
        while (entries[slot] != 0 && ids[slot] != tablet) {
            slot = slot + 1 & ids.length - 1;
        }
        return slot;
    }

    private int claim(int tablet, int slot) {
        int free = slot;
        if (++count > ids.length / 2) {
            grow();
            free = slot(tablet);
        }
        ids[free] = tablet;
        return free;
    }

    private void grow() {
        int[] oldIds = ids;
        long[] oldEntries = entries;
        long[] oldRawBytes = rawBytes;
        ids = new int[2 * oldIds.length];
        entries = new long[ids.length];
        rawBytes = new long[ids.length];
        for (int i = 0; i < oldIds.length; i++) {
            if (oldEntries[i] != 0) {
                int slot = slot(oldIds[i]);
                ids[slot] = oldIds[i];
                entries[slot] = oldEntries[i];
                rawBytes[slot] = oldRawBytes[i];
            }
        }
    }
}
