package norikv.history;

import java.util.List;

/// What all checks together say of a history.
///
/// @param keys how many keys it has
/// @param operations how many operations it has
/// @param byVersion of [VersionCheck]
/// @param bySearch of [SearchCheck]
/// @param stale of [StaleCheck]
public record HistoryReport(
        long keys, long operations, Verdict byVersion, Verdict bySearch, Verdict stale) {

    /// Runs all checks on `history`.
    public static HistoryReport of(List<Operation> history, StalePromise promise) {
        return new HistoryReport(
                history.stream().map(Operation::key).distinct().count(),
                history.size(),
                VersionCheck.check(history),
                SearchCheck.check(history),
                StaleCheck.check(history, promise));
    }

    /// {@return whether the history keeps every promise} Of two checks of the same, one that can
    /// tell is enough; where they contradict each other, the history counts as broken.
    public Verdict verdict() {
        Verdict linearizable =
                byVersion.isBroken() || bySearch.isBroken()
                        ? byVersion.and(bySearch)
                        : byVersion.holds() || bySearch.holds() ? Verdict.HOLDS : byVersion;
        return linearizable.and(stale);
    }
}
