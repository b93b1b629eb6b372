package norikv.observe;

/// How often how much: durations in nanoseconds, sizes in bytes or items. **Threads.** Any, without
/// contention.
public interface Histogram {
    /// Counts one observation; negative ones count as zero.
    void record(long value);
}
