package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.history.Call;
import norikv.history.HistoryReport;
import norikv.history.HistoryText;
import norikv.history.Outcome;
import norikv.history.StalePromise;
import norikv.history.Verdict;

/// J6, J7: the history of all clients is linearizable for each key, by the order of versions and by
/// search, and stale reads keep what they promise.
final class Histories {
    private static final StalePromise PROMISE = new StalePromise(true, StalePromise.UNBOUNDED);

    private Histories() {}

    /// Checks what the clients of a world saw.
    ///
    /// @param leaseHolds whether clocks kept their bound: else nothing is said of lease reads
    /// @return how many keys there were
    static long check(List<Operation> operations, boolean leaseHolds) {
        List<norikv.history.Operation> history = new ArrayList<>();
        for (Operation operation : operations) {
            if (leaseHolds || operation.consistency != Consistency.LEASE) {
                history.add(told(operation));
            }
        }
        var report = HistoryReport.of(history, PROMISE);
        Violation.check(
                !(report.verdict() instanceof Verdict.Broken)
                        && !report.byVersion().isBroken()
                        && !report.bySearch().isBroken(),
                "J6",
                "by version %s, by search %s, stale %s",
                report.byVersion(),
                report.bySearch(),
                report.stale());
        return report.keys();
    }

    /// {@return the history as text, to look at}
    static String text(List<Operation> operations) {
        return HistoryText.write(operations.stream().map(Histories::told).toList());
    }

    private static norikv.history.Operation told(Operation operation) {
        long end = Math.max(operation.callNanos, operation.returnNanos);
        return new norikv.history.Operation(
                operation.client,
                Bytes.utf8("g%d/k%d".formatted(operation.group, operation.key)),
                call(operation),
                operation.callNanos,
                end,
                outcome(operation));
    }

    private static Call call(Operation operation) {
        Bytes value = Bytes.utf8("v" + operation.token);
        return switch (operation.kind) {
            case GET -> new Call.Get(operation.consistency);
            case PUT -> new Call.Put(value, Precondition.NONE);
            case DELETE -> new Call.Delete(Precondition.NONE);
            case CAS ->
                    new Call.Put(
                            value,
                            operation.expect.equals(Table.NEVER)
                                    ? Precondition.IF_ABSENT
                                    : new Precondition.IfVersion(operation.expect));
        };
    }

    private static Outcome outcome(Operation operation) {
        return switch (operation.outcome) {
            case OPEN, INDETERMINATE -> Outcome.INDETERMINATE;
            case DEFINITE -> Outcome.DEFINITE;
            case OK, MISSING, MISMATCH -> succeeded(operation);
        };
    }

    private static Outcome succeeded(Operation operation) {
        boolean ok = operation.outcome == Operation.Outcome.OK;
        return switch (operation.kind) {
            case GET ->
                    ok
                            ? new Outcome.Found(
                                    Bytes.utf8("v" + operation.value), operation.version)
                            : new Outcome.Missing(operation.version);
            case DELETE -> new Outcome.Deleted(ok, operation.version);
            case PUT -> new Outcome.Written(operation.version);
            case CAS ->
                    ok
                            ? new Outcome.Written(operation.version)
                            : new Outcome.Mismatch(operation.version);
        };
    }
}
