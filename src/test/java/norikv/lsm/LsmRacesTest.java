package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import norikv.disk.SimDisk;
import org.junit.jupiter.api.Test;

/// Readers of every kind beside a writer and a dropper, on threads; [LsmLeakTest] runs the same on
/// a real disk.
final class LsmRacesTest {
    private static final int BATCHES = Integer.getInteger("races.batches", 1_500);

    @Test
    void whatIsReadIsWholeWhateverRunsBeside() throws InterruptedException {
        var disk = new SimDisk(1);
        var races = new Races(disk, BATCHES);
        races.run();
        assertTrue(races.flushes() >= 10, () -> "flushes " + races.flushes());
        assertTrue(races.compactions() >= 3, () -> "merges " + races.compactions());
        assertTrue(races.reads() >= 10, () -> "reads " + races.reads());
        assertEquals(0, disk.openMappings(), "mappings after close");
        assertEquals(0, disk.openFiles(), "files after close");
    }
}
