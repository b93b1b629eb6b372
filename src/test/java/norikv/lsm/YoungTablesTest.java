package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Predicate;
import norikv.domain.NoriException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Level 0 as columns and stacks of tables that each test draws, oldest first.
final class YoungTablesTest {
    private static final Predicate<LiveTable> NONE = _ -> false;

    private final TestTables tables = new TestTables();

    @AfterEach
    void close() {
        tables.close();
    }

    @Test
    void onlyTablesThatLieAboveOneAnotherMakeLevelZeroDeep() {
        for (int flush = 0; flush < 3; flush++) {
            tables.add(0, "a", "b");
            tables.add(0, "c", "d");
        }

        assertEquals(3, young().depth());
        assertEquals(6, young().runs());
    }

    @Test
    void aColumnGoesDownWithoutTheOthers() {
        LiveTable first = tables.add(0, "c", "d");
        tables.add(0, "a", "b");
        LiveTable second = tables.add(0, "d", "e");

        assertEquals(List.of(second, first), young().column(NONE).tables());
    }

    @Test
    void whatIsNewerThanATableThatStaysStaysToo() {
        LiveTable oldest = tables.add(0, "a", "m");
        LiveTable busy = tables.add(0, "k", "z");
        tables.add(0, "a", "z");

        assertEquals(List.of(oldest), young().column(busy::equals).tables());
    }

    @Test
    void aStackIsTheNewestPartOfTheDeepestColumn() {
        tables.add(0, "a", "z");
        LiveTable busy = tables.add(0, "a", "z");
        LiveTable one = tables.add(0, "a", "f");
        LiveTable two = tables.add(0, "b", "g");
        tables.add(0, "p", "q");
        LiveTable three = tables.add(0, "c", "h");

        assertEquals(List.of(three, two, one), young().stack(2, 1 << 20, busy::equals));
    }

    /// The top does not meet the one in between, but what is below both does.
    @Test
    void aStackEndsBelowANewerTableThatItWouldPass() {
        tables.add(0, "e", "t");
        tables.add(0, "a", "p");
        tables.add(0, "n", "z");
        LiveTable low = tables.add(0, "a", "d");
        LiveTable middle = tables.add(0, "a", "d");
        LiveTable top = tables.add(0, "a", "d");

        assertEquals(List.of(top, middle, low), young().stack(2, 1 << 20, NONE));
    }

    /// What comes out would have the rank of both, and old keys among its own.
    @Test
    void aStackEndsBelowATableOfTheSameFlushAsItsTop() {
        tables.add(0, "a", "z");
        LiveTable low = tables.add(0, "y", "z");
        tables.addRanked(0, 7, "a", "b");
        LiveTable top = tables.addRanked(0, 7, "y", "z");

        assertEquals(List.of(top, low), young().stack(2, 1 << 20, NONE));
    }

    @Test
    void whatWasMergedWithinLevelZeroIsAsOldAfterARestart() {
        LsmRig rig = rigWithAStack();
        rig.put(0, "a", "newer");
        rig.flush();
        List<Long> ranks = ranks(rig);
        rig.close();
        rig.open();

        assertEquals(ranks, ranks(rig));
        assertEquals("newer", rig.get(0, "a"));
        assertEquals("3", rig.get(0, "m"));
        LevelChecker.check(rig.lsm.levels());
    }

    @Test
    void aMergeWithinLevelZeroKeepsTombstonesForOlderTables() {
        LsmRig rig = rigWithAStack();

        assertEquals("-", rig.get(0, "gone"));
        rig.lsm.levels().level(0).getLast().clear();
        assertEquals(List.of("a=3", "m=3", "z=1"), rig.scan());
    }

    private static List<Long> ranks(LsmRig rig) {
        return rig.lsm.levels().level(0).stream().map(LiveTable::rank).toList();
    }

    /// The oldest table is taken for damaged, so that nothing goes down; those above are merged.
    private static LsmRig rigWithAStack() {
        var rig = new LsmRig(LsmRig.options(2).withTableBytes(1 << 20)).withShards(1);
        rig.put(0, "a", "0");
        rig.put(0, "gone", "0");
        rig.put(0, "z", "1");
        rig.flush();
        rig.lsm.levels().level(0).getFirst().suspect(new NoriException.Corruption("a test"));
        for (int i = 0; i < 4; i++) {
            rig.put(0, "a", "" + i);
            rig.put(0, "m", "" + i);
            rig.delete(0, "gone");
            rig.flush();
        }
        assertTrue(
                rig.lsm.levels().level(0).stream().anyMatch(t -> t.rank() != t.number()),
                "nothing was merged within level 0");
        return rig;
    }

    @Test
    void theOlderOfTwoTablesOfOneRankHasTheGreaterNumber() {
        LiveTable first = tables.addRanked(0, 7, "a", "b");
        LiveTable second = tables.addRanked(0, 7, "b", "c");

        assertEquals(List.of(first, second), tables.levels().level(0));
    }

    private YoungTables young() {
        return tables.levels().young();
    }
}
