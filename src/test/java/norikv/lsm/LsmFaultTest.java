package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One call of the disk goes wrong, each in its turn: the answer is right or an error, nothing that
/// was durable is lost, and what was only an attempt is made again.
final class LsmFaultTest {
    private static final int KEYS = 60;

    private final Logger log = Logger.getLogger("norikv.lsm");

    /// Failed attempts are logged, with their causes: hundreds of them here.
    @BeforeEach
    void silence() {
        log.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        log.setLevel(null);
    }

    @Test
    void eachCallThatChangesSomethingFailsOnce() {
        List<SimFault> kinds =
                List.of(new SimFault.Broken(), new SimFault.NoSpace(), new SimFault.ShortWrite());
        for (SimFault kind : kinds) {
            boolean met = true;
            for (int k = 1; met; k++) {
                met = failOnce(k, kind);
                assertTrue(k < 1000, "no end of calls");
            }
        }
    }

    /// @return whether the scenario has a `k`-th changing call
    private static boolean failOnce(int k, SimFault kind) {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        long before = rig.disk.changes();
        rig.disk.inject(SimFault.nth(k, call -> call.op().changes()), kind);
        boolean failed = scenario(rig);
        boolean met = rig.disk.changes() >= before + k;
        rig.disk.heal();
        String what = "call %d, %s".formatted(k, kind);
        if (!failed && rig.faults.isEmpty()) {
            rig.driver.advance(100_000_000);
            rig.flush();
            assertEquals(expected(KEYS), rig.scan(), what);
            assertEquals(rig.lsm.applied(LsmRig.id(0)), rig.lsm.durable(LsmRig.id(0)), what);
        }
        long told = rig.lsm.durable(LsmRig.id(0)).at().index();
        rig.crash(k);
        rig.open();
        long durable = rig.lsm.durable(LsmRig.id(0)).at().index();
        assertTrue(durable >= told, what);
        assertEquals(expected((int) durable), rig.scan(), what);
        rig.close();
        return met;
    }

    /// Writes one key after the other, flushed now and then, with merges in between.
    ///
    /// @return whether it was told of a failure
    private static boolean scenario(LsmRig rig) {
        try {
            for (int i = 0; i < KEYS; i++) {
                rig.put(0, "key%02d".formatted(i), "value" + i);
                if (i % 10 == 9 && !rig.lsm.flush(rig.driver.nowNanos() + 200_000_000)) {
                    return true;
                }
                rig.settle();
            }
            return false;
        } catch (NoriException.DiskFailure | NoriException.Closed _) {
            return true;
        }
    }

    private static List<String> expected(int keys) {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            items.add("key%02d=value%d".formatted(i, i));
        }
        return items;
    }

    @Test
    void eachReadDeliversAWrongBitOnce() {
        boolean met = true;
        for (int k = 1; met; k++) {
            assertTrue(k < 1000, "no end of calls");
            met = flipOnce(k);
        }
    }

    /// @return whether the scenario has a `k`-th read
    private static boolean flipOnce(int k) {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        scenario(rig);
        rig.flush();
        rig.close();
        int[] reads = {0};
        rig.disk.inject(
                call -> call.op() == SimDisk.Op.READ && ++reads[0] == k, new SimFault.BitFlip());
        try {
            rig.open();
            assertEquals(expected(KEYS), rig.scan());
            for (int i = 0; i < KEYS; i++) {
                assertEquals("value" + i, rig.get(0, "key%02d".formatted(i)));
            }
            rig.close();
        } catch (NoriException.Corruption e) {
            assertTrue(e.getMessage().startsWith("lsm/"), e::getMessage);
        }
        return reads[0] >= k;
    }

    @Test
    void aDamagedBlockIsAnErrorThatNamesItAndNeverMissing() {
        var rig = new LsmRig(LsmRig.options(9)).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        rig.put(0, "b", "1");
        rig.flush();
        rig.close();
        rig.disk.damage("lsm/000001.sst", 20, 1);
        rig.open();

        var damage = assertThrows(NoriException.Corruption.class, () -> rig.get(0, "a"));
        assertTrue(damage.getMessage().startsWith("lsm/000001.sst@"), damage::getMessage);
        assertThrows(NoriException.Corruption.class, rig::scan);
        assertEquals("1", rig.get(0, "b"));
    }

    @Test
    void aDamagedTableIsLeftAloneAndTheRestIsServedAndMerged() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "m", "1");
        rig.flush();
        rig.close();
        rig.disk.damage("lsm/000001.sst", 20, 1);
        rig.open();
        rig.put(0, "a", "1");
        rig.put(0, "z", "1");
        rig.flush();
        rig.put(0, "b", "1");
        rig.put(0, "y", "1");
        rig.flush();
        rig.driver.advance(100_000_000);

        assertTrue(rig.events.contains(new Event.Lsm.TableQuarantined(1)), rig.events::toString);
        assertEquals(List.of(), rig.faults);
        assertEquals("1", rig.get(0, "a"));
        assertEquals("1", rig.get(0, "b"));
        assertThrows(NoriException.Corruption.class, () -> rig.get(0, "m"));
    }

    @Test
    void aMissingOrForeignTableStopsTheOpeningAndNothingIsRemoved() {
        var rig = new LsmRig(LsmRig.options(9)).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        rig.put(0, "b", "1");
        rig.flush();
        rig.close();
        rig.disk.rename("lsm/000001.sst", "lsm/elsewhere");
        List<String> files = rig.files();
        assertThrows(NoriException.Corruption.class, rig::open);
        rig.disk.link("lsm/000002.sst", "lsm/000001.sst");
        assertThrows(NoriException.Corruption.class, rig::open);
        rig.disk.delete("lsm/000001.sst");

        assertEquals(files, rig.files());
        rig.disk.rename("lsm/elsewhere", "lsm/000001.sst");
        rig.open();
        assertEquals(List.of("a=1", "b=1"), rig.scan());
    }

    @Test
    void whatNothingNamesIsRemovedWhenTheFolderIsOpened() {
        var rig = new LsmRig(LsmRig.options(9)).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        rig.close();
        List<String> files = rig.files();
        rig.disk.link("lsm/000001.sst", "lsm/000017.sst");
        rig.disk.link("lsm/000001.sst", "lsm/MANIFEST-000099");
        rig.disk.link("lsm/000001.sst", "lsm/CURRENT.tmp");
        rig.disk.link("lsm/000001.sst", "lsm/notes.txt");
        rig.open();

        assertEquals(files.size() + 1, rig.files().size(), () -> rig.files().toString());
        assertTrue(rig.files().contains("notes.txt"), "what is not ours is left alone");
        rig.put(0, "b", "1");
        rig.flush();
        assertTrue(rig.files().contains("000018.sst"), "a number that was used is not used again");
    }

    @Test
    void twoEnginesMayShareADisk() {
        var rig = new LsmRig(LsmRig.options(9)).withShards(1);
        rig.put(0, "a", "1");
        Lsm.Environment first = rig.environment();
        var environment =
                new Lsm.Environment(
                        first.disk(),
                        "other",
                        first.loops(),
                        first.faults(),
                        first.meter(),
                        first.events());
        try (Lsm other = Lsm.open(environment, LsmRig.options(9))) {
            other.createTablets(List.of(new ShardId(0)));
            assertEquals(AppliedAt.NOTHING, other.applied(new ShardId(0)));
        }
        assertEquals("1", rig.get(0, "a"));
    }
}
