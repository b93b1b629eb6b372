package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.sstable.Cursor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is merged next, of levels that each test draws. A table of one key has some 900 bytes.
final class CompactionPolicyTest {
    private static final int KIB = 1 << 10;

    private final TestTables tables = new TestTables();
    private final Running running = new Running();

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
        LiveTable first = tables.add(0, "a", "d");
        LiveTable second = tables.add(0, "b");
        LiveTable below = tables.add(6, "a", "b");
        tables.add(6, "e", "f");

        Plan plan = next(2, 64 * KIB).orElseThrow();
        assertEquals(size(Plan.Kind.MERGE, 0, 6, List.of(second, first), List.of(below)), plan);
    }

    /// The last level is 6.4 times what the base is meant to be at least, with a ratio of 4.
    @Test
    void theBaseLevelRisesAsTheLastLevelGrows() {
        for (char key = 'a'; key <= 'p'; key++) {
            tables.add(6, Character.toString(key));
        }
        long size = tables.levels().bytes(6);
        var policy = policy(new LsmOptions.Levels(4, 10, 2 * KIB, 4));
        var lower = policy(new LsmOptions.Levels(4, 10, size / 3, 4));

        assertEquals(5, policy.baseLevel(tables.levels()), () -> "size " + size);
        long[] targets = policy.targets(tables.levels());
        double factor = Math.sqrt(size / (2.0 * KIB));
        assertEquals(List.of(1L, 1L, (long) (size / factor), size), list(targets, 3));
        assertEquals(6, lower.baseLevel(tables.levels()));
    }

    @Test
    void aLevelAboveTheBaseThatHoldsSomethingIsTheBaseAndEmptiesItself() {
        LiveTable high = tables.add(2, "a");
        tables.add(6, "a", "b", "c");
        var policy = policy(new LsmOptions.Levels(4, 10, 64 * KIB, 4));

        assertEquals(2, policy.baseLevel(tables.levels()));
        Plan plan = policy.next(now()).orElseThrow();
        assertEquals(size(Plan.Kind.MOVE, 2, 3, List.of(high), List.of()), plan);
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
        assertEquals(size(Plan.Kind.MERGE, 5, 6, List.of(light), List.of(below)), plan);
    }

    @Test
    void aTableWithTombstonesIsMergedThoughItCouldBeMoved() {
        LiveTable table = tables.add(5, 1, Cursor.KIND_DELETE, "a", "b");

        Plan plan = next(9, KIB).orElseThrow();
        assertEquals(size(Plan.Kind.MERGE, 5, 6, List.of(table), List.of()), plan);
    }

    @Test
    void tablesThatOverlapAreNotMoved() {
        LiveTable older = tables.add(0, "a", "c");
        LiveTable newer = tables.add(0, "c", "d");

        Plan plan = next(2, 64 * KIB).orElseThrow();
        assertEquals(size(Plan.Kind.MERGE, 0, 6, List.of(newer, older), List.of()), plan);
    }

    @Test
    void aTableIsNotMovedOverTooMuch() {
        String[] keys = new String[50];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "k%02d".formatted(i);
        }
        LiveTable wide = tables.add(4, keys[0], keys[49]);
        tables.add(6, keys);

        Plan plan = next(9, 64 * KIB).orElseThrow();
        assertEquals(size(Plan.Kind.MERGE, 4, 5, List.of(wide), List.of()), plan);
    }

    @Test
    void aTableAThirdDeadIsRewritten() {
        LiveTable mixed = tables.addMixed(6, "a", "b", "c");

        Plan plan = next(9, 64 * KIB).orElseThrow();
        var expected =
                new Plan(
                        Plan.Kind.MERGE, Plan.Why.DEAD, 6, 6, List.of(mixed), List.of());
        assertEquals(expected, plan);
    }

    @Test
    void aTableFullOfTombstonesIsRewrittenWhereTheyHideNothing() {
        LiveTable table = tables.add(6, 1, Cursor.KIND_DELETE, "a", "b");

        Plan plan = next(9, 64 * KIB).orElseThrow();
        assertEquals(Plan.Why.GARBAGE, plan.why());
        table.setRest(Rest.NONE.next(0, Snapshots.NONE_OPEN));
        assertEquals(Optional.empty(), next(9, 64 * KIB));
    }

    @Test
    void whileFlushesAreFrequentLevelZeroGetsDeeper() {
        var levels = new LsmOptions.Levels(2, 4, 10, 64 * KIB, 4);
        tables.add(0, "a", "b");
        tables.add(0, "a", "b");
        CompactionPolicy.Situation busy = now(false);

        assertEquals(Optional.empty(), policy(levels).next(busy));
        assertTrue(policy(levels).next(now()).isPresent());
        tables.add(0, "a", "b");
        tables.add(0, "a", "b");
        CompactionPolicy.Situation deeper = now(false);
        assertEquals(4, policy(levels).next(deeper).orElseThrow().upper().size());
    }

    @Test
    void whatTheBaseLevelCannotTakeNowIsMergedWithinLevelZero() {
        LiveTable base = tables.add(6, "a", "z");
        var other =
                new Plan(Plan.Kind.MERGE, Plan.Why.DEAD, 6, 6, List.of(base), List.of());
        running.add(other);
        for (int i = 0; i < 6; i++) {
            tables.add(0, "a", "b");
        }

        Plan plan = next(4, 64 * KIB).orElseThrow();
        assertEquals(Plan.Why.DEPTH, plan.why());
        assertEquals(0, plan.outputLevel());
        assertEquals(6, plan.upper().size());
    }

    @Test
    void debtIsWhatIsAboveTheTargetsAndWhatItMeets() {
        assertEquals(0, policy(new LsmOptions.Levels(2, 9, KIB, 4)).debtBytes(tables.levels()));
        tables.add(6, "a", "b", "c", "d", "e", "f");
        long last = tables.levels().bytes(6);
        tables.add(0, "a", "b");
        tables.add(0, "a", "b");
        long young = tables.levels().bytes(0);

        long debt = policy(new LsmOptions.Levels(2, 9, 64 * KIB, 4)).debtBytes(tables.levels());
        assertEquals(young + last, debt);
    }

    @Test
    void aTableWhollyOfDeadTabletsIsDropped() {
        LiveTable dead = tables.add(6, 2, Cursor.KIND_PUT, "a", "b");
        tables.add(6, "c");

        Plan plan = next(9, 64 * KIB).orElseThrow();
        assertEquals(new Plan(Plan.Kind.DROP, Plan.Why.DEAD, 6, 6, List.of(dead), List.of()), plan);
    }

    @Test
    void aDamagedYoungTableKeepsWhatIsNewerWhereItIs() {
        LiveTable oldest = tables.add(0, "a");
        LiveTable older = tables.add(0, "a");
        LiveTable damaged = tables.add(0, "a", "b");
        LiveTable newest = tables.add(0, "a", "b");
        damaged.suspect(new NoriException.Corruption("damaged"));

        Plan plan = next(2, 64 * KIB).orElseThrow();
        assertEquals(List.of(older, oldest), plan.inputs());
        oldest.suspect(new NoriException.Corruption("damaged"));
        older.suspect(new NoriException.Corruption("damaged"));
        assertFalse(next(2, 64 * KIB).isPresent());
        assertFalse(newest.isQuarantined());
    }

    @Test
    void nothingIsMergedIntoADamagedTable() {
        tables.add(5, "a", "b");
        LiveTable other = tables.add(5, "p", "q", "r");
        tables.add(6, "b").suspect(new NoriException.Corruption("damaged"));
        tables.add(6, "q");

        Plan plan = next(9, KIB).orElseThrow();
        assertTrue(plan.inputs().contains(other), plan::toString);
    }

    private Optional<Plan> next(int youngTrigger, long baseBytes) {
        var options = new LsmOptions.Levels(youngTrigger, youngTrigger + 10, baseBytes, 4);
        return policy(options).next(now());
    }

    private static CompactionPolicy policy(LsmOptions.Levels levels) {
        return new CompactionPolicy(
                LsmOptions.defaults().withTableBytes(KIB).withLevels(levels));
    }

    private CompactionPolicy.Situation now() {
        return now(true);
    }

    private CompactionPolicy.Situation now(boolean quiet) {
        return new CompactionPolicy.Situation(
                tables.levels(),
                tablets,
                running,
                quiet,
                CompactionPolicy.Sweep.NONE,
                Snapshots.NONE_OPEN,
                0);
    }

    private static Plan size(
            Plan.Kind kind,
            int level,
            int outputLevel,
            List<LiveTable> upper,
            List<LiveTable> lower) {
        return new Plan(kind, Plan.Why.SIZE, level, outputLevel, upper, lower);
    }

    private static List<Long> list(long[] targets, int from) {
        return Arrays.stream(targets).skip(from).boxed().toList();
    }
}
