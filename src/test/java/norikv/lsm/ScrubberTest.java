package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.observe.Event;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What nobody reads is read all the same, at its pace, and what is wrong with it comes out.
final class ScrubberTest {
    private static final long SECOND = 1_000_000_000;
    private static final int TABLES = 4;

    /// A pass an hour, 64 KiB a second.
    private static final LsmOptions OPTIONS =
            LsmRig.options(9)
                    .withTableBytes(64 << 10)
                    .withScrub(new LsmOptions.Scrub(64 << 10, 3_600_000));

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
    void noDamageToATableThatNobodyReadsIsMissed() {
        var probe = rig();
        int length = probe.disk.contentOf("lsm/000003.sst").length;
        for (int at = 0; at < length; at += 97) {
            var rig = rig();
            rig.disk.damage("lsm/000003.sst", at, 1 << at % 8);
            assertEquals(List.of(), rig.lsm.damage());
            rig.driver.advance(3_700 * SECOND);
            assertEquals(3, rig.lsm.damage().getFirst().fileNumber(), "byte " + at);
            assertEquals(List.of(), rig.faults);
        }
    }

    @Test
    void aPassReadsEveryByteAndKeepsItsPace() {
        var rig = rig();
        long bytes = rig.lsm.levels().bytes(0);
        rig.driver.advance(3_590 * SECOND);
        rig.disk.startTrace();
        rig.driver.advance(10 * SECOND);
        long begun = rig.driver.nowNanos();
        rig.driver.runUntil(() -> reads(rig.disk) >= bytes, 1_000_000);

        long spent = rig.driver.nowNanos() - begun;
        assertTrue(spent >= bytes * SECOND / (64 << 10) / 2, () -> "too fast: " + spent);
        rig.driver.advance(600 * SECOND);
        long read = reads(rig.disk);
        assertTrue(read >= bytes, () -> "read %d of %d".formatted(read, bytes));
        rig.driver.advance(600 * SECOND);
        assertEquals(read, reads(rig.disk), "one pass an hour");
        rig.driver.advance(3_000 * SECOND);
        assertEquals(2 * read, reads(rig.disk), "and the next one an hour later");
    }

    @Test
    void aPassGoesOnBehindARestart() {
        var slow = OPTIONS.withScrub(new LsmOptions.Scrub(4 << 10, 3_600_000));
        var rig = rig(slow);
        // Long enough for some tables and some minutes: the place is noted.
        rig.driver.advance(3_600 * SECOND);
        for (int lives = 0; lives < 10; lives++) {
            rig.driver.advance(320 * SECOND);
            rig.close();
            rig.open();
        }
        rig.disk.damage("lsm/000004.sst", 100, 1);
        rig.driver.advance(3_700 * SECOND);
        assertEquals(4, rig.lsm.damage().getFirst().fileNumber());
    }

    @Test
    void aNodeThatRestartsOftenerThanPassesAreDueIsReadAllTheSame() {
        var rig = rig();
        rig.disk.damage("lsm/000003.sst", 100, 1);
        for (int lives = 0; lives < 8; lives++) {
            rig.driver.advance(600 * SECOND);
            rig.close();
            rig.open();
        }
        assertEquals(3, rig.lsm.damage().getFirst().fileNumber());
    }

    @Test
    void aWallClockThatIsSetBackHoldsNoPassUpForLong() {
        var rig = rig();
        rig.disk.damage("lsm/000003.sst", 100, 1);
        rig.jumpWallMillis(-1_000_000_000L);
        rig.close();
        rig.open();
        rig.driver.advance(3_700 * SECOND);
        assertEquals(3, rig.lsm.damage().getFirst().fileNumber());
    }

    @Test
    void aBlockThatCannotBeReadPutsItsTableInQuarantineUntilItCan() {
        var rig = rig();
        rig.disk.inject(
                call -> call.op() == SimDisk.Op.READ && call.path().endsWith("2.sst"),
                new SimFault.Broken());
        rig.driver.advance(3_700 * SECOND);
        assertEquals(2, rig.lsm.damage().getFirst().fileNumber());

        rig.disk.heal();
        rig.driver.advance(3_700 * SECOND);
        assertEquals(List.of(), rig.lsm.damage());
        assertTrue(rig.events.contains(new Event.Lsm.TableReleased(2)), rig.events::toString);
        rig.close();
        rig.open();
        assertEquals(List.of(), rig.lsm.damage());
    }

    @Test
    void damageThatIsThereStaysInQuarantine() {
        var rig = rig();
        rig.disk.damage("lsm/000003.sst", 100, 1);
        for (int passes = 0; passes < 3; passes++) {
            rig.driver.advance(3_700 * SECOND);
            assertEquals(1, rig.lsm.damage().size());
        }
        assertThrows(NoriException.Corruption.class, rig::scan);
        assertEquals("v", rig.get(0, "key1-000").substring(0, 1));
    }

    @Test
    void aTableMayGoWhileItIsRead() {
        var rig = rig(OPTIONS.withScrub(new LsmOptions.Scrub(4 << 10, 3_600_000)));
        rig.driver.advance(3_602 * SECOND);
        rig.lsm.dropTablet(LsmRig.id(0));
        rig.settle();
        rig.driver.advance(600 * SECOND);

        assertEquals(0, rig.lsm.levels().all().size());
        rig.close();
        assertEquals(0, rig.disk.openMappings());
        assertEquals(0, rig.disk.openFiles());
    }

    @Test
    void aPassOfRateZeroNeverBegins() {
        var rig = rig(OPTIONS.withScrub(new LsmOptions.Scrub(0, 1)));
        rig.disk.startTrace();
        rig.driver.advance(7_200 * SECOND);
        assertEquals(0, reads(rig.disk));
    }

    private static LsmRig rig() {
        return rig(OPTIONS);
    }

    /// Some tables of some blocks, in level 0.
    private static LsmRig rig(LsmOptions options) {
        var rig = new LsmRig(options).withShards(1);
        for (int table = 0; table < TABLES; table++) {
            for (int i = 0; i < 30; i++) {
                rig.put(0, "key%d-%03d".formatted(table, i), "v".repeat(100));
            }
            rig.flush();
        }
        assertEquals(TABLES, rig.tables(0));
        return rig;
    }

    /// {@return how many bytes of tables were read since the trace began}
    private static long reads(SimDisk disk) {
        return disk.trace().stream()
                .filter(c -> c.op() == SimDisk.Op.READ && c.path().endsWith(".sst"))
                .mapToLong(SimDisk.Call::length)
                .sum();
    }
}
