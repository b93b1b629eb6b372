package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.bytes.ByteReader;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A damaged table: what it covers is an error, all else goes on, and no compaction touches it.
final class QuarantineTest {
    private static final String FIRST = "lsm/000001.sst";
    private static final long PAUSE_NANOS = 100_000_000;
    private static final Event QUARANTINED = new Event.Lsm.TableQuarantined(1);

    private final Logger log = Logger.getLogger("norikv.lsm");

    @BeforeEach
    void silence() {
        log.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        log.setLevel(null);
    }

    @Test
    void aReadThatMeetsDamageSaysWhereAndTheTableIsInQuarantineFromThenOn() {
        var rig = new LsmRig(LsmRig.options(9)).withShards(3);
        rig.put(0, "a", "1");
        rig.put(1, "b", "1");
        rig.flush();
        rig.put(2, "c", "1");
        rig.flush();
        rig.close();
        rig.disk.damage(FIRST, 20, 1);
        rig.open();
        assertEquals(List.of(), rig.lsm.damage());

        var damage = assertThrows(NoriException.Corruption.class, () -> rig.get(0, "a"));
        assertEquals(QUARANTINED, rig.events.getLast());
        TableDamage known = rig.lsm.damage().getFirst();
        assertEquals(1, known.fileNumber());
        assertEquals(FIRST, known.path());
        assertEquals(damage.getMessage(), known.fault());
        assertTrue(known.fault().startsWith(FIRST + "@0:"), known::fault);
        assertEquals(List.of(LsmRig.id(0), LsmRig.id(1)), known.shards());

        assertThrows(NoriException.Corruption.class, () -> rig.get(1, "b"));
        assertEquals("1", rig.get(2, "c"));
        assertEquals(1, rig.events.stream().filter(QUARANTINED::equals).count(), "told once");
    }

    @Test
    void quarantineOutlivesARestartAndACrash() {
        var rig = rigWithDamage(9);
        assertThrows(NoriException.Corruption.class, () -> rig.get(0, "m"));
        rig.settle();
        rig.close();
        rig.open();
        assertEquals(1, rig.lsm.damage().size(), "after a restart");
        rig.crash(3);
        rig.open();
        assertEquals(1, rig.lsm.damage().size(), "after a crash");
        assertThrows(NoriException.Corruption.class, () -> rig.get(0, "m"));
    }

    @Test
    void aTableThatCannotBeOpenedCostsWhatItHeldAndNothingElse() {
        LsmRig whole = rigOfTwoTables();
        int parts = dataEnd(whole.disk.contentOf(FIRST));
        for (int at = parts; at < whole.disk.contentOf(FIRST).length; at += 3) {
            String what = "damage at " + at;
            var rig = whole.copy();
            rig.disk.damage(FIRST, at, 1 << at % 8);
            rig.open();

            assertEquals(List.of(LsmRig.id(0), LsmRig.id(1)), shardsOfDamage(rig), what);
            var fault = assertThrows(NoriException.Corruption.class, () -> rig.get(0, "a"), what);
            assertTrue(fault.getMessage().startsWith(FIRST + "@"), fault::getMessage);
            assertThrows(NoriException.Corruption.class, () -> rig.get(1, "not there"), what);
            assertThrows(NoriException.Corruption.class, rig::scan, what);
            assertEquals("1", rig.get(2, "c"), what);
            assertEquals("2", rig.get(0, "z"), "beyond its bounds: " + what);
            assertEquals(List.of(), rig.faults);
            rig.close();
        }
    }

