package norikv.lsm;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Random histories under many sizes: every answer is that of a map.
///
/// `-Dseed=N` runs one seed, `-Dmodel.seeds=N` that many of them for each set of options.
final class LsmModelTest {
    private static final int STEPS = 600;

    @TestFactory
    Stream<DynamicTest> everyAnswerIsThatOfAMap() {
        List<LsmOptions> sets = OptionSets.all();
        return Stream.iterate(0, i -> i + 1)
                .limit(sets.size())
                .map(
                        i ->
                                DynamicTest.dynamicTest(
                                        "options " + i, () -> run(sets.get(i), i)));
    }

    /// One history: `-Doptions=` which set, `-Dseed=`.
    @Test
    void aHistoryIsThatOfAMap() {
        runSeed(OptionSets.all().get(Integer.getInteger("options", 0)), Long.getLong("seed", 1));
    }

    private static void run(LsmOptions options, int set) {
        long only = Long.getLong("seed", -1);
        long first = only >= 0 ? only : 1000L * set;
        long count = only >= 0 ? 1 : Long.getLong("model.seeds", 1);
        for (long seed = first; seed < first + count; seed++) {
            try {
                runSeed(options, seed);
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "options %d: run again with -Dseed=%d".formatted(set, seed), e);
            }
        }
    }

    private static void runSeed(LsmOptions options, long seed) {
        var history = new History(seed, options);
        history.begin();
        for (int i = 0; i < STEPS; i++) {
            history.step();
        }
        history.end();
    }
}
