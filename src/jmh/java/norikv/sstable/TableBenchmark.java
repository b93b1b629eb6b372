package norikv.sstable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import norikv.bytes.Region;
import norikv.disk.Disk;
import norikv.disk.FileDisk;
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
import org.openjdk.jmh.infra.Blackhole;

/// What one table costs, all of it in memory and verified: a point read that hits, one that the
/// filter ends, a step of a cursor, a seek with ten steps, an entry written.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TableBenchmark {
    private static final int KEY_BYTES = 16;
    private static final int BATCH = 10_000;
    private static final long INDEX_MAX = TableFormat.INDEX_MAX;

    @Param({"500000"})
    int keys;

    @Param({"100", "1024"})
    int valueBytes;

    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] key = new byte[KEY_BYTES];
    private final Hit hit = new Hit();
    private final Region keyRegion = Region.allocate(KEY_BYTES);
    private Path folder;
    private Disk disk;
    private Region value;
    private Table table;
    private TableCursor cursor;
    private byte[] copy;
    private long files;

    /// Writes a table of all even keys, opens it and reads it once, so that no block is cold.
    @Setup(Level.Trial)
    public void aVerifiedTableOfEvenKeys() throws IOException {
        folder = Files.createTempDirectory("table");
        disk = FileDisk.open(folder);
        value = Region.allocate(valueBytes);
        copy = new byte[valueBytes];
        for (int at = 0; at < valueBytes; at++) {
            value.putByte(at, random.nextInt());
        }
        var writer = writer();
        for (int i = 0; i < keys; i++) {
            add(writer, i);
        }
        writer.finish();
        table = Table.open(disk, files + ".sst", files);
        cursor = table.cursor(Reach.DISK);
        for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            hit.set(cursor.trailer(), 0, 0, cursor.valueRegion(), 0, 0);
        }
    }

    /// Closes and deletes all files.
    @TearDown(Level.Trial)
    public void close() throws IOException {
        cursor.close();
        table.close();
        try (var all = Files.walk(folder)) {
            all.sorted(java.util.Comparator.reverseOrder())
                    .forEach(
                            path -> {
                                try {
                                    Files.delete(path);
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
        }
    }

    /// Reads a key that is there and copies its value out.
    @Benchmark
    public byte[] getHit() {
        setKey(2L * random.nextInt(keys));
        long hash = Table.hash(key, 0, KEY_BYTES);
        if (!table.mayContain(hash)
                || table.get(key, 0, KEY_BYTES, hash, 1, INDEX_MAX, Reach.MEMORY, hit)
                        != Answer.FOUND) {
            throw new AssertionError("an even key is there");
        }
        hit.copyValue(copy, 0);
        return copy;
    }

    /// Asks for a key that is not there, which the filter mostly knows.
    @Benchmark
    public Answer getMissFilteredByBloom() {
        setKey(2L * random.nextInt(keys) + 1);
        long hash = Table.hash(key, 0, KEY_BYTES);
        return table.mayContain(hash)
                ? table.get(key, 0, KEY_BYTES, hash, 1, INDEX_MAX, Reach.MEMORY, hit)
                : Answer.MISSING;
    }

    /// Steps to the next entry and looks at its key and value.
    @Benchmark
    public long stepCursor() {
        if (!cursor.isValid()) {
            cursor.seekToFirst();
        }
        long seen = cursor.keyPrefix() ^ look(cursor);
        cursor.next();
        return seen;
    }

    /// Seeks to a random key and steps over ten entries.
    @Benchmark
    public void seekAndTenSteps(Blackhole blackhole) {
        setKey(2L * random.nextInt(keys));
        cursor.seek(key, 0, KEY_BYTES);
        for (int i = 0; i < 10 && cursor.isValid(); i++) {
            blackhole.consume(look(cursor));
            cursor.next();
        }
    }

    /// Writes a table of ten thousand entries, force included; the time is that of an entry.
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public TableFacts writeEntry() {
        var writer = writer();
        for (int i = 0; i < BATCH; i++) {
            add(writer, i);
        }
        TableFacts facts = writer.finish();
        disk.delete(files + ".sst");
        return facts;
    }

    private static long look(TableCursor at) {
        long seen = at.keyRegion().getLong(at.keyOffset() + KEY_BYTES - Long.BYTES);
        return seen ^ at.valueRegion().getLong(at.valueOffset()) ^ at.trailer();
    }

    private TableWriter writer() {
        files++;
        return new TableWriter(
                disk,
                files + ".sst",
                files,
                TableFacts.Reason.FLUSH,
                TableOptions.defaults());
    }

    private void add(TableWriter writer, long i) {
        setKey(2 * i);
        keyRegion.copyFrom(0, key, 0, KEY_BYTES);
        long trailer = i << 8 | Cursor.KIND_PUT;
        writer.add(keyRegion, 0, KEY_BYTES, 1, trailer, 1, 0, value, 0, valueBytes);
    }

    private void setKey(long number) {
        long rest = number;
        for (int at = KEY_BYTES - 1; at >= 0; at--) {
            key[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
