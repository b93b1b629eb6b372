package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which plans may run side by side.
final class RunningTest {
    private final TestTables tables = new TestTables();
    private final Running running = new Running();

    @AfterEach
    void close() {
        tables.close();
    }

    @Test
    void noTwoPlansShareAnInput() {
        LiveTable table = tables.add(5, "a", "b");
        running.add(merge(5, 6, table));

        assertTrue(running.isTaken(table));
        assertFalse(running.allows(merge(5, 5, table)));
    }

    @Test
    void noTwoPlansWriteIntoTheSameStretchOfALevel() {
        running.add(merge(5, 6, tables.add(5, "c", "f")));

        assertFalse(running.allows(merge(5, 6, tables.add(5, "a", "c"))));
        assertFalse(running.allows(merge(5, 6, tables.add(5, "d", "e"))));
        assertFalse(running.allows(merge(5, 6, tables.add(5, "f", "z"))));
        assertTrue(running.allows(merge(5, 6, tables.add(5, "g", "z"))));
        assertTrue(running.allows(merge(4, 5, tables.add(4, "a", "z"))));
    }

    @Test
    void aPlanThatEndedIsInNobodysWay() {
        LiveTable table = tables.add(5, "a", "b");
        Plan plan = merge(5, 6, table);
        running.add(plan);
        assertEquals(table.bytes(), running.leaving(5));
        running.remove(plan);

        assertEquals(0, running.leaving(5));
        assertTrue(running.allows(merge(5, 6, table)));
    }

    private static Plan merge(int level, int outputLevel, LiveTable table) {
        return new Plan(
                Plan.Kind.MERGE, Plan.Why.SIZE, level, outputLevel, List.of(table), List.of());
    }
}
