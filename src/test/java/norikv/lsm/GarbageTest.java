package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Tombstones and expired values leave the last level without a write that would push them out.
final class GarbageTest {
    private static final long MINUTE = 60_000_000_000L;

    private final LsmRig rig = new LsmRig(LsmRig.options(2)).withShards(1);

    @Test
    void expiredValuesLeaveTheLastLevelByThemselves() {
        rig.put(0, "a", "1", rig.logTime() + 50);
        rig.put(0, "b", "1");
        settleInTheLastLevel();
        assertEquals(3, entries());
        rig.advance(0, 100);
        rig.flush();

        assertEquals(2, entries());
        assertEquals(List.of("b=1", "z=1"), rig.scan());
    }

    @Test
    void littleGarbageLeavesWithASweep() {
        for (int i = 0; i < 20; i++) {
            rig.put(0, "k%02d".formatted(i), "1");
        }
        rig.put(0, "a", "1", rig.logTime() + 50);
        settleInTheLastLevel();
        rig.advance(0, 100);
        rig.flush();
        assertEquals(22, entries(), "not worth it");
        rig.driver.advance(3 * MINUTE);

        assertEquals(21, entries());
    }

    /// A snapshot needs what the tombstones hide: looking again and again would change nothing.
    @Test
    void whatASnapshotSeesStaysAndIsNotWrittenAgainAndAgain() {
        rig.put(0, "a", "1");
        Snapshot snapshot = rig.lsm.snapshot(_ -> true);
        rig.delete(0, "a");
        settleInTheLastLevel();
        long first = tableNumber();
        rig.driver.advance(MINUTE / 2);
        assertTrue(tableNumber() <= first + 1, "written at most once");
        long second = tableNumber();
        for (int minute = 0; minute < 120; minute++) {
            rig.driver.advance(MINUTE);
        }
        assertEquals(second, tableNumber(), "not written while the snapshot is open");
        assertEquals(3, entries());
        snapshot.close();
        rig.driver.advance(5 * MINUTE);

        assertEquals(1, entries());
        assertEquals(List.of("z=1"), rig.scan());
    }

    /// Of two shards in one table one has fallen silent: its log time does not reach the expiry
    /// that the other's is past.
    @Test
    void whatIsWrittenInVainIsWrittenLessAndLessOften() {
        rig.withShards(2);
        rig.put(0, "a", "1", rig.logTime() + 50);
        rig.put(1, "b", "1");
        settleInTheLastLevel();
        rig.advance(1, 100);
        rig.flush();
        long first = tableNumber();
        for (int minute = 0; minute < 120; minute++) {
            rig.driver.advance(MINUTE);
        }
        long written = tableNumber() - first;

        assertTrue(written >= 2 && written <= 8, "written %d times".formatted(written));
        assertEquals(3, entries());
    }

    private long tableNumber() {
        return rig.lsm.levels().level(6).getFirst().number();
    }

    private void settleInTheLastLevel() {
        rig.flush();
        rig.put(0, "z", "1");
        rig.flush();
        rig.settle();
    }

    private long entries() {
        return rig.lsm.levels().all().stream().mapToLong(t -> t.facts().entries()).sum();
    }
}
