package norikv.history;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import norikv.bytes.Bytes;
import org.junit.jupiter.api.Test;

/// Histories of which it is known whether they can be explained, one idea each.
final class KnownHistoriesTest {
    @Test
    void aReadSeesTheLastWriteBeforeIt() {
        holds("0 1 put x = 1:1\n 2 3 get = x 1:1");
        broken("0 1 put x = 1:1\n 2 3 get = none");
        broken("0 1 put x = 1:1\n 2 3 put y = 1:2\n 4 5 get = x 1:1");
        broken("0 1 put x = 1:1\n 2 3 put y = 1:2\n 4 5 lease = x 1:1");
    }

    @Test
    void aReadBesideAWriteSeesEither() {
        holds("0 1 put x = 1:1\n 2 9 put y = 1:2\n 3 4 get = x 1:1\n 5 6 get = y 1:2");
        holds("0 9 put x = 1:1\n 0 9 get = none");
        holds("0 9 put x = 1:1\n 9 10 get = none");
        broken("0 9 put x = 1:1\n 10 11 get = none");
    }

    @Test
    void readsDoNotGoBack() {
        broken("0 1 put x = 1:1\n 2 9 put y = 1:2\n 3 4 get = y 1:2\n 5 6 get = x 1:1");
        broken("0 9 put x = 1:1\n 1 2 get = x 1:1\n 3 4 get = none");
        holds("0 1 put x = 1:1\n 2 9 put y = 1:2\n 3 5 get = y 1:2\n 5 6 get = x 1:1");
    }

    @Test
    void nothingIsSeenBeforeItIsCalled() {
        broken("0 1 get = x 1:1\n 2 3 put x = 1:1");
        broken("0 1 get = x 1:1\n 2 3 put x ?");
        holds("0 2 get = x 1:1\n 2 3 put x = 1:1");
    }

    @Test
    void placesFollowRealTime() {
        broken("0 1 put x = 1:5\n 2 3 put y = 1:4");
        broken("0 1 put x = 2:5\n 2 3 put y = 1:6");
        broken("0 1 put x = 1:5\n 2 3 put y = 2:5");
        broken("0 9 put x = 1:5\n 0 9 put y = 2:4");
        holds("0 2 put x = 1:5\n 2 3 put y = 1:4");
        broken("0 9 put x = 1:5\n 0 9 put y = 1:5");
    }

    @Test
    void whatIsSeenIsWhatWasWritten() {
        broken("0 1 put x = 1:1\n 2 3 get = y 1:1");
        broken("0 1 put x = 1:1\n 2 3 get = x 1:2");
        broken("0 1 put x = 1:1\n 2 3 get = none 1:1");
        broken("0 1 delete = 1:1 none\n 2 3 get = x 1:1");
        broken("0 1 delete = 1:1 none\n 0 9 cas 1:2 y ! 1:1");
        broken("0 9 put x ?\n 0 9 put y ?\n 0 9 get = x 1:1\n 0 9 get = y 1:1");
        broken("0 9 put x ?\n 0 9 get = x 1:1\n 0 9 get = x 1:2");
        broken("0 9 put x ?\n 0 9 delete ?\n 0 9 get = x 1:1\n 0 9 get = none 1:1");
    }

    @Test
    void aWriteWithoutAnswerHappensOnceOrNever() {
        holds("0 1 put x ?\n 2 3 get = none");
        holds("0 1 put x ?\n 2 3 get = none\n 4 5 get = x 1:1");
        broken("0 1 put x ?\n 2 3 get = x 1:1\n 4 5 get = none");
        broken("0 1 put x ?\n 2 3 get = x 1:1\n 4 5 put y = 1:2\n 6 7 get = x 1:3");
        holds("0 1 put x ?\n 0 1 put y ?\n 2 3 get = x 1:2\n 4 5 get = y 1:4");
        broken("0 1 put x = 1:1\n 2 3 put y ?\n 4 5 put z = 1:3\n 6 7 get = y 1:2");
        holds("0 1 put x = 1:1\n 2 3 put y ?\n 4 5 put z = 1:3\n 6 7 get = y 1:4");
        holds("0 1 delete ?\n 2 3 put x = 1:5\n 4 5 get = none\n 6 7 put y = 1:7");
    }

    @Test
    void aWriteThatFailedIsNeverSeen() {
        broken("0 9 put x -\n 0 9 get = x 1:1");
        broken("0 1 put x = 1:1\n 2 3 delete -\n 4 5 get = none");
        holds("0 1 put x = 1:1\n 2 3 put y -\n 4 5 get = x 1:1");
    }

    @Test
    void aConditionHoldsWhereTheWriteStands() {
        holds("0 1 cas absent x = 1:1\n 2 3 cas 1:1 y = 1:2\n 4 5 cas 1:1 z ! 1:2");
        broken("0 1 put x = 1:1\n 2 3 cas absent y = 1:2");
        broken("0 1 put x = 1:1\n 2 3 put y = 1:2\n 4 5 cas 1:1 z = 1:3");
        broken("0 1 put x = 1:1\n 2 3 delete = 1:2\n 4 5 cas 1:1 z = 1:3");
        broken("0 1 put x = 1:1\n 2 3 cas 1:3 z = 1:4");
        broken("0 1 put x = 1:1\n 0 9 cas absent z ! 1:2");
        broken("0 1 put x = 1:1\n 2 3 cas 1:9 z ! none");
        broken("0 1 delete = 1:1 none\n 2 3 cas 1:1 z = 1:2");
        holds("0 1 put x = 1:1\n 2 3 delete ?\n 4 5 cas absent y = 1:3");
        broken("0 1 put x = 1:1\n 2 3 delete ?\n 4 5 cas absent y = 1:2");
        broken("0 1 put x = 1:1\n 2 3 cas 1:1 y = 1:2\n 2 3 cas 1:1 z = 1:3");
        broken("0 1 put x = 1:1\n 2 9 cas 1:1 y ?\n 2 9 put z = 1:2\n 5 9 get = y 1:3");
    }

