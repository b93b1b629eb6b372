package norikv.server;

import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;
import norikv.observe.Counter;
import norikv.observe.Histogram;
import norikv.observe.Label;
import norikv.observe.Meter;

/// Keeps the gauges of a simulated node, and nothing else that it measures.
final class Gauges implements Meter {
    private final Map<String, DoubleSupplier> byName = new HashMap<>();

    /// {@return what the gauge of this name shows, which has no labels}
    double read(String name) {
        return byName.get(name).getAsDouble();
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value, Label... labels) {
        byName.put(name, value);
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
