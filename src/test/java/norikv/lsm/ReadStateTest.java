package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a read looks into.
final class ReadStateTest {
    private static final int SLAB_BYTES = 4 << 10;

    private final Slabs slabs = new Slabs(SLAB_BYTES, true);

    @Test
    void itHoldsMemtablesInOneClassOfListHoweverManyThereAre() {
        List<Memtable> memtables = memtables(5);
        for (int count = 1; count <= memtables.size(); count++) {
            ReadState state = state(memtables.subList(0, count));
            assertSame(state(memtables).memtables().getClass(), state.memtables().getClass());
        }
    }

    @Test
    void theFirstIsWrittenToAndTheOthersAreFrozen() {
        List<Memtable> memtables = memtables(3);
        List<Memtable> given = new ArrayList<>(memtables);
        ReadState state = state(given);
        given.clear();

        assertSame(memtables.getFirst(), state.active());
        assertEquals(memtables, state.memtables());
        assertEquals(memtables.subList(1, 3), state.frozenMemtables());
    }

    @AfterEach
    void free() {
        slabs.close();
    }

    private List<Memtable> memtables(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Memtable(slabs.take(SLAB_BYTES), i))
                .toList();
    }

    private static ReadState state(List<Memtable> memtables) {
        return new ReadState(memtables, Levels.EMPTY, TabletMap.EMPTY);
    }
}
