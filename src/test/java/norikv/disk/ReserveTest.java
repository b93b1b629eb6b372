package norikv.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.disk.SimDisk.Op;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Room that is held back, given up, and held back again.
final class ReserveTest {
    private static final long BYTES = (9 << 20) + 5;
    private static final String PATH = "reserve";

    private final Logger log = Logger.getLogger("norikv.disk");
    private final SimDisk disk = new SimDisk(1);

    @BeforeEach
    void silence() {
        log.setLevel(Level.OFF);
        disk.setTotalBytes(20 << 20);
    }

    @AfterEach
    void speak() {
        log.setLevel(null);
    }

    @Test
    void itIsFilledInPiecesAndDurable() {
        var reserve = new Reserve(disk, PATH, BYTES);
        int pieces = 1;
        while (reserve.fill()) {
            assertEquals((20 << 20) - BYTES, reserve.freeForOthers(disk.freeBytes()));
            pieces++;
        }
        assertEquals(10, pieces);
        assertEquals(BYTES, reserve.heldBytes());
        assertEquals(BYTES, disk.contentOf(PATH).length);
        assertTrue(disk.isForced(PATH));
        assertEquals(0, disk.openFiles());
        assertFalse(reserve.fill());
    }

    @Test
    void givenUpItMakesRoomOnceAndCanBeFilledAgain() {
        Reserve reserve = full();
        assertTrue(reserve.release());
        assertEquals(20 << 20, disk.freeBytes());
        assertEquals((20 << 20) - BYTES, reserve.freeForOthers(disk.freeBytes()));
        assertFalse(reserve.release(), "there is nothing left to give up");
        assertTrue(reserve.fill());
        assertTrue(reserve.release(), "half of it too");
        assertEquals(0, disk.openFiles());
    }

    @Test
    void aRestartKeepsWhatIsThere() {
        full();
        long changes = disk.changes();
        var again = new Reserve(disk, PATH, BYTES);
        assertEquals(BYTES, again.heldBytes());
        assertFalse(again.fill());
        assertEquals(changes, disk.changes());
        var larger = new Reserve(disk, PATH, BYTES + 100);
        assertFalse(larger.fill());
        assertEquals(BYTES + 100, disk.contentOf(PATH).length);
        var smaller = new Reserve(disk, PATH, BYTES - 1);
        assertEquals(0, smaller.heldBytes());
    }

    @Test
    void noRoomForItIsNoFailure() {
        disk.setTotalBytes(3 << 20);
        var reserve = new Reserve(disk, PATH, BYTES);
        while (reserve.fill()) {}
        assertEquals(3 << 20, reserve.heldBytes());
        assertEquals(0, disk.openFiles());
        disk.setTotalBytes(20 << 20);
        while (reserve.fill()) {}
        assertEquals(BYTES, disk.contentOf(PATH).length);
    }

    @Test
    void aPieceThatFoundRoomForAPartOfItIsCountedAndGivenUp() {
        disk.setTotalBytes(1000);
        var reserve = new Reserve(disk, PATH, BYTES);
        assertFalse(reserve.fill());
        assertEquals(disk.contentOf(PATH).length, reserve.heldBytes());
        assertTrue(reserve.release());
        assertEquals(1000, disk.freeBytes());
    }

    @Test
    void aReserveThatCannotBeRemovedMakesNoRoom() {
        Reserve reserve = full();
        disk.inject(SimFault.on(Op.DELETE, PATH), new SimFault.Broken());
        assertFalse(reserve.release());
        assertEquals(BYTES, reserve.heldBytes());
    }

    @Test
    void noneHoldsNothing() {
        assertFalse(Reserve.NONE.fill());
        assertFalse(Reserve.NONE.release());
        assertEquals(7, Reserve.NONE.freeForOthers(7));
    }

    private Reserve full() {
        var reserve = new Reserve(disk, PATH, BYTES);
        while (reserve.fill()) {}
        return reserve;
    }
}
