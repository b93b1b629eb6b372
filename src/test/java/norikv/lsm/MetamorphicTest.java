package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// One random history under many sizes: every answer is that of a map, and the same under all.
///
/// `-Dseed=N` runs one seed, `-Dmodel.seeds=N` that many, `-Dhistory=FILE` one that was written
/// down; `norikv.lsm.LsmCampaign` runs fresh ones for as long as it is told.
///
/// What must hold of storage, and what checks it after every step ([World], [SimEngine]), at rest,
/// or at each crash ([CrashPoints], which `LsmCrashTest` drives):
///
/// | what holds | checked by |
/// |---|---|
/// | 1 what was acknowledged survives | `SimEngine.recover`; `StoreCrashTest`, `RaftLogCrashTest` |
/// | 2 a shard is an exact prefix of its log | `SimEngine.recover`, in all spaces |
/// | 3 an entry is whole or not there | `SimEngine.recover`, `Races` |
/// | 4 the log has what tables have not | `RaftLogCrashTest`, `HostCrashTest` |
/// | 5 term and vote never go back | `RaftLogCrashTest` |
/// | 6 what the manifest names is there, whole, forced | `SimEngine.check`, `LsmOpening` |
/// | 7 opening twice changes nothing | `World.reopen` |
/// | 8 a dropped tablet stays away, its successor is empty | `TabletOperations`, `Races` |
/// | 9 an install is whole or not there | `TabletOperations` |
/// | 10 nothing is changed before all was found sound | `LsmFaultTest`, `WalRecoveryTest` |
/// | 11 a recycled segment's old bytes never count | `WalRecoveryTest` |
/// | 12 so after a crash in recovery | `CrashPoints`, a quarter of them at least |
/// | 13 levels are sorted, a key is in one table of each | `LevelChecker` |
/// | 14 newer lies above older | `LevelChecker` |
/// | 15 a table is what it says of itself | `LevelChecker`, `TableVerifier` |
/// | 16 separators stand between their blocks | `TableVerifier` on each new table |
/// | 17 filter and fingerprints miss no key | `TableVerifier`, `TwinCheck` |
/// | 18 sums over levels are those of their tables | `LevelChecker` |
/// | 19 no two compactions share an input or a range | `LevelChecker`, asserts of compaction |
/// | 20 inputs less what was dropped are the outputs | asserts of compaction, in every test |
/// | 21 each file is in a level, at rest no other | `SimEngine.checkAtRest` |
/// | 22 mapped is what is in a level, at rest | `SimEngine.checkAtRest`, `close` |
/// | 23 a get at a place is the model's | `ReadOperations.Get`, `SnapshotOperations` |
/// | 24 a cursor is the model's, both ways, in bounds | `Walk`, after every move |
/// | 25 places never go back | `ReadOperations.compared`, `Races` |
/// | 26 a snapshot never changes | `HeldSnapshot`, held `Walk`s, `Races` |
/// | 27 what is dropped hid nothing | all answers; `RewriteTest` |
/// | 28 the expired is invisible, by log time | `ReadOperations.compared`, `Walk` |
/// | 29 memory is bounded | `SimEngine.checkMemory`, `LsmLeakTest` |
/// | 30 reads and writes allocate nothing | `LsmAllocationTest` |
/// | 31 no write waits that need not | `StoreTest`; under a log none ever waits: `World.write` |
/// | 32 space and writes are bounded | `AmplificationTest` |
final class MetamorphicTest {
    private static final int STEPS = 500;
    private static final int SEEDS = Integer.getInteger("model.seeds", 2);
    private static final Path HISTORIES = Path.of("src", "test", "resources", "histories");

    @TestFactory
    Stream<DynamicTest> everyAnswerIsThatOfAMapUnderAllOptions() throws IOException {
        String history = System.getProperty("history", "");
        if (!history.isEmpty()) {
            return Stream.of(replay(Path.of(history)));
        }
        long only = Long.getLong("seed", -1);
        long first = only >= 0 ? only : 1;
        return IntStream.range(0, only >= 0 ? 1 : SEEDS)
                .mapToObj(i -> first + i)
                .map(seed -> DynamicTest.dynamicTest("seed " + seed, () -> run(seed)));
    }

    /// Histories that failed once, each under the options it failed under.
    @TestFactory
    Stream<DynamicTest> whatFailedOnceDoesNotFailAgain() throws IOException {
        try (Stream<Path> files = Files.list(HISTORIES)) {
            List<Path> all = files.filter(f -> f.toString().endsWith(".history")).toList();
            return all.stream().sorted().map(MetamorphicTest::replay);
        }
    }

    /// One history under one set of options, for mutants: `-Doptions=`, `-Dseed=`.
    @Test
    void aHistoryIsThatOfAMap() {
        int set = Integer.getInteger("options", 2);
        long seed = Long.getLong("seed", 1);
        new Trial(seed, Operations.draw(seed, STEPS, true)).run(set);
    }

    private static DynamicTest replay(Path file) {
        return DynamicTest.dynamicTest(file.toString(), () -> Trial.replay(file));
    }

    private static void run(long seed) {
        var trial = new Trial(seed, Operations.draw(seed, STEPS, true));
        trial.runAll(IntStream.range(0, OptionSets.all().size()));
        assertTrue(trial.crashes() > 0, "no crash among the steps");
    }

    @Test
    void thereAreAtLeastThirtySetsOfOptions() {
        assertTrue(OptionSets.all().stream().distinct().count() >= 30);
    }

    @Test
    void whatIsDrawnCanBeReadFromItsText() {
        List<Operation> drawn = Operations.draw(5, 1_000, true);
        List<String> lines = drawn.stream().map(Operation::toString).toList();
        assertEquals(drawn, lines.stream().map(Operations::parse).toList());
        assertThrows(IllegalArgumentException.class, () -> Operations.parse("Nothing[]"));
    }

    @Test
    void shrinkingLeavesWhatItFailsWith() {
        List<Integer> all = IntStream.range(0, 100).boxed().toList();
        assertEquals(
                List.of(3, 64, 65),
                Shrink.shrink(all, part -> part.containsAll(List.of(3, 64, 65))));
    }
}
