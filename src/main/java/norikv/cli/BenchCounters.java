package norikv.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.domain.Reply;

/// What the nodes counted while they were measured.
final class BenchCounters {
    private BenchCounters() {}

    /// {@return how much each counter grew between the first and the last answer of every node,
    /// over all nodes}
    ///
    /// @param statuses what the nodes said, in the order of asking: each was asked first and last
    static Map<String, Long> grown(List<Reply.Status> statuses, int nodes) {
        Map<String, Long> grown = new TreeMap<>();
        if (statuses.size() >= 2 * nodes) {
            for (int i = 0; i < nodes; i++) {
                statuses.get(i).counters().forEach((name, n) -> grown.merge(name, -n, Long::sum));
                statuses.get(statuses.size() - 1 - i)
                        .counters()
                        .forEach((name, n) -> grown.merge(name, n, Long::sum));
            }
        }
        grown.values().removeIf(growth -> growth == 0);
        return grown;
    }
}
