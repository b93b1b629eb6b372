package norikv.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.history.Call;
import norikv.history.Operation;
import norikv.history.Outcome;
import org.junit.jupiter.api.Test;

/// The figures of a run say what its history says.
final class FiguresTest {
    private static final long SECOND = 1_000_000_000;
    private static final Sharding ONE_SHARD = new Sharding(1);

    @Test
    void aFailoverLastsUntilTheFirstWriteOfANewTerm() {
        List<Operation> history =
                List.of(
                        put(1 * SECOND, 2 * SECOND, 1, 1),
                        indeterminate(4 * SECOND, 6 * SECOND),
                        put(4 * SECOND, 6 * SECOND, 2, 5), // called before the kill
                        put(7 * SECOND, 8 * SECOND, 2, 6),
                        put(8 * SECOND, 9 * SECOND, 2, 7));
        assertEquals(
                List.of(3 * SECOND), of(history, List.of(5 * SECOND)).failoversNanos());
    }

    @Test
    void aKillThatCostNoLeaderIsNoFailover() {
        List<Operation> history =
                List.of(put(1 * SECOND, 2 * SECOND, 1, 1), put(7 * SECOND, 8 * SECOND, 1, 2));
        assertEquals(List.of(), of(history, List.of(5 * SECOND)).failoversNanos());
        assertEquals(0, of(history, List.of()).failoverMedianNanos());
    }

    @Test
    void aShardThatWasNeverWrittenBeforeSaysNothing() {
        List<Operation> history = List.of(put(7 * SECOND, 8 * SECOND, 2, 2));
        assertEquals(List.of(), of(history, List.of(5 * SECOND)).failoversNanos());
    }

    @Test
    void whatIsLateIsCountedFromTheDeadline() {
        long deadline = 2 * SECOND;
        List<Operation> history =
                List.of(
                        put(0, deadline, 1, 1),
                        put(0, deadline + Figures.GRACE_NANOS, 1, 2),
                        put(0, deadline + Figures.GRACE_NANOS + 1, 1, 3));
        Figures figures = of(history, List.of());
        assertEquals(3, figures.calls());
        assertEquals(2, figures.inTime());
        assertEquals(Figures.GRACE_NANOS + 1, figures.latestNanos());
    }

    @Test
    void failedStaleReadsAreCounted() {
        var stale = new Call.Get(Consistency.STALE);
        var fresh = new Call.Get(Consistency.LINEARIZABLE);
        List<Operation> history =
                List.of(
                        new Operation(1, Bytes.utf8("k"), stale, 0, 1, Outcome.DEFINITE),
                        new Operation(
                                1, Bytes.utf8("k"), stale, 2, 3, new Outcome.Missing(Version.NONE)),
                        new Operation(1, Bytes.utf8("k"), fresh, 4, 5, Outcome.DEFINITE));
        Figures figures = of(history, List.of());
        assertEquals(2, figures.staleReads());
        assertEquals(1, figures.staleErrors());
    }

    private static Figures of(List<Operation> history, List<Long> kills) {
        return Figures.of(history, kills, ONE_SHARD, 2 * SECOND);
    }

    private static Operation put(long call, long end, long term, long index) {
        var written = new Outcome.Written(new Version(term, index));
        return new Operation(1, Bytes.utf8("k"), aPut(), call, end, written);
    }

    private static Operation indeterminate(long call, long end) {
        return new Operation(1, Bytes.utf8("k"), aPut(), call, end, Outcome.INDETERMINATE);
    }

    private static Call aPut() {
        return new Call.Put(Bytes.utf8("v"), Precondition.NONE);
    }
}
