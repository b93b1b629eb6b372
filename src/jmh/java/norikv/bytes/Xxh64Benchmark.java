package norikv.bytes;

import java.util.Random;
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

/// What it costs to find the shard of a key: the first step of every request.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Xxh64Benchmark {
    @Param({"16", "128", "1024"})
    int keyBytes;

    private byte[] key;

    /// Makes one random key; which one does not matter.
    @Setup
    public void oneRandomKey() {
        key = new byte[keyBytes];
        new Random(1).nextBytes(key);
    }

    /// Hashes the whole key with the seed of the shards.
    @Benchmark
    public long hashKey() {
        return Xxh64.hash(key, 0, key.length, 0);
    }
}
