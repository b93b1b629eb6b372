package norikv.cli;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.domain.ErrorCode;
import norikv.observe.HistogramData;

/// What was seen of a benchmark: how long each operation took, what failed, and how it went second
/// by second.
///
/// **Threads.** Confined to one. **Limits.** [#INTERVALS_MAX] intervals; a longer run has longer
/// ones.
final class BenchTally {
    static final int INTERVALS_MAX = 3600;

    /// What is counted apart.
    enum Op {
        GET,
        PUT,
        SCAN,
        LOAD
    }

    /// What happened between two points in time.
    record Interval(
            double seconds, long ops, long p50Nanos, long p99Nanos, long maxNanos, long errors) {}

    private final EnumMap<Op, HistogramData> latencies = new EnumMap<>(Op.class);
    private final Map<String, Long> errors = new TreeMap<>();
    private final List<Interval> intervals = new ArrayList<>();
    private final HistogramData interval = new HistogramData();
    private final long startNanos;
    private final long intervalNanos;
    private long intervalErrors;
    private long intervalEnd;

    BenchTally(long startNanos, long durationNanos) {
        this.startNanos = startNanos;
        this.intervalNanos = Math.max(1_000_000_000L, durationNanos / INTERVALS_MAX);
        this.intervalEnd = startNanos + intervalNanos;
        for (Op op : Op.values()) {
            latencies.put(op, new HistogramData());
        }
    }

    void done(Op op, long latencyNanos) {
        latencies.get(op).record(latencyNanos);
        interval.record(latencyNanos);
    }

    void failed(ErrorCode code) {
        errors.merge(code.name(), 1L, Long::sum);
        intervalErrors++;
    }

    /// A node said that another one leads, and that one is asked: no error, but no secret either.
    void redirected(ErrorCode code) {
        errors.merge(code.name() + "(retried)", 1L, Long::sum);
    }

    /// Ends the interval if its time is over.
    ///
    /// @return whether it did
    boolean tick(long nowNanos) {
        if (nowNanos < intervalEnd || intervals.size() >= INTERVALS_MAX) {
            return false;
        }
        intervals.add(
                new Interval(
                        (nowNanos - startNanos) / 1e9,
                        interval.count(),
                        interval.quantile(0.5),
                        interval.quantile(0.99),
                        interval.max(),
                        intervalErrors));
        interval.clear();
        intervalErrors = 0;
        intervalEnd = Math.max(intervalEnd + intervalNanos, nowNanos);
        return true;
    }

    HistogramData latencies(Op op) {
        return latencies.get(op);
    }

    /// {@return all operations together}
    HistogramData all() {
        HistogramData all = new HistogramData();
        latencies.values().forEach(all::add);
        return all;
    }

    Map<String, Long> errors() {
        return errors;
    }

    long errorCount() {
        long count = 0;
        for (long some : errors.values()) {
            count += some;
        }
        return count;
    }

    List<Interval> intervals() {
        return intervals;
    }
}
