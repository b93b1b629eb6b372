package norikv.observe;

import java.util.function.DoubleSupplier;

/// Where a part of the node gets its instruments. The same name with the same labels gives the same
/// instrument again; a name keeps one kind, one unit and one help text.
///
/// **Names.** As in the classic Prometheus text: `norikv_` first, base units, `_total` for
/// counters.
/// **Threads.** Any.
public interface Meter {
    /// Counts nothing: for tests and for engines used alone.
    Meter NONE = new SilentMeter();

    Counter counter(String name, String help, Label... labels);

    /// Reads `value` whenever somebody looks; it must be cheap and must not block.
    void gauge(String name, String help, DoubleSupplier value, Label... labels);

    /// A histogram of durations: recorded in nanoseconds, shown in seconds.
    Histogram durations(String name, String help, Label... labels);

    /// A histogram of plain amounts (bytes, entries in a batch).
    Histogram amounts(String name, String help, Label... labels);
}
