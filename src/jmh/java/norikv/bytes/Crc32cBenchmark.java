package norikv.bytes;

import java.nio.ByteBuffer;
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

/// What the checksum of a record, a frame and a block costs, on an array and, as in the log, on a
/// direct buffer with a seed.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Crc32cBenchmark {
    @Param({"16", "116", "4096"})
    int dataBytes;

    private byte[] data;
    private ByteBuffer direct;

    /// Makes random data, in an array and in a direct buffer.
    @Setup
    public void theSameDataTwice() {
        data = new byte[dataBytes];
        new Random(1).nextBytes(data);
        direct = ByteBuffer.allocateDirect(dataBytes).put(data);
    }

    @Benchmark
    public int checksumArray() {
        return Crc32c.of(data, 0, data.length);
    }

    @Benchmark
    public int checksumArraySeeded() {
        return Crc32c.seeded(7, data, 0, data.length);
    }

    @Benchmark
    public int checksumDirectSeeded() {
        return Crc32c.seeded(7, direct.clear());
    }
}
