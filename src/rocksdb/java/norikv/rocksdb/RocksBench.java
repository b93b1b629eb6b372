package norikv.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
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

/// What `norikv bench lsm` measures beyond the comparison of embedded stores, for RocksDB: readers
/// beside a writer, puts in an open loop, cold reads, and what a load writes and leaves behind.
/// One JSON line a workload, with the same names.
///
/// `-Dkeys=` (500 000), `-Dvalue.bytes=` (100), `-Dseconds=` (10), `-Dseed=`, `-Dworkload=` (all),
/// `-Dmemtable.mib=` (64, four of them), `-Drate=` of the open loop (60 % of what it sustains).
/// The same 16-byte keys, incompressible values and every even key as there.
final class RocksBench {
    private static final int KEYS = Integer.getInteger("keys", 500_000);
    private static final int VALUE_BYTES = Integer.getInteger("value.bytes", 100);
    private static final int SECONDS = Integer.getInteger("seconds", 10);
    private static final long SEED = Long.getLong("seed", 1);
    private static final long MEMTABLE_MIB = Long.getLong("memtable.mib", 64);
    private static final String WORKLOAD = System.getProperty("workload", "");
    private static final int READERS = 8;
    private static final int BATCH = 100;
    private static final int KEY_BYTES = 16;
    private static final long NANOS = 1_000_000_000L;
    private static final int COLD_GETS = 50_000;

    private final Path folder;

    private RocksBench(Path folder) {
        this.folder = folder;
    }

