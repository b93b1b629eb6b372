package norikv.lsm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import norikv.bytes.Bytes;
import norikv.disk.Disk;
import norikv.disk.FileDisk;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.sstable.Cursor;
import norikv.sstable.Reach;
import norikv.sstable.TableFacts;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// How many bytes a second one thread merges and writes: four tables that overlap wholly, half of
/// their entries hidden by newer ones, read back at the end. `bytes` is what was read.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class CompactionBenchmark {
    private static final int TABLES = 4;
    private static final long TABLE_BYTES = 16 << 20;
    private static final int STEP_ENTRIES = 1 << 20;

    @Param({"100", "1024"})
    int valueBytes;

    private final AtomicLong numbers = new AtomicLong();
    private Path folder;
    private TableOutputs.Place place;
    private Survivors.OlderTables nothing;
    private AppliedVector durable;
    private List<LiveTable> inputs;
    private long inputBytes;

    /// Bytes merged.
    @AuxCounters
    @State(Scope.Thread)
    public static class Merged {
        /// Bytes of inputs.
        public long bytes;
    }

    @Setup
    public void fourTablesThatOverlap() throws IOException {
        folder = Files.createTempDirectory("norikv-merge");
        Disk disk = FileDisk.open(folder);
        disk.createDirectories("lsm");
        LsmOptions options = LsmOptions.defaults();
        place =
                new TableOutputs.Place(
                        disk,
                        "lsm",
                        numbers::incrementAndGet,
                        options.tables(),
                        (where, cause) -> {});
        var tablet =
                new Tablet(1, new ShardId(0), 0, new AppliedAt(new Version(1, 1L << 40), 1));
        durable = AppliedVector.durable(new TabletMap(List.of(tablet)));
        nothing = (_, _) -> false;
        inputs = new ArrayList<>();
        for (int i = 0; i < TABLES; i++) {
            inputs.addFirst(table(i));
        }
        inputBytes = inputs.stream().mapToLong(LiveTable::bytes).sum();
    }

    private LiveTable table(int age) {
        int slabBytes = (int) (2 * TABLE_BYTES);
        var slabs = new Slabs(slabBytes, false);
        var memtable = new Memtable(slabs.take(slabBytes), age);
        var random = new SplittableRandom(age);
        int keys = (int) (2 * TABLE_BYTES / valueBytes);
        byte[] value = new byte[valueBytes];
        for (long bytes = 0; bytes < TABLE_BYTES; bytes += valueBytes) {
            byte[] key =
                    "\0\0\3key%013d".formatted(random.nextInt(keys))
                            .getBytes(StandardCharsets.US_ASCII);
            random.nextBytes(value);
            long trailer = (long) (age * keys + memtable.entries() + 1) << 8 | Cursor.KIND_PUT;
            memtable.insert(key, key.length, 1, trailer, 1, 0, Bytes.copyOf(value, 0, valueBytes));
        }
        List<LiveTable> tables = rewrite(memtable.cursor(), 1 << 30);
        slabs.close();
        return tables.getFirst();
    }

    private List<LiveTable> rewrite(Cursor input, long tableBytes) {
        var outputs =
                new TableOutputs(
                        place,
                        TableFacts.Reason.COMPACTION,
                        OutputCuts.ofCompaction(tableBytes, List.of(), List.of()),
                        6,
                        0);
        var survivors = new Survivors(durable, Pins.NONE, nothing);
        try (var rewrite = new Rewrite(input, survivors, outputs)) {
            boolean done = false;
            while (!done) {
                done = rewrite.step(STEP_ENTRIES);
            }
            return rewrite.tables();
        }
    }

    @Benchmark
    public long merge(Merged merged) {
        Cursor[] cursors =
                inputs.stream().map(t -> t.table().cursor(Reach.DISK)).toArray(Cursor[]::new);
        long entries = 0;
        for (LiveTable table : rewrite(new MergeCursor(cursors), 32 << 20)) {
            entries += table.facts().entries();
            table.table().close();
            place.disk().delete(table.table().path());
        }
        merged.bytes += inputBytes;
        return entries;
    }

    @TearDown
    public void remove() throws IOException {
        inputs.forEach(table -> table.table().close());
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
