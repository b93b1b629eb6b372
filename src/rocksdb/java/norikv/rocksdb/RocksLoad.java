package norikv.rocksdb;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// The same keys, values and lines as `norikv bench lsm`, for RocksDB.
///
/// `-Dkeys=` (500 000), `-Dvalue.bytes=` (100), `-Dseconds=` (3), `-Dseed=`, `-Dworkload=` (all),
/// `-Dmemtable.mib=` (64, four of them), `-Drate=` of the open loop (60 % of what it sustains).
final class RocksLoad {
    static final int KEYS = Integer.getInteger("keys", 500_000);
    static final int VALUE_BYTES = Integer.getInteger("value.bytes", 100);
    static final int SECONDS = Integer.getInteger("seconds", 3);
    static final long SEED = Long.getLong("seed", 1);
    static final int KEY_BYTES = 16;
    static final int BATCH = 100;
    static final long NANOS = 1_000_000_000L;

    /// As much as everything takes.
    static final long CACHE_BYTES = 4L << 30;

    private static final long MEMTABLE_MIB = Long.getLong("memtable.mib", 64);
    private static final String WORKLOAD = System.getProperty("workload", "");
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private RocksLoad() {}

    /// What may fail as RocksDB does.
    @FunctionalInterface
    interface Step {
        void run() throws RocksDBException;
    }

    static boolean wants(String workload) {
        return WORKLOAD.isEmpty() || List.of(WORKLOAD.split(",")).contains(workload);
    }

    static RocksDB open(Path folder, long cacheBytes) throws RocksDBException {
        var table =
                new BlockBasedTableConfig()
                        .setFilterPolicy(new BloomFilter(10, false))
                        .setBlockSize(4096)
                        .setBlockCache(new LRUCache(cacheBytes));
        var options =
                new Options()
                        .setCreateIfMissing(true)
                        .setCompressionType(CompressionType.NO_COMPRESSION)
                        .setTableFormatConfig(table)
                        .setWriteBufferSize(MEMTABLE_MIB << 20)
                        .setMaxWriteBufferNumber(4)
                        .setTargetFileSizeBase(32L << 20)
                        .setMaxBackgroundJobs(2)
                        .setLevelCompactionDynamicLevelBytes(true);
        return RocksDB.open(options, folder.toString());
    }

    static WriteOptions withoutLog() {
        return new WriteOptions().setDisableWAL(true);
    }

    /// Loads every even key in random order, a hundred a batch.
    static void load(RocksDB db, WriteOptions write, boolean print) throws RocksDBException {
        var random = new SplittableRandom(SEED);
        int[] order = shuffled(random);
        byte[] value = new byte[VALUE_BYTES];
        int[] next = {0};
        timed(
                print ? "load_random_batch100" : "",
                KEYS / BATCH,
                BATCH,
                () -> {
                    random.nextBytes(value);
                    try (var batch = new WriteBatch()) {
                        for (int i = 0; i < BATCH; i++) {
                            batch.put(key(order[next[0]++] * 2L), value);
                        }
                        db.write(write, batch);
                    }
                });
    }

    /// Flushes all and merges it into one level, as `norikv bench lsm` does before it reads.
    static void settle(RocksDB db) throws RocksDBException {
        try (var flush = new FlushOptions().setWaitForFlush(true)) {
            db.flush(flush);
        }
        db.compactRange();
    }

    /// Runs `step` so often.
    ///
    /// @param workload what the line says, empty: none is printed
    /// @return nanoseconds an operation
    static double timed(String workload, int steps, int per, Step step) throws RocksDBException {
        long begin = System.nanoTime();
        long beginCpu = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < steps; i++) {
            step.run();
        }
        double ops = (double) steps * per;
        double nanos = (System.nanoTime() - begin) / ops;
        double cpuNanos = (THREADS.getCurrentThreadCpuTime() - beginCpu) / ops;
        if (!workload.isEmpty()) {
            show(
                    workload,
                    "\"ops\":%d,\"us_per_op\":%.3f,\"cpu_us_per_op\":%.3f"
                            .formatted((long) ops, nanos / 1000, cpuNanos / 1000));
        }
        return nanos;
    }

    static void require(boolean right) {
        if (!right) {
            throw new IllegalStateException("a wrong answer");
        }
    }

    static String quantiles(long[] sorted) {
        return "\"p50_us\":%d,\"p95_us\":%d,\"p99_us\":%d,\"p999_us\":%d,\"max_us\":%d"
                .formatted(
                        at(sorted, 0.5),
                        at(sorted, 0.95),
                        at(sorted, 0.99),
                        at(sorted, 0.999),
                        at(sorted, 1));
    }

    private static long at(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1, (long) (sorted.length * quantile))] / 1000;
    }

    static void show(String workload, String rest) {
        IO.println(
                "{\"system\":\"rocksdbjni\",\"workload\":\"%s\",\"value_bytes\":%d,%s}"
                        .formatted(workload, VALUE_BYTES, rest));
    }

    /// {@return a number of `/proc/self/io`}
    static long io(String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/io"))) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }

    static byte[] evenKey(SplittableRandom random) {
        return key(random.nextInt(KEYS) * 2L);
    }

    static byte[] key(long number) {
        byte[] key = "key0000000000000".getBytes(StandardCharsets.US_ASCII);
        long rest = number;
        for (int at = key.length - 1; rest > 0; at--) {
            key[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return key;
    }

    private static int[] shuffled(SplittableRandom random) {
        int[] order = new int[KEYS];
        Arrays.setAll(order, i -> i);
        for (int i = KEYS - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        return order;
    }
}
