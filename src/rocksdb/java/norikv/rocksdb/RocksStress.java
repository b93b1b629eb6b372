package norikv.rocksdb;

import static norikv.rocksdb.RocksLoad.CACHE_BYTES;
import static norikv.rocksdb.RocksLoad.KEYS;
import static norikv.rocksdb.RocksLoad.KEY_BYTES;
import static norikv.rocksdb.RocksLoad.NANOS;
import static norikv.rocksdb.RocksLoad.SECONDS;
import static norikv.rocksdb.RocksLoad.SEED;
import static norikv.rocksdb.RocksLoad.VALUE_BYTES;
import static norikv.rocksdb.RocksLoad.evenKey;
import static norikv.rocksdb.RocksLoad.io;
import static norikv.rocksdb.RocksLoad.load;
import static norikv.rocksdb.RocksLoad.require;
import static norikv.rocksdb.RocksLoad.settle;
import static norikv.rocksdb.RocksLoad.show;
import static norikv.rocksdb.RocksLoad.timed;
import static norikv.rocksdb.RocksLoad.wants;
import static norikv.rocksdb.RocksLoad.withoutLog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/// The workloads of many threads, of a rate, of what is not cached, and of opening.
final class RocksStress {
    private static final int READERS = 8;
    private static final int COLD_GETS = 50_000;
    private static final int COLD_FACTOR = 10;

    private final Path folder;

    RocksStress(Path folder) {
        this.folder = folder;
    }

    /// Puts at a fixed rate while compaction goes on: each is timed from when it was due.
    void openLoop() throws RocksDBException {
        if (!wants("put_open_loop")) {
            return;
        }
        try (RocksDB db = RocksLoad.open(folder.resolve("open-loop"), CACHE_BYTES);
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
                    // A wait would end too late: puts are microseconds apart.
                }
                random.nextBytes(value);
                db.put(write, evenKey(random), value);
                nanos[i] = System.nanoTime() - due;
            }
            long perSecond = Math.round(count * (double) NANOS / (System.nanoTime() - begin));
            Arrays.sort(nanos);
            show(
                    "put_open_loop",
                    "\"threads\":1,\"ops_per_s\":%d,%s,\"sustained_per_s\":%d,\"rate\":%d"
                            .formatted(perSecond, RocksLoad.quantiles(nanos), sustained, rate));
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
            db.put(write, evenKey(random), value);
            done++;
        }
        return done * (double) NANOS / (System.nanoTime() - begin);
    }

    /// Point hits of eight threads a second, beside one thread that writes as fast as it can.
    void readersBesideAWriter(RocksDB db) throws InterruptedException {
        if (wants("get_beside_writer")) {
            beside(db, Math.max(1, SECONDS / 3), false);
            beside(db, SECONDS, true);
        }
    }

    private static void beside(RocksDB db, int seconds, boolean print)
            throws InterruptedException {
        var over = new AtomicBoolean();
        var reads = new LongAdder();
        var writes = new LongAdder();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            long seed = SEED + i;
            threads.add(new Thread(() -> reads.add(readUntil(db, over, seed))));
        }
        threads.add(new Thread(() -> writes.add(writeUntil(db, over))));
        threads.forEach(Thread::start);
        long end = System.nanoTime() + seconds * NANOS;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        if (print) {
            show(
                    "get_beside_writer",
                    "\"threads\":%d,\"ops_per_s\":%d,\"writer_ops_per_s\":%d"
                            .formatted(READERS, reads.sum() / seconds, writes.sum() / seconds));
        }
    }

    private static long readUntil(RocksDB db, AtomicBoolean over, long seed) {
        var random = new SplittableRandom(seed);
        long done = 0;
        try {
            while (!over.get()) {
                require(db.get(evenKey(random)).length == VALUE_BYTES);
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
                db.put(write, evenKey(random), value);
                done++;
            }
            return done;
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Point hits on ten times as much data as the cache holds: time, and bytes asked of the
    /// kernel.
    void coldReads() throws RocksDBException, IOException {
        if (!wants("get_hit_cold")) {
            return;
        }
        long cache = (long) KEYS * (KEY_BYTES + VALUE_BYTES) / COLD_FACTOR;
        Path cold = folder.resolve("cold");
        try (RocksDB db = RocksLoad.open(cold, cache);
                WriteOptions write = withoutLog()) {
            load(db, write, false);
            settle(db);
        }
        try (RocksDB db = RocksLoad.open(cold, cache)) {
            var random = new SplittableRandom(SEED);
            RocksLoad.Step get = () -> require(db.get(evenKey(random)).length == VALUE_BYTES);
            timed("", COLD_GETS, 1, get);
            long read = io("rchar");
            long fetched = io("read_bytes");
            double nanos = timed("", COLD_GETS, 1, get);
            show(
                    "get_hit_cold",
                    ("\"us_per_op\":%.3f,\"read_bytes_per_op\":%d,\"disk_bytes_per_op\":%d,"
                                    + "\"cache_bytes\":%d")
                            .formatted(
                                    nanos / 1000,
                                    (io("rchar") - read) / COLD_GETS,
                                    (io("read_bytes") - fetched) / COLD_GETS,
                                    cache));
        }
    }

    /// What a kill leaves: the log is all there is of what came last. Closing writes out only what
    /// is in no log.
    void openAfterKill() throws RocksDBException, IOException {
        if (!wants("open_after_kill")) {
            return;
        }
        Path killed = folder.resolve("killed");
        try (RocksDB db = RocksLoad.open(killed, CACHE_BYTES);
                WriteOptions logged = new WriteOptions()) {
            load(db, logged, false);
        }
        timeOpening("open_after_kill", killed);
    }

    static void timeOpening(String workload, Path folder) throws RocksDBException, IOException {
        long kept = RocksLoad.size(folder);
        long begin = System.nanoTime();
        try (RocksDB _ = RocksLoad.open(folder, CACHE_BYTES)) {
            double millis = (System.nanoTime() - begin) / 1e6;
            show(workload, "\"ms\":%.3f,\"kept_bytes\":%d".formatted(millis, kept));
        }
    }
}