    /// Runs all workloads that are asked for.
    public static void main(String[] args) throws Exception {
        RocksDB.loadLibrary();
        Path folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), "rocksdb-bench-");
        try {
            var bench = new RocksBench(folder);
            bench.loadThenAmplification();
            bench.openLoop();
            bench.readersBesideAWriter();
            bench.coldReads();
        } finally {
            Differential.remove(folder);
        }
        System.exit(0);
    }

    private static boolean wants(String workload) {
        return WORKLOAD.isEmpty() || List.of(WORKLOAD.split(",")).contains(workload);
    }

    private static Options options(long cacheBytes) {
        var table =
                new BlockBasedTableConfig()
                        .setFilterPolicy(new BloomFilter(10, false))
                        .setBlockSize(4096)
                        .setBlockCache(new LRUCache(cacheBytes));
        return new Options()
                .setCreateIfMissing(true)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setTableFormatConfig(table)
                .setWriteBufferSize(MEMTABLE_MIB << 20)
                .setMaxWriteBufferNumber(4)
                .setTargetFileSizeBase(32L << 20)
                .setMaxBackgroundJobs(2)
                .setLevelCompactionDynamicLevelBytes(true);
    }

    private RocksDB open(String name, long cacheBytes) throws RocksDBException {
        return RocksDB.open(options(cacheBytes), folder.resolve(name).toString());
    }

    private static WriteOptions withoutLog() {
        return new WriteOptions().setDisableWAL(true);
    }

    /// {@return operations a second}
    private static double load(RocksDB db) throws RocksDBException {
        var random = new SplittableRandom(SEED);
        int[] order = shuffled(random);
        byte[] value = new byte[VALUE_BYTES];
        long begin = System.nanoTime();
        for (int at = 0; at + BATCH <= KEYS; at += BATCH) {
            random.nextBytes(value);
            try (var batch = new WriteBatch();
                    var write = withoutLog()) {
                for (int i = 0; i < BATCH; i++) {
                    batch.put(key(order[at + i] * 2L), value);
                }
                db.write(write, batch);
            }
        }
        return KEYS * (double) NANOS / (System.nanoTime() - begin);
    }

    private static void settle(RocksDB db) throws RocksDBException {
        try (var flush = new FlushOptions().setWaitForFlush(true)) {
            db.flush(flush);
        }
        while (db.getLongProperty("rocksdb.compaction-pending") != 0
                || db.getLongProperty("rocksdb.num-running-compactions") != 0) {
            LockSupport.parkNanos(NANOS / 100);
        }
    }

    /// A whole load in random order, then a fifth as many single puts over it: what was written for
    /// each byte of the user's, and what the folder holds, when all is flushed and in one level.
    private void loadThenAmplification() throws RocksDBException, IOException {
        if (!wants("amplification")) {
            return;
        }
        long before = io("write_bytes");
        int puts = KEYS / 5;
        double item = KEY_BYTES + VALUE_BYTES;
        try (RocksDB db = open("load", 4L << 30);
                WriteOptions write = withoutLog()) {
            load(db);
            var random = new SplittableRandom(SEED + 1);
            byte[] value = new byte[VALUE_BYTES];
            for (int i = 0; i < puts; i++) {
                random.nextBytes(value);
                db.put(write, key(random.nextInt(KEYS) * 2L), value);
            }
            settle(db);
            db.compactRange();
            long written = io("write_bytes") - before;
            long kept = size(folder.resolve("load"));
            show(
                    "amplification",
                    "\"write\":%.3f,\"space\":%.3f,\"written_bytes\":%d,\"kept_bytes\":%d"
                            .formatted(
                                    written / ((KEYS + puts) * item),
                                    kept / (KEYS * item),
                                    written,
                                    kept));
        }
    }

    /// Puts at a fixed rate while compaction goes on: each is timed from when it was due.
    private void openLoop() throws RocksDBException {
        if (!wants("put_open_loop")) {
            return;
        }
        try (RocksDB db = open("open-loop", 4L << 30);
                WriteOptions write = withoutLog()) {
            long sustained = (long) sustained(db, write);
            long rate = Long.getLong("rate", Math.max(1, sustained * 6 / 10));
            var random = new SplittableRandom(SEED + 2);
            byte[] value = new byte[VALUE_BYTES];
            int count = (int) Math.min(rate * SECONDS, 200_000_000);
            long[] nanos = new long[count];
            long begin = System.nanoTime();
            for (int i = 0; i < count; i++) {
                long due = begin + (long) (i * (double) NANOS / rate);
                while (System.nanoTime() < due) {
                    Thread.onSpinWait();
                }
                random.nextBytes(value);
                db.put(write, key(random.nextInt(KEYS) * 2L), value);
                nanos[i] = System.nanoTime() - due;
            }
            Arrays.sort(nanos);
            show(
                    "put_open_loop",
                    "\"sustained_per_s\":%d,\"rate\":%d,%s"
                            .formatted(sustained, rate, quantiles(nanos)));
        }
    }

    /// {@return puts a second over some seconds of single puts in random order}
    private static double sustained(RocksDB db, WriteOptions write) throws RocksDBException {
        var random = new SplittableRandom(SEED);
        byte[] value = new byte[VALUE_BYTES];
        long begin = System.nanoTime();
        long end = begin + SECONDS * NANOS;
        long done = 0;
        while (System.nanoTime() < end) {
            random.nextBytes(value);
            db.put(write, key(random.nextInt(KEYS) * 2L), value);
            done++;
        }
        return done * (double) NANOS / (System.nanoTime() - begin);
    }

    /// Point hits of eight threads a second, beside one thread that writes as fast as it can.
    private void readersBesideAWriter() throws RocksDBException, InterruptedException {
        if (!wants("get_beside_writer")) {
            return;
        }
        try (RocksDB db = open("beside", 4L << 30)) {
            load(db);
            settle(db);
            beside(db, Math.max(1, SECONDS / 3), false);
            beside(db, SECONDS, true);
        }
    }

    private static void beside(RocksDB db, int seconds, boolean print)
            throws InterruptedException {
        var over = new AtomicBoolean();
        var reads = new AtomicLong();
        var writes = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            long seed = SEED + i;
            threads.add(new Thread(() -> reads.addAndGet(readUntil(db, over, seed))));
        }
        threads.add(new Thread(() -> writes.addAndGet(writeUntil(db, over))));
        threads.forEach(Thread::start);
        Thread clock = new Thread(() -> waitFor(seconds));
        clock.start();
        clock.join();
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        if (print) {
            show(
                    "get_beside_writer",
                    "\"threads\":%d,\"ops_per_s\":%d,\"writer_ops_per_s\":%d"
                            .formatted(READERS, reads.get() / seconds, writes.get() / seconds));
        }
    }

    private static void waitFor(int seconds) {
        long end = System.nanoTime() + seconds * NANOS;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private static long readUntil(RocksDB db, AtomicBoolean over, long seed) {
        var random = new SplittableRandom(seed);
        long done = 0;
        try {
            while (!over.get()) {
                if (db.get(key(random.nextInt(KEYS) * 2L)).length != VALUE_BYTES) {
                    throw new IllegalStateException("a wrong answer");
                }
                done++;
            }
            return done;
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long writeUntil(RocksDB db, AtomicBoolean over) {
        var random = new SplittableRandom(SEED - 1);
        byte[] value = new byte[VALUE_BYTES];
        long done = 0;
        try (WriteOptions write = withoutLog()) {
            while (!over.get()) {
                random.nextBytes(value);
                db.put(write, key(random.nextInt(KEYS) * 2L), value);
                done++;
            }
            return done;
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Point hits on ten times as much data as the cache holds: time, and bytes asked of the
    /// kernel.
    private void coldReads() throws RocksDBException, IOException {
        if (!wants("get_hit_cold")) {
            return;
        }
        try (RocksDB db = open("cold", 1 << 20)) {
            load(db);
            settle(db);
        }
        long cache = (long) KEYS * (KEY_BYTES + VALUE_BYTES) / 10;
        try (RocksDB db = open("cold", cache)) {
            var random = new SplittableRandom(SEED);
            for (int round = 0; round < 2; round++) {
                long before = io("rchar");
                long disk = io("read_bytes");
                long begin = System.nanoTime();
                for (int i = 0; i < COLD_GETS; i++) {
                    if (db.get(key(random.nextInt(KEYS) * 2L)).length != VALUE_BYTES) {
                        throw new IllegalStateException("a wrong answer");
                    }
                }
                double micros = (System.nanoTime() - begin) / 1000.0 / COLD_GETS;
                long read = io("rchar") - before;
                long fetched = io("read_bytes") - disk;
                if (round == 1) {
                    show(
                            "get_hit_cold",
                            ("\"us_per_op\":%.3f,\"read_bytes_per_op\":%d,"
                                            + "\"disk_bytes_per_op\":%d,\"cache_bytes\":%d")
                                    .formatted(
                                            micros,
                                            read / COLD_GETS,
                                            fetched / COLD_GETS,
                                            cache));
                }
            }
        }
    }

    private static String quantiles(long[] sorted) {
        return "\"ops\":%d,\"p50_us\":%d,\"p99_us\":%d,\"p999_us\":%d,\"max_us\":%d"
                .formatted(
                        sorted.length,
                        at(sorted, 0.5),
                        at(sorted, 0.99),
                        at(sorted, 0.999),
                        sorted[sorted.length - 1] / 1000);
    }

    private static long at(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1, (long) (sorted.length * quantile))] / 1000;
    }

    private static void show(String workload, String rest) {
        IO.println(
                "{\"system\":\"rocksdbjni\",\"workload\":\"%s\",\"value_bytes\":%d,%s}"
                        .formatted(workload, VALUE_BYTES, rest));
    }

    /// {@return a number of `/proc/self/io`}
    private static long io(String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/io"))) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }

    private static byte[] key(long number) {
        byte[] key = "key0000000000000".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        long rest = number;
        for (int at = key.length - 1; rest > 0; at--) {
            key[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return key;
    }

    private static int[] shuffled(SplittableRandom random) {
        int[] order = new int[KEYS];
        for (int i = 0; i < KEYS; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
