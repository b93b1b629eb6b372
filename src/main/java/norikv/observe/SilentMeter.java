package norikv.observe;

import java.util.function.DoubleSupplier;

/// The meter that keeps nothing.
final class SilentMeter implements Meter {
    private static final Counter COUNTER = _ -> {};
    private static final Histogram HISTOGRAM = _ -> {};

    @Override
    public Counter counter(String name, String help, Label... labels) {
        return COUNTER;
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value, Label... labels) {}

    @Override
    public Histogram durations(String name, String help, Label... labels) {
        return HISTOGRAM;
    }

    @Override
    public Histogram amounts(String name, String help, Label... labels) {
        return HISTOGRAM;
    }
}
