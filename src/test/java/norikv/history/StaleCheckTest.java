package norikv.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What a stale read may see and what not.
final class StaleCheckTest {
    private static final StalePromise PER_PROCESS =
            new StalePromise(true, StalePromise.UNBOUNDED);
    private static final StalePromise AT_MOST_TEN = new StalePromise(false, 10);

    private static final String XY = "0 1 put x = 1:1\n 2 3 put y = 1:2\n";

    @Test
    void whatIsSeenWasOnceThere() {
        holds(StalePromise.NONE, XY + "8 9 stale = x 1:1\n 8 9 stale = none");
        broken(StalePromise.NONE, XY + "8 9 stale = y 1:1");
        broken(StalePromise.NONE, XY + "8 9 stale = x 1:3");
        broken(StalePromise.NONE, XY + "8 9 stale = none 1:1");
        broken(StalePromise.NONE, "0 1 put x -\n 2 3 stale = x 1:1");
        holds(StalePromise.NONE, "0 1 put x ?\n 2 3 stale = x 1:1");
        String both = "0 1 put x ?\n 0 1 put y ?\n";
        broken(StalePromise.NONE, both + "2 3 stale = x 1:1\n 2 3 stale = y 1:1");
        broken(StalePromise.NONE, "0 9 delete ?\n 2 3 stale = x 1:1");
    }

    @Test
    void nobodySeesTheFuture() {
        broken(StalePromise.NONE, "0 1 stale = x 1:1\n 2 3 put x = 1:1");
        broken(StalePromise.NONE, "0 1 stale = x 1:1\n 2 3 put x ?");
        holds(StalePromise.NONE, "0 2 stale = x 1:1\n 2 3 put x = 1:1");
    }

    @Test
    void whatWasSeenIsCommitted() {
        String unanswered = XY + "4 5 put z ?\n 6 7 stale = z 1:3\n";
        holds(StalePromise.NONE, unanswered + "8 9 get = z 1:3\n 8 9 stale = y 1:2");
        holds(StalePromise.NONE, unanswered + "7 9 get = y 1:2");
        broken(StalePromise.NONE, unanswered + "8 9 get = y 1:2");
        broken(StalePromise.NONE, unanswered + "8 9 get = none");
        broken(StalePromise.NONE, unanswered + "8 9 cas 1:1 w ! 1:2");
        broken(StalePromise.NONE, unanswered + "8 9 put w = 1:3");
        holds(StalePromise.NONE, unanswered + "8 9 put w = 1:4");
        holds(StalePromise.NONE, unanswered + "8 9 delete ?\n 9 9 get = none");
        broken(StalePromise.NONE, unanswered + "9 9 get = none\n 10 11 delete ?");
    }

    @Test
    void aProcessNeverSeesAKeyGoBack() {
        String seen = XY + "#7 4 5 stale = y 1:2\n";
        holds(PER_PROCESS, seen + "#7 6 7 stale = y 1:2\n #8 6 7 stale = x 1:1");
        broken(PER_PROCESS, seen + "#7 6 7 stale = x 1:1");
        broken(PER_PROCESS, seen + "#7 6 7 stale = none");
        holds(StalePromise.NONE, seen + "#7 6 7 stale = x 1:1");
        broken(PER_PROCESS, XY + "#7 6 7 put z = 1:3\n #7 8 9 stale = y 1:2");
        String gone = seen + "6 7 delete = 1:3\n #7 8 9 stale = none\n";
        holds(PER_PROCESS, gone);
        broken(PER_PROCESS, gone + "#7 10 11 stale = x 1:1");
        broken(PER_PROCESS, "0 1 delete = 1:1 none\n 2 3 put x = 1:2\n"
                        + "#7 4 5 stale = x 1:2\n #7 6 7 stale = none");
    }

    @Test
    void nothingSeenIsOlderThanPromised() {
        holds(AT_MOST_TEN, XY + "13 14 stale = x 1:1");
        broken(AT_MOST_TEN, XY + "14 15 stale = x 1:1");
        broken(AT_MOST_TEN, XY + "14 15 stale = none");
        holds(AT_MOST_TEN, XY + "14 15 stale = y 1:2");
        holds(StalePromise.NONE, XY + "14 15 stale = x 1:1");
        broken(AT_MOST_TEN, XY + "1 1 put z ?\n 4 5 get = z 1:4\n 16 17 stale = y 1:2");
    }

    @Test
    void aReportIsAsBadAsItsWorstCheck() {
        List<Operation> history = Told.history(XY + "8 9 stale = y 1:1\n 8 9 get = y 1:2");
        HistoryReport report = HistoryReport.of(history, StalePromise.NONE);
        assertTrue(report.byVersion().holds());
        assertTrue(report.bySearch().holds());
        assertTrue(report.verdict().isBroken());
        assertEquals(1, report.keys());
        assertEquals(4, report.operations());
        var undecided = new Verdict.Undecided(history.getFirst().key(), "why");
        assertEquals(Verdict.HOLDS, report(undecided, Verdict.HOLDS).verdict());
        assertEquals(Verdict.HOLDS, report(Verdict.HOLDS, undecided).verdict());
        assertEquals(undecided, report(undecided, undecided).verdict());
        assertTrue(report(report.stale(), Verdict.HOLDS).verdict().isBroken());
        assertTrue(report(undecided, report.stale()).verdict().isBroken());
    }

    private static HistoryReport report(Verdict byVersion, Verdict bySearch) {
        return new HistoryReport(1, 4, byVersion, bySearch, Verdict.HOLDS);
    }

    private static void holds(StalePromise promise, String text) {
        assertEquals(Verdict.HOLDS, StaleCheck.check(Told.history(text), promise), text);
    }

    private static void broken(StalePromise promise, String text) {
        assertTrue(StaleCheck.check(Told.history(text), promise).isBroken(), text);
    }
}
