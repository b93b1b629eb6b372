package norikv.torture;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// What catching up cost callers.
///
/// @param calm calls while all was well
/// @param away calls while the node was away
/// @param back calls from its start until it had caught up
/// @param isBeyondLogs whether the logs were truncated past it, so that it needed whole shards
/// @param hasCaughtUp whether it got everything in time
/// @param awayFor how long it was away
/// @param backFor how long it took to catch up
/// @param streams by name what was counted of whole shards that went around
/// @param troubles what should not have happened, in words
public record CatchUpReport(
        Latencies calm,
        Latencies away,
        Latencies back,
        boolean isBeyondLogs,
        boolean hasCaughtUp,
        Duration awayFor,
        Duration backFor,
        Map<String, Long> streams,
        List<String> troubles) {
    /// How much slower than while all is calm the hundredth call may be.
    public static final double RATIO_MAX = 2;

    /// What calls took from when they should have begun.
    ///
    /// @param sortedNanos of those that succeeded
    /// @param failed how many did not
    public record Latencies(long[] sortedNanos, long failed) {
        static Latencies of(long[] nanos, long failed) {
            long[] sorted = nanos.clone();
            Arrays.sort(sorted);
            return new Latencies(sorted, failed);
        }

        public int count() {
            return sortedNanos.length;
        }

        /// {@return what so many of a thousand calls took at the most; 0 if there is none}
        public long perMille(int share) {
            int count = sortedNanos.length;
            int rank = (int) Math.ceilDiv((long) count * share, 1_000L);
            return count == 0 ? 0 : sortedNanos[Math.max(0, rank - 1)];
        }

        public long p99() {
            return perMille(990);
        }
    }

    /// {@return the hundredth call while the node caught up, in those while all was calm}
    public double ratio() {
        return calm.p99() == 0 ? 0 : (double) back.p99() / calm.p99();
    }

    /// {@return whether the node needed whole shards, got everything, and callers hardly noticed}
    public boolean isGood() {
        return isBeyondLogs
                && hasCaughtUp
                && calm.count() > 0
                && back.count() > 0
                && calm.failed() + back.failed() == 0
                && ratio() <= RATIO_MAX
                && troubles.isEmpty();
    }
}
