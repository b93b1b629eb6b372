package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import norikv.disk.FileDisk;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A checkpoint is a store of its own, whole or not there.
final class StoreCheckpointTest {
    private static final String TO = "copies/monday";

    @TempDir Path folder;

    @Test
    void aCheckpointHoldsWhatWasCommittedAndGoesItsOwnWay() {
        var rig = new StoreRig();
        fill(rig);
        Map<String, String> expected = rig.content();
        rig.store.checkpoint(TO);
        rig.put("a", "later", Durability.SYNC);
        try (Store copy = rig.open(TO)) {
            assertEquals(expected, StoreRig.content(copy));
            copy.put(StoreRig.bytes("b"), StoreRig.bytes("copy"), Durability.SYNC);
        }
        assertEquals("later", rig.get("a"));
        assertEquals("absent", rig.get("b"));
        assertThrows(NoriException.Malformed.class, () -> rig.store.checkpoint(TO));
        rig.store.close();
        try (Store copy = rig.open(TO)) {
            assertEquals("copy", new String(copy.get(StoreRig.bytes("b")).orElseThrow()));
        }
    }

    @Test
    void tablesOfACheckpointOutliveTheirCompaction() {
        var rig = new StoreRig();
        fill(rig);
        Map<String, String> expected = rig.content();
        rig.store.checkpoint(TO);
        for (int round = 0; round < 12; round++) {
            fill(rig);
            rig.store.flush(60_000);
        }
        rig.driver.runUntilIdle(100_000);
        try (Store copy = rig.open(TO)) {
            assertEquals(expected, StoreRig.content(copy));
        }
    }

    @Test
    void aCrashAnywhereLeavesTheWholeCheckpointOrNone() {
        boolean crashed = true;
        int there = 0;
        int runs = 0;
        for (int k = 1; crashed; k++) {
            for (int seed = 0; seed < 3; seed++) {
                crashed = crashAt(k, seed);
                there += lastWasThere ? 1 : 0;
                runs++;
            }
            assertTrue(k < 200, "no end of calls");
        }
        assertTrue(there > 0 && there < runs, "both outcomes: %d of %d".formatted(there, runs));
    }

    private boolean lastWasThere;

    /// {@return whether there was a `k`-th changing call}
    private boolean crashAt(int k, int seed) {
        var rig = new StoreRig();
        fill(rig);
        rig.store.sync();
        Map<String, String> expected = rig.content();
        rig.disk.crashAfter(k);
        boolean crashed = false;
        try {
            rig.store.checkpoint(TO);
            rig.disk.crashNow();
        } catch (SimDisk.Crashed | NoriException _) {
            crashed = rig.disk.hasCrashed();
        }
        rig.crash(31L * k + seed);
        rig.open();
        assertEquals(expected, rig.content());
        lastWasThere = rig.disk.exists(TO);
        if (lastWasThere) {
            try (Store copy = rig.open(TO)) {
                assertEquals(expected, StoreRig.content(copy));
            }
        } else {
            rig.store.checkpoint(TO);
            try (Store copy = rig.open(TO)) {
                assertEquals(expected, StoreRig.content(copy));
            }
        }
        rig.store.close();
        return crashed;
    }

    @Test
    void onARealDiskToo() {
        StoreOptions options = StoreOptions.defaults();
        try (Store store = Store.open(FileDisk.open(folder), "orders", options)) {
            store.put(StoreRig.bytes("a"), StoreRig.bytes("1"), Durability.LATER);
            store.checkpoint("orders-copy");
        }
        try (Store copy = Store.open(FileDisk.open(folder.resolve("orders-copy")), options)) {
            assertEquals(new TreeMap<>(Map.of("a", "1")), StoreRig.content(copy));
        }
    }

    private static void fill(StoreRig rig) {
        for (int i = 0; i < 40; i++) {
            rig.put("key" + i, "v".repeat(i * 20), Durability.LATER);
        }
        rig.store.flush(60_000);
        rig.put("key7", "again", Durability.LATER);
    }
}
