package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import norikv.domain.ShardId;
import norikv.sstable.Cursor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is merged next, of levels that each test draws. A table of one key has some 900 bytes.
final class CompactionPolicyTest {
    private static final int KIB = 1 << 10;

    private final TestTables tables = new TestTables();

    /// Tablet 1 lives, tablet 2 does not.
    private final TabletMap tablets =
            new TabletMap(List.of(new Tablet(1, new ShardId(0), 0, AppliedAt.NOTHING)));

    @AfterEach
    void close() {
        tables.close();
    }

    @Test
    void nothingIsDoneBelowTheTriggers() {
        tables.add(0, "a");
        tables.add(0, "b");
        tables.add(6, "a", "z");

        assertEquals(Optional.empty(), next(3, 8 * KIB));
    }

    @Test
    void allOfLevelZeroGoesToTheLastLevelWhileThatIsSmall() {
        LiveTable first = tables.add(0, "c", "d");
        LiveTable second = tables.add(0, "b");
        LiveTable below = tables.add(6, "a", "b");
        tables.add(6, "e", "f");

        Plan plan = next(2, 64 * KIB).orElseThrow();
        assertEquals(new Plan(Plan.Kind.MERGE, 0, 6, List.of(second, first, below)), plan);
    }

    @Test
    void theBaseLevelRisesAsTheLastLevelGrows() {
        for (char key = 'a'; key <= 'p'; key++) {
            tables.add(6, Character.toString(key));
        }
        var policy = new CompactionPolicy(new LsmOptions.Levels(4, 10, 2 * KIB, 4));
        long size = tables.levels().bytes(6);

        assertEquals(4, policy.baseLevel(tables.levels()), () -> "size " + size);
        long[] targets = policy.targets(tables.levels());
        assertEquals(List.of(1L, size / 16, size / 4, size), list(targets, 3));
    }

    @Test
    void aLevelAboveTheBaseThatHoldsSomethingIsTheBaseAndEmptiesItself() {
        LiveTable high = tables.add(2, "a");
        tables.add(6, "a", "b", "c");
        var policy = new CompactionPolicy(new LsmOptions.Levels(4, 10, 64 * KIB, 4));

        assertEquals(2, policy.baseLevel(tables.levels()));
        Plan plan = policy.next(tables.levels(), tablets).orElseThrow();
        assertEquals(new Plan(Plan.Kind.MOVE, 2, 3, List.of(high)), plan);
    }

    @Test
    void theTableThatOverlapsLeastGoesDown() {
        tables.add(5, "a", "g");
        LiveTable light = tables.add(5, "p", "q");
        tables.add(6, "a", "b");
        tables.add(6, "c", "d");
        tables.add(6, "e", "f");
        LiveTable below = tables.add(6, "q", "r");

        Plan plan = next(9, KIB).orElseThrow();
        assertEquals(new Plan(Plan.Kind.MERGE, 5, 6, List.of(light, below)), plan);
    }

    @Test
    void aTableWithTombstonesIsMergedThoughItCouldBeMoved() {
        LiveTable table = tables.add(5, 1, Cursor.KIND_DELETE, "a", "b");

        Plan plan = next(9, KIB).orElseThrow();
        assertEquals(new Plan(Plan.Kind.MERGE, 5, 6, List.of(table)), plan);
    }

    @Test
    void aTableWhollyOfDeadTabletsIsDropped() {
        LiveTable dead = tables.add(6, 2, Cursor.KIND_PUT, "a", "b");
        tables.add(6, "c");

        Plan plan = next(9, 64 * KIB).orElseThrow();
        assertEquals(new Plan(Plan.Kind.DROP, 6, 6, List.of(dead)), plan);
    }

    @Test
    void aDamagedYoungTableKeepsWhatIsNewerWhereItIs() {
        LiveTable oldest = tables.add(0, "a");
        LiveTable damaged = tables.add(0, "a", "b");
        tables.add(0, "b");
        damaged.quarantine();

        Plan plan = next(3, 64 * KIB).orElseThrow();
        assertEquals(new Plan(Plan.Kind.MOVE, 0, 6, List.of(oldest)), plan);
        oldest.quarantine();
        assertFalse(next(3, 64 * KIB).isPresent());
    }

    @Test
    void nothingIsMergedIntoADamagedTable() {
        tables.add(5, "a", "b");
        LiveTable other = tables.add(5, "p", "q", "r");
        tables.add(6, "b").quarantine();
        tables.add(6, "q");

        Plan plan = next(9, KIB).orElseThrow();
        assertTrue(plan.inputs().contains(other), plan::toString);
    }

    private Optional<Plan> next(int youngTrigger, long baseBytes) {
        var options = new LsmOptions.Levels(youngTrigger, youngTrigger + 10, baseBytes, 4);
        return new CompactionPolicy(options).next(tables.levels(), tablets);
    }

    private static List<Long> list(long[] targets, int from) {
        return Arrays.stream(targets).skip(from).boxed().toList();
    }
}