    @Test
    void quarantineOfWhatCannotBeOpenedOutlivesARestartAndACrash() {
        LsmRig rig = rigOfTwoTables();
        int last = rig.disk.contentOf(FIRST).length - 1;
        rig.disk.damage(FIRST, last, 1);
        rig.open();
        rig.put(0, "a", "3"); // on top of what is damaged
        rig.flush();
        rig.driver.advance(PAUSE_NANOS);
        rig.crash(3);
        rig.open();
        assertEquals(List.of(LsmRig.id(0), LsmRig.id(1)), shardsOfDamage(rig), "after a crash");
        assertEquals("3", rig.get(0, "a"));
        assertThrows(NoriException.Corruption.class, () -> rig.get(1, "b"));

        rig.lsm.dropTablet(LsmRig.id(0));
        rig.lsm.dropTablet(LsmRig.id(1));
        rig.settle();
        rig.driver.advance(PAUSE_NANOS);
        assertFalse(rig.files().contains("000001.sst"), "of the dead");
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void ofATableThatTheManifestKnowsLittleOfDamageEndsTheOpening() {
        LsmRig rig = rigOfTwoTables();
        int last = rig.disk.contentOf(FIRST).length - 1;
        forgetFacts(rig);
        rig.disk.damage(FIRST, last, 1);
        assertThrows(NoriException.Corruption.class, rig::open);
        rig.disk.damage(FIRST, last, 1);
        rig.open();
        rig.close();

        rig.disk.damage(FIRST, last, 1);
        rig.open(); // the opening in between has written what was missing
        assertEquals("1", rig.get(2, "c"));
        assertThrows(NoriException.Corruption.class, () -> rig.get(0, "a"));
    }

    /// {@return where the blocks of a table end, as its footer says}
    private static int dataEnd(byte[] file) {
        return new ByteReader(file, file.length - 56, Integer.BYTES).i32();
    }

    /// A manifest as it was written when it said less.
    private static void forgetFacts(LsmRig rig) {
        Manifest.Found found = Manifest.read(rig.disk, LsmRig.DIRECTORY);
        List<Edit> less =
                found.state().snapshot().stream()
                        .filter(edit -> !(edit instanceof Edit.Facts))
                        .toList();
        rig.disk.delete(Manifest.path(LsmRig.DIRECTORY, found.number()));
        Manifest.write(rig.disk, LsmRig.DIRECTORY, less);
    }

    /// Shards 0 and 1 in the first, 0 and 2 in the second; closed.
    private static LsmRig rigOfTwoTables() {
        var rig = new LsmRig(LsmRig.options(9)).withShards(3);
        rig.put(0, "a", "1");
        rig.put(1, "b", "1");
        rig.put(1, "p", "1");
        rig.flush();
        rig.put(2, "c", "1");
        rig.put(0, "z", "2");
        rig.flush();
        rig.close();
        return rig;
    }

    private static List<ShardId> shardsOfDamage(LsmRig rig) {
        assertEquals(1, rig.lsm.damage().size());
        return rig.lsm.damage().getFirst().shards();
    }

    @Test
    void noCompactionTouchesADamagedTableAndTheRestIsMerged() {
        var rig = rigWithDamage(2);
        for (int i = 0; i < 6; i++) {
            rig.put(0, "a" + i, "1");
            rig.put(0, "z", "1"); // on the other side of what is damaged
            rig.flush();
            rig.driver.advance(PAUSE_NANOS);
        }
        assertTrue(rig.events.contains(QUARANTINED), "met by a compaction");
        assertTrue(rig.files().contains("000001.sst"));
        assertThrows(NoriException.Corruption.class, () -> rig.get(0, "m"));
        for (int i = 0; i < 6; i++) {
            assertEquals("1", rig.get(0, "a" + i));
        }
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void damageFoundWhileATableIsMergedIsNotCopied() {
        var rig = new LsmRig(LsmRig.options(2).withTableBytes(1 << 20)).withShards(1);
        for (int i = 0; i < 500; i++) {
            rig.put(0, "m%03d".formatted(i), "1");
        }
        rig.flush();
        // Its blocks were read back after it was written: who reads them trusts them.
        rig.put(0, "m499", "2");
        rig.lsm.requestFlush();
        assertTrue(rig.driver.runUntil(() -> merges(rig), 10_000));
        LiveTable input = rig.lsm.levels().all().getLast();
        assertEquals(1, input.number());
        input.suspect(new NoriException.Corruption(FIRST + "@0: found elsewhere"));
        rig.settle();
        rig.driver.advance(PAUSE_NANOS);

        assertTrue(rig.files().contains("000001.sst"), "the evidence stays");
        assertEquals(1, rig.lsm.damage().size());
        assertEquals("1", rig.get(0, "m007"));
    }

    @Test
    void aDamagedTableOfTheDeadIsRemoved() {
        var rig = rigWithDamage(9);
        assertThrows(NoriException.Corruption.class, () -> rig.get(0, "m"));
        rig.lsm.dropTablet(LsmRig.id(0));
        rig.settle();
        rig.driver.advance(PAUSE_NANOS);

        assertEquals(List.of(), rig.lsm.damage());
        assertFalse(rig.files().contains("000001.sst"));
        rig.close();
        rig.open();
        assertEquals(List.of(), rig.lsm.damage());
    }

    @Test
    void anInputThatCannotBeReadIsLeftAlone() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "m", "1");
        rig.flush();
        rig.close();
        rig.open();
        rig.disk.inject(SimFault.on(SimDisk.Op.READ, FIRST), new SimFault.Broken());
        assertThrows(NoriException.DiskFailure.class, () -> rig.get(0, "m"));
        assertEquals(List.of(), rig.lsm.damage(), "a read that failed says nothing of the table");
        rig.put(0, "a", "1");
        rig.put(0, "z", "1"); // on the other side of it
        rig.flush();
        rig.driver.advance(PAUSE_NANOS);

        assertEquals(1, rig.lsm.damage().size());
        assertEquals("1", rig.get(0, "a"));
        assertThrows(NoriException.DiskFailure.class, () -> rig.get(0, "m"));
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void aTableThatIsNotWhatWasWrittenCostsItsJobOnly() {
        for (SimFault fault :
                List.of(new SimFault.DroppedWrite(), new SimFault.MisdirectedWrite())) {
            var rig = new LsmRig(LsmRig.options(9)).withShards(1);
            rig.put(0, "a", "1".repeat(2000));
            rig.disk.inject(SimFault.nth(1, SimFault.on(SimDisk.Op.WRITE, ".sst")), fault);
            rig.lsm.requestFlush();
            rig.driver.advance(PAUSE_NANOS);
            rig.flush();

            assertFalse(rig.files().contains("000001.sst"));
            assertTrue(rig.files().contains("000002.sst"), "in a new file");
            assertEquals(List.of(), rig.lsm.damage());
            assertFalse(rig.events.contains(QUARANTINED), "it never was a table");
            assertEquals("1".repeat(2000), rig.get(0, "a"));
        }
    }

    private static boolean merges(LsmRig rig) {
        return rig.events.stream().anyMatch(Event.Compaction.Start.class::isInstance);
    }

    /// A table with key `m`, damaged, not read yet.
    private static LsmRig rigWithDamage(int youngTrigger) {
        var rig = new LsmRig(LsmRig.options(youngTrigger)).withShards(1);
        rig.put(0, "m", "1");
        rig.flush();
        rig.close();
        rig.disk.damage(FIRST, 20, 1);
        rig.open();
        return rig;
    }
}
