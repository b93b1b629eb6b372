package norikv.torture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import norikv.domain.Consistency;
import norikv.domain.Sharding;
import norikv.history.Call;
import norikv.history.Operation;
import norikv.history.Outcome;

/// How long things took in a run.
///
/// @param failoversNanos of each kill that came alone and cost shards their leader: how long until
///     the last of those shards acknowledged a write again
/// @param calls how many calls there were
/// @param inTime how many of them returned no later than [#GRACE_NANOS] after their deadline
/// @param latestNanos how long after its deadline the latest one returned; 0: none was late
/// @param staleReads how many stale reads there were
/// @param staleErrors how many of them failed
public record Figures(
        List<Long> failoversNanos,
        long calls,
        long inTime,
        long latestNanos,
        long staleReads,
        long staleErrors) {
    /// What a call may take beyond its deadline and count as in time.
    static final long GRACE_NANOS = 50_000_000;

    /// How long a kill is looked at.
    private static final long FAILOVER_NANOS_MAX = 30_000_000_000L;

    /// Sorts the times.
    public Figures {
        failoversNanos = failoversNanos.stream().sorted().toList();
    }

    /// {@return the figures of a run}
    ///
    /// @param killsNanos when nodes were killed that nothing else befell meanwhile
    static Figures of(
            List<Operation> history,
            List<Long> killsNanos,
            Sharding sharding,
            long deadlineNanos) {
        long inTime = 0;
        long latest = 0;
        long staleReads = 0;
        long staleErrors = 0;
        for (Operation operation : history) {
            long late = operation.returnNanos() - operation.callNanos() - deadlineNanos;
            inTime += late <= GRACE_NANOS ? 1 : 0;
            latest = Math.max(latest, late);
            boolean isStale =
                    operation.call() instanceof Call.Get(var level) && level == Consistency.STALE;
            staleReads += isStale ? 1 : 0;
            staleErrors += isStale && !operation.succeeded() ? 1 : 0;
        }
        List<Long> failovers = new ArrayList<>();
        for (long kill : killsNanos) {
            long time = failoverNanos(history, kill, sharding);
            if (time > 0) {
                failovers.add(time);
            }
        }
        return new Figures(failovers, history.size(), inTime, latest, staleReads, staleErrors);
    }

    /// {@return how long after `kill` the last shard whose term had to change was written again; 0
    /// where none had to} What was called before the kill says nothing of what came after it.
    private static long failoverNanos(List<Operation> history, long kill, Sharding sharding) {
        Map<Integer, Long> termBefore = new HashMap<>();
        Map<Integer, Operation> firstAfter = new HashMap<>();
        for (Operation operation : history) {
            boolean isWritten =
                    operation.outcome() instanceof Outcome.Written
                            || operation.outcome() instanceof Outcome.Deleted;
            if (!isWritten || operation.callNanos() > kill + FAILOVER_NANOS_MAX) {
                continue;
            }
            int shard = sharding.shardOf(operation.key()).number();
            if (operation.returnNanos() < kill) {
                termBefore.merge(shard, operation.outcome().at().term(), Math::max);
            } else if (operation.callNanos() >= kill) {
                firstAfter.merge(
                        shard, operation, (a, b) -> a.returnNanos() <= b.returnNanos() ? a : b);
            }
        }
        long worst = 0;
        for (var after : firstAfter.entrySet()) {
            long before = termBefore.getOrDefault(after.getKey(), Long.MAX_VALUE);
            if (after.getValue().outcome().at().term() > before) {
                worst = Math.max(worst, after.getValue().returnNanos() - kill);
            }
        }
        return worst;
    }

    /// {@return the median of the failovers; 0 where there was none}
    public long failoverMedianNanos() {
        return failoversNanos.isEmpty() ? 0 : failoversNanos.get(failoversNanos.size() / 2);
    }

    /// {@return the longest failover; 0 where there was none}
    public long failoverMaxNanos() {
        return failoversNanos.isEmpty() ? 0 : Collections.max(failoversNanos);
    }
}