    @Test
    void aDeleteSaysWhetherSomethingWasThere() {
        holds("0 1 delete = 1:1 none\n 2 3 put x = 1:2\n 4 5 delete = 1:3\n 6 7 get = none");
        broken("0 1 delete = 1:1");
        broken("0 1 put x = 1:1\n 2 3 delete = 1:2 none");
        holds("0 1 put x ?\n 2 3 delete = 1:2");
        broken("0 1 put x ?\n 2 3 delete = 1:1");
        broken("0 1 put x = 1:1\n 2 3 delete 1:1 = 1:2 none");
    }

    @Test
    void whereNothingIsSeenNothingIs() {
        String puts = "0 1 put x = 1:1\n 2 3 delete = 1:2\n 4 5 put y = 1:3\n 8 9 delete = 1:4\n";
        holds(puts + "3 4 get = none\n 9 9 get = none 1:4\n 0 8 get = none\n 0 9 get = none 1:2");
        holds(puts + "1 2 get = none\n 5 8 get = none\n 1 2 get = none 1:2");
        broken(puts + "6 7 get = none");
        broken(puts + "6 7 get = none\n 0 9 delete -");
        broken(puts + "6 8 get = none 1:2");
        broken("0 9 put x = 1:1\n 1 2 get = x 1:1\n 3 4 get = none\n 5 6 get = x 1:1");
        broken("0 1 put x = 1:1\n 2 3 delete = 1:2\n 4 5 put y = 1:3\n 6 7 get = none");
        broken(puts + "5 8 get = y 1:3\n 6 7 get = none 1:2");
    }

    @Test
    void swappingTwoReadsIsSeen() {
        String writes = "0 1 put x = 1:1\n 4 5 put y = 1:2\n 8 9 put z = 1:3\n";
        holds(writes + "2 3 get = x 1:1\n 6 7 get = y 1:2\n 10 11 get = z 1:3");
        broken(writes + "2 3 get = y 1:2\n 6 7 get = x 1:1\n 10 11 get = z 1:3");
        broken(writes + "2 3 get = x 1:1\n 6 7 get = z 1:3\n 10 11 get = y 1:2");
    }

    @Test
    void keysAreCheckedByThemselves() {
        List<Operation> history = new ArrayList<>(Told.history("0 1 put x = 1:1"));
        for (Operation o : Told.history("2 3 get = none\n 4 5 put x = 1:1")) {
            history.add(
                    new Operation(
                            o.process(),
                            Bytes.utf8("other"),
                            o.call(),
                            o.callNanos(),
                            o.returnNanos(),
                            o.outcome()));
        }
        assertTrue(HistoryReport.of(history, StalePromise.NONE).verdict().holds());
        history.addAll(Told.history("6 7 get = none"));
        assertTrue(HistoryReport.of(history, StalePromise.NONE).verdict().isBroken());
    }

    /// The search never guesses: beyond its memory it says so, where the other check still tells.
    @Test
    void aSearchBeyondItsMemoryIsUndecided() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            text.append("0 9 put v%d = 1:%d\n".formatted(i, 40 - i));
        }
        List<Operation> history = Told.history(text.toString());
        Collections.shuffle(history, new Random(1));
        assertInstanceOf(Verdict.Undecided.class, SearchCheck.check(history, 1 << 20));
        assertTrue(VersionCheck.check(history).holds());
        assertTrue(HistoryReport.of(history, StalePromise.NONE).verdict().holds());
    }

    /// Neither may pass what the other proves wrong, nor call proof what is a guess.
    @Test
    void whereWritersCannotBeToldApartTheSearchDecides() {
        String twins =
                "0 1 put x ?\n 9 9 put x ?\n"
                        + "2 3 get = x 1:1\n 4 9 get = x 1:3\n 4 9 get = x 1:5";
        assertInstanceOf(Verdict.Broken.class, SearchCheck.check(Told.history(twins)));
        assertFalse(VersionCheck.check(Told.history(twins)).holds());
        String two = "0 1 put x ?\n 0 1 put x ?\n 2 3 get = x 1:1\n 4 5 get = x 1:3";
        assertTrue(SearchCheck.check(Told.history(two)).holds());
        assertTrue(VersionCheck.check(Told.history(two)).holds());
    }

    private static void holds(String text) {
        List<Operation> history = Told.history(text);
        assertTrue(SearchCheck.check(history).holds(), text);
        assertFalse(VersionCheck.check(history).isBroken(), text);
        assertTrue(EveryOrder.explains(history), text);
    }

    private static void broken(String text) {
        List<Operation> history = Told.history(text);
        assertTrue(SearchCheck.check(history).isBroken(), text);
        assertTrue(VersionCheck.check(history).isBroken(), text);
        assertFalse(EveryOrder.explains(history), text);
    }
}
