package norikv.lsm;

import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;
import norikv.observe.Counter;
import norikv.observe.Histogram;
import norikv.observe.Label;
import norikv.observe.Meter;

/// Keeps the gauges without labels, so that a test can read them; counts nothing.
///
/// **Threads.** Confined to one.
public final class Gauges implements Meter {
    private final Map<String, DoubleSupplier> gauges = new HashMap<>();

    /// {@return what the gauge says now}
    public double read(String name) {
        return gauges.get(name).getAsDouble();
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value, Label... labels) {
        if (labels.length == 0) {
            gauges.put(name, value);
        }
    }

    @Override
    public Counter counter(String name, String help, Label... labels) {
        return NONE.counter(name, help, labels);
    }

    @Override
    public Histogram durations(String name, String help, Label... labels) {
        return NONE.durations(name, help, labels);
    }

    @Override
    public Histogram amounts(String name, String help, Label... labels) {
        return NONE.amounts(name, help, labels);
    }
}
