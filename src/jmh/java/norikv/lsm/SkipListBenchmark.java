package norikv.lsm;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import norikv.bytes.Bytes;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a memtable costs an entry: the descent of an insert and of a get, for keys that begin alike
/// and for keys that do not.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SkipListBenchmark {
    private static final int ENTRIES = 100_000;
    private static final int SLAB_BYTES = 32 << 20;

    /// How keys come: in random order, ascending, or random from their first byte on.
    @Param({"random", "ascending", "scattered"})
    String keys;

    private final byte[][] written = new byte[ENTRIES][];
    private final Bytes value = Bytes.wrap(new byte[100]);
    private Slabs slabs;
    private Slabs.Slab slab;
    private Memtable full;
    private Memtable empty;
    private int next;

    @Setup
    public void aFullMemtable() {
        slabs = new Slabs(SLAB_BYTES, false);
        var random = new SplittableRandom(1);
        for (int i = 0; i < ENTRIES; i++) {
            long number = keys.equals("ascending") ? i : random.nextInt(10 * ENTRIES);
            String text = keys.equals("scattered") ? "%016x".formatted(random.nextLong())
                    : "key%013d".formatted(number);
            byte[] key = ("\0\0\3" + text).getBytes(StandardCharsets.US_ASCII);
            written[i] = key;
        }
        full = new Memtable(slabs.take(SLAB_BYTES), 1);
        fill(full);
    }

    @Setup(Level.Invocation)
    public void anEmptyMemtable() {
        slab = slabs.take(SLAB_BYTES);
        empty = new Memtable(slab, 2);
    }

    @TearDown(Level.Invocation)
    public void giveBack() {
        slabs.giveBack(slab);
    }

    @TearDown
    public void free() {
        slabs.close();
    }

    private int fill(Memtable memtable) {
        for (int i = 0; i < ENTRIES; i++) {
            byte[] key = written[i];
            memtable.insert(key, key.length, 1, (long) (i + 1) << 8 | 1, 1, 0, value);
        }
        return memtable.entries();
    }

    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public int insert() {
        return fill(empty);
    }

    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public long getHit() {
        long sum = 0;
        for (int i = 0; i < ENTRIES; i++) {
            next = (next + 7919) % ENTRIES;
            byte[] key = written[next];
            long prefix = InternalKey.prefixOf(key, 0, key.length);
            sum += full.newest(prefix, key, key.length, 1, Long.MAX_VALUE >> 8);
        }
        return sum;
    }
}
