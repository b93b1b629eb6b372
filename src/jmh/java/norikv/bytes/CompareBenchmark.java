package norikv.bytes;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What one key comparison costs, the innermost step of every lookup: between byte strings, as in
/// the router and in merges of replies, and between native memory and a key, as in memtables and
/// blocks.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CompareBenchmark {
    @Param({"16", "128"})
    int keyBytes;

    private byte[] key;
    private Bytes left;
    private Bytes right;
    private Region stored;
    private Region other;

    /// Makes two keys that differ in the last byte only.
    @Setup
    public void twoKeysThatDifferInTheLastByte() {
        key = new byte[keyBytes];
        byte[] later = new byte[keyBytes];
        later[keyBytes - 1] = 1;
        left = Bytes.wrap(key);
        right = Bytes.wrap(later);
        stored = Region.allocate(keyBytes + 3);
        stored.copyFrom(3, later, 0, keyBytes);
        other = Region.allocate(keyBytes);
    }

    @Benchmark
    public int compareKeys() {
        return left.compareTo(right);
    }

    /// The stored key lies unaligned, as keys do.
    @Benchmark
    public int compareStoredWithKey() {
        return stored.compare(3, keyBytes, key, 0, keyBytes);
    }

    @Benchmark
    public int compareStoredWithStored() {
        return stored.compare(3, keyBytes, other, 0, keyBytes);
    }
}
