package norikv.torture;

import java.util.List;
import java.util.Map;
import norikv.history.HistoryReport;
import norikv.history.Verdict;

/// What came of a run.
///
/// @param plan what befell the nodes
/// @param kills how many processes were killed
/// @param history what the checks say of what the clients saw
/// @param troubles what happened beside the history that should not have: a node that ended by
///     itself, a cluster that did not come back
/// @param errors how often which call failed, and how
/// @param streams what the nodes that ran to the end counted of shards sent from node to node
public record TortureReport(
        List<Fault> plan,
        long kills,
        HistoryReport history,
        List<String> troubles,
        Map<String, Long> errors,
        Map<String, Long> streams,
        Figures figures) {

    /// {@return whether nothing was found}
    public boolean isGood() {
        return history.verdict().holds() && troubles.isEmpty();
    }

    /// {@return the one line that says it all}
    public String verdictLine() {
        return verdictLine(history);
    }

    /// {@return the one line that says it all of a history}
    public static String verdictLine(HistoryReport history) {
        String word =
                switch (history.verdict()) {
                    case Verdict.Holds _ -> "linearizable";
                    case Verdict.Broken(var key, var why, _) ->
                            "NOT linearizable, key %s: %s".formatted(key.toUtf8(), why);
                    case Verdict.Undecided(var key, var why) ->
                            "undecided, key %s: %s".formatted(key.toUtf8(), why);
                };
        return "%s (%d keys, %d ops)".formatted(word, history.keys(), history.operations());
    }
}
