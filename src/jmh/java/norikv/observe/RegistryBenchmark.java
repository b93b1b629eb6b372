package norikv.observe;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to be measured: one count and one observation, alone and beside another thread
/// that does the same. A node pays it several times a request.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class RegistryBenchmark {
    /// The instruments, shared by all threads.
    @State(Scope.Benchmark)
    public static class Instruments {
        private final Registry registry = new Registry();
        private final Counter counter = registry.counter("norikv_a_total", "A.");
        private final Histogram histogram = registry.durations("norikv_b_seconds", "B.");
    }

    /// A number that differs from call to call.
    @State(Scope.Thread)
    public static class Value {
        private long state = 1;

        long next() {
            state = state * 6364136223846793005L + 1442695040888963407L;
            return state >>> 40;
        }
    }

    @Benchmark
    @Threads(1)
    public void countAlone(Instruments instruments) {
        instruments.counter.increment();
    }

    @Benchmark
    @Threads(2)
    public void countBesideAnother(Instruments instruments) {
        instruments.counter.increment();
    }

    @Benchmark
    @Threads(1)
    public void recordAlone(Instruments instruments, Value value) {
        instruments.histogram.record(value.next());
    }

    @Benchmark
    @Threads(2)
    public void recordBesideAnother(Instruments instruments, Value value) {
        instruments.histogram.record(value.next());
    }
}
