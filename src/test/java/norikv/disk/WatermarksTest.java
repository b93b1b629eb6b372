package norikv.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import norikv.domain.NoriException;
import norikv.domain.Room;
import org.junit.jupiter.api.Test;

/// How much room there is, by what is free and what was said before.
final class WatermarksTest {
    private final Watermarks marks = new Watermarks(800, 80);

    @Test
    void roomIsWhatTheMarksSay() {
        assertEquals(Room.PLENTY, marks.next(Room.PLENTY, 800));
        assertEquals(Room.LOW, marks.next(Room.PLENTY, 799));
        assertEquals(Room.LOW, marks.next(Room.PLENTY, 80));
        assertEquals(Room.FULL, marks.next(Room.PLENTY, 79));
        assertEquals(Room.FULL, marks.next(Room.LOW, 79));
        assertEquals(Room.FULL, marks.next(Room.FULL, -5));
    }

    @Test
    void aStateIsLeftOnlyWhenThereIsAnEighthMore() {
        assertEquals(Room.FULL, marks.next(Room.FULL, 89));
        assertEquals(Room.LOW, marks.next(Room.FULL, 90));
        assertEquals(Room.LOW, marks.next(Room.LOW, 899));
        assertEquals(Room.PLENTY, marks.next(Room.LOW, 900));
        assertEquals(Room.LOW, marks.next(Room.FULL, 899));
        assertEquals(Room.PLENTY, marks.next(Room.FULL, 900));
    }

    @Test
    void withoutMarksThereIsAlwaysRoom() {
        for (Room before : Room.values()) {
            assertEquals(Room.PLENTY, Watermarks.NONE.next(before, 0));
        }
    }

    @Test
    void fullIsBelowLow() {
        assertThrows(NoriException.Malformed.class, () -> new Watermarks(1, 2));
        assertThrows(NoriException.Malformed.class, () -> new Watermarks(1, -1));
    }
}
