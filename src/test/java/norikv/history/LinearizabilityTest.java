package norikv.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// That the two checks of linearizability, which share no idea, agree with each other on many small
/// histories, and with trying everything on tiny ones.
final class LinearizabilityTest {
    private static final int RUNS = Integer.getInteger("runs", 100_000);

    @Test
    void bothChecksAgree() {
        long seed = Long.getLong("seed", 1);
        var histories = new RandomHistory(new Random(seed), 10);
        int holds = 0;
        int broken = 0;
        for (int run = 0; run < RUNS; run++) {
            List<Operation> history = histories.next();
            Verdict byVersion = VersionCheck.check(history);
            Verdict bySearch = SearchCheck.check(history);
            String where = "seed " + seed + " run " + run + "\n" + HistoryText.write(history);
            assertFalse(bySearch instanceof Verdict.Undecided, where);
            if (!(byVersion instanceof Verdict.Undecided)) {
                assertEquals(bySearch.holds(), byVersion.holds(), () -> where + byVersion);
                holds += byVersion.holds() ? 1 : 0;
                broken += byVersion.holds() ? 0 : 1;
            }
        }
        // Enough of each kind, and the quick check can nearly always tell.
        assertTrue(holds > RUNS * 0.3, holds + " hold");
        assertTrue(broken > RUNS * 0.15, broken + " are broken");
        assertTrue(holds + broken > RUNS * 0.9, holds + " hold, " + broken + " are broken");
    }

    @Test
    void tryingEverythingAgrees() {
        long seed = Long.getLong("seed", 2);
        var histories = new RandomHistory(new Random(seed), 5);
        int holds = 0;
        for (int run = 0; run < RUNS / 4; run++) {
            List<Operation> history = histories.next();
            boolean explained = EveryOrder.explains(history);
            Verdict bySearch = SearchCheck.check(history);
            Verdict byVersion = VersionCheck.check(history);
            String where = "seed " + seed + " run " + run + "\n" + HistoryText.write(history);
            assertEquals(explained, bySearch.holds(), where);
            assertEquals(explained, !bySearch.isBroken(), where);
            assertFalse(explained && byVersion.isBroken(), where);
            assertFalse(!explained && byVersion.holds(), where);
            holds += explained ? 1 : 0;
        }
        assertTrue(holds > RUNS / 4 * 0.3 && holds < RUNS / 4 * 0.9, holds + " hold");
    }

    @Test
    void whatAStoreGaveHolds() {
        long seed = Long.getLong("seed", 3);
        var histories = new RandomHistory(new Random(seed), 40);
        for (int run = 0; run < RUNS / 20; run++) {
            List<Operation> history = histories.good();
            String where = "seed " + seed + " run " + run + "\n" + HistoryText.write(history);
            assertTrue(SearchCheck.check(history).holds(), where);
            assertFalse(VersionCheck.check(history).isBroken(), where);
            assertFalse(StaleCheck.check(history, StalePromise.NONE).isBroken(), where);
        }
    }
}
