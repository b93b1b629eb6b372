package norikv.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Version;

/// Checks what even stale reads promise: what is seen was once there, from nobody's future; what
/// was seen is committed, so nothing linearizable is behind it afterwards; and [StalePromise].
///
/// Where a read saw no live value and was not told since when, a delete may explain it whose answer
/// nobody got: such a read is given the benefit of the doubt.
public final class StaleCheck {
    private final List<Operation> operations;
    private final StalePromise promise;
    private final Map<Version, Operation> writers = new HashMap<>();
    private final Map<Version, Bytes> values = new HashMap<>();

    private StaleCheck(List<Operation> operations, StalePromise promise) {
        this.operations =
                operations.stream()
                        .sorted(Comparator.comparingLong(Operation::callNanos))
                        .toList();
        this.promise = promise;
    }

    /// {@return whether the stale reads of `history` keep `promise`}
    public static Verdict check(List<Operation> history, StalePromise promise) {
        return Keys.each(
                history,
                ofKey -> {
                    try {
                        new StaleCheck(ofKey, promise).run();
                        return Verdict.HOLDS;
                    } catch (Contradiction e) {
                        Bytes key = ofKey.getFirst().key();
                        return new Verdict.Broken(key, e.getMessage(), e.among());
                    }
                });
    }

    private void run() throws Contradiction {
        for (Operation operation : operations) {
            if (operation.succeeded() && isWritten(operation)) {
                writers.put(operation.outcome().at(), operation);
            }
        }
        for (Operation read : operations) {
            if (isStale(read)) {
                wasThere(read);
            }
        }
        nothingIsBehindWhatWasSeen();
        if (promise.perProcess()) {
            noProcessSeesItGoBack();
        }
        if (promise.behindNanosMax() != StalePromise.UNBOUNDED) {
            nothingIsTooOld();
        }
    }

    /// What was seen was written, and its writer had begun.
    private void wasThere(Operation read) throws Contradiction {
        Version at = read.outcome().at();
        if (at.equals(Version.NONE)) {
            return;
        }
        if (read.outcome() instanceof Outcome.Found(var value, _)) {
            Bytes other = values.putIfAbsent(at, value);
            if (other != null && !other.equals(value)) {
                throw new Contradiction("two values at " + at, List.of(read));
            }
        }
        Operation writer = writers.get(at);
        if (writer != null) {
            if (!canHaveMade(writer, read)) {
                throw new Contradiction("seen is not what is at " + at, List.of(writer, read));
            }
        } else if (operations.stream().noneMatch(o -> isLoose(o) && canHaveMade(o, read))) {
            throw new Contradiction("nobody wrote what is at " + at, List.of(read));
        }
    }

    private static boolean canHaveMade(Operation write, Operation read) {
        boolean same =
                switch (read.outcome()) {
                    case Outcome.Found(var seen, _) ->
                            write.call() instanceof Call.Put(var value, _) && value.equals(seen);
                    default -> write.call() instanceof Call.Delete;
                };
        return same && write.callNanos() <= read.returnNanos();
    }

    private void nothingIsBehindWhatWasSeen() throws Contradiction {
        List<Operation> seen = new ArrayList<>(operations.stream().filter(this::isStale).toList());
        seen.sort(Comparator.comparingLong(Operation::returnNanos));
        int next = 0;
        Operation newest = null;
        for (Operation operation : operations) {
            while (next < seen.size()
                    && seen.get(next).returnNanos() < operation.callNanos()) {
                newest = newer(newest, seen.get(next++));
            }
            if (newest != null && Keys.isBound(operation) && operation.succeeded()) {
                requireNotBehind(newest, operation, "behind what was seen before");
            }
        }
    }

    private void noProcessSeesItGoBack() throws Contradiction {
        Map<Long, Operation> newest = new HashMap<>();
        for (Operation operation : operations) {
            if (operation.succeeded()) {
                Operation before = newest.get(operation.process());
                if (before != null && isStale(operation)) {
                    requireNotBehind(before, operation, "behind what the process saw");
                }
                newest.put(operation.process(), newer(before, operation));
            }
        }
    }

    private void nothingIsTooOld() throws Contradiction {
        List<Operation> answered = new ArrayList<>();
        for (Operation operation : operations) {
            if (operation.succeeded() && Keys.isBound(operation)) {
                answered.add(operation);
            }
        }
        answered.sort(Comparator.comparingLong(Operation::returnNanos));
        int next = 0;
        Operation newest = null;
        for (Operation read : operations) {
            long since = read.callNanos() - promise.behindNanosMax();
            while (next < answered.size() && answered.get(next).returnNanos() < since) {
                newest = newer(newest, answered.get(next++));
            }
            if (newest != null && isStale(read)) {
                requireNotBehind(newest, read, "older than promised");
            }
        }
    }

    /// What `operation` names is not before what `seen` names.
    private void requireNotBehind(Operation seen, Operation operation, String why)
            throws Contradiction {
        Version floor = seen.outcome().at();
        Version at = operation.outcome().at();
        boolean behind = at.compareTo(floor) < 0 || isWritten(operation) && at.equals(floor);
        if (at.equals(Version.NONE)) {
            // Deleted since, by somebody who had begun?
            behind = isLive(seen) && operations.stream().noneMatch(o -> ends(o, operation, floor));
        }
        if (behind && !seen.equals(operation)) {
            throw new Contradiction(why, List.of(seen, operation));
        }
    }

    private static boolean ends(Operation write, Operation read, Version floor) {
        boolean later = isLoose(write) || write.outcome().at().compareTo(floor) > 0;
        return write.call() instanceof Call.Delete
                && !(write.outcome() instanceof Outcome.Definite)
                && later
                && write.callNanos() <= read.returnNanos();
    }

    private boolean isLive(Operation seen) {
        return switch (seen.outcome()) {
            case Outcome.Found _, Outcome.Written _, Outcome.Mismatch _ ->
                    !seen.outcome().at().equals(Version.NONE);
            default -> false;
        };
    }

    private static Operation newer(Operation a, Operation b) {
        return a == null || b.outcome().at().compareTo(a.outcome().at()) > 0 ? b : a;
    }

    private static boolean isLoose(Operation operation) {
        return operation.call().isWrite() && operation.outcome() instanceof Outcome.Indeterminate;
    }

    private static boolean isWritten(Operation operation) {
        return operation.outcome() instanceof Outcome.Written
                || operation.outcome() instanceof Outcome.Deleted;
    }

    private boolean isStale(Operation operation) {
        return operation.call() instanceof Call.Get(var consistency)
                && consistency == Consistency.STALE
                && operation.succeeded();
    }
}
