package norikv.history;

import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// One thing that one client asked of one key: the unit of a history.
///
/// **Limits.** A history begins with an empty store. All its times are of one clock that never goes
/// back, nanoseconds from any origin; what has the same time counts as concurrent. **Errors.**
/// [NoriException.Malformed] where the outcome is none that the call can have. **Source.**
/// `wire/history.md`.
///
/// @param process who asked: each process has at most one operation under way
/// @param callNanos no later than the request left
/// @param returnNanos no earlier than the answer came, or when it was given up
public record Operation(
        long process, Bytes key, Call call, long callNanos, long returnNanos, Outcome outcome) {

    /// Refuses what no client can have seen.
    public Operation {
        if (returnNanos < callNanos) {
            throw invalid("return >= call", returnNanos + " < " + callNanos);
        }
        if (!fits(call, outcome)) {
            throw invalid("an outcome of " + call, outcome.toString());
        }
    }

    /// {@return whether it happened, or was answered as a read}
    public boolean succeeded() {
        return !(outcome instanceof Outcome.Definite || outcome instanceof Outcome.Indeterminate);
    }

    private static boolean fits(Call call, Outcome outcome) {
        boolean known = !outcome.at().equals(Version.NONE);
        return switch (outcome) {
            case Outcome.Found _ -> call instanceof Call.Get && known;
            case Outcome.Missing _ -> call instanceof Call.Get;
            case Outcome.Written _ -> call instanceof Call.Put && known;
            case Outcome.Deleted _ -> call instanceof Call.Delete && known;
            case Outcome.Mismatch(var actual) -> isFailed(call.condition(), actual);
            case Outcome.Definite _, Outcome.Indeterminate _ -> true;
        };
    }

    /// {@return whether `condition` can have failed on a key at `actual`}
    private static boolean isFailed(Precondition condition, Version actual) {
        return switch (condition) {
            case Precondition.None _ -> false;
            case Precondition.IfAbsent _ -> !actual.equals(Version.NONE);
            case Precondition.IfVersion(var required) -> !actual.equals(required);
        };
    }

    private static NoriException invalid(String wanted, String got) {
        return NoriException.invalid("history: want %s, got %s".formatted(wanted, got));
    }
}
