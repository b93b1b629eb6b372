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
import static norikv.rocksdb.RocksLoad.key;
import static norikv.rocksdb.RocksLoad.load;
import static norikv.rocksdb.RocksLoad.require;
import static norikv.rocksdb.RocksLoad.settle;
import static norikv.rocksdb.RocksLoad.show;
import static norikv.rocksdb.RocksLoad.timed;
import static norikv.rocksdb.RocksLoad.wants;
import static norikv.rocksdb.RocksLoad.withoutLog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/// What `norikv bench lsm` measures, for RocksDB: the same workloads by the same names, one JSON
/// line each, over plain `byte[]` calls. [RocksLoad] says what properties there are.
///
/// Workloads of many threads, of a rate, of what is not cached and of opening are in
/// [RocksStress].
final class RocksBench {
    private final Path folder;
    private final SplittableRandom random = new SplittableRandom(SEED + 1);
    private final byte[] value = new byte[VALUE_BYTES];
    private long sink;

    private RocksBench(Path folder) {
        this.folder = folder;
    }

    /// Runs all workloads that are asked for.
    public static void main(String[] args) throws Exception {
        RocksDB.loadLibrary();
        Path folder = Files.createTempDirectory(Path.of("").toAbsolutePath(), "rocksdb-bench-");
        var bench = new RocksBench(folder);
        try {
            var stress = new RocksStress(folder);
            bench.withoutALog(stress);
            stress.openLoop();
            stress.coldReads();
            bench.durable();
            stress.openAfterKill();
        } finally {
            Differential.remove(folder);
        }
        System.exit(bench.sink == 42 ? 1 : 0); // what was read is used, or it would not be read
    }

    private void withoutALog(RocksStress stress) throws Exception {
        Path fast = folder.resolve("fast");
        long toDisk = io("write_bytes");
        long written = io("wchar");
        try (RocksDB db = RocksLoad.open(fast, CACHE_BYTES);
                WriteOptions write = withoutLog()) {
            load(db, write, wants("load_random_batch100"));
            if (wants("put_nosync") || wants("amplification")) {
                timed(
                        wants("put_nosync") ? "put_nosync" : "",
                        KEYS / 5,
                        1,
                        () -> put(db, write));
            }
            settle(db);
            if (wants("amplification")) {
                amplification(fast, toDisk, written);
            }
            read(db, false);
            read(db, true);
            stress.readersBesideAWriter(db);
        }
        if (wants("open_after_close")) {
            RocksStress.timeOpening("open_after_close", fast);
        }
    }

    private void put(RocksDB db, WriteOptions write) throws RocksDBException {
        random.nextBytes(value);
        db.put(write, evenKey(random), value);
    }

    /// A whole load in random order, then a fifth as many single puts over it: what was written for
    /// each byte of the user's, and what the folder holds, when all is flushed and in one level.
    private static void amplification(Path fast, long toDiskBefore, long writtenBefore)
            throws IOException {
        double data = (double) KEYS * (KEY_BYTES + VALUE_BYTES);
        double users = data + KEYS / 5 * (double) (KEY_BYTES + VALUE_BYTES);
        long toDisk = io("write_bytes") - toDiskBefore;
        long written = io("wchar") - writtenBefore;
        long kept = RocksLoad.size(fast);
        show(
                "amplification",
                ("\"write\":%.3f,\"write_calls\":%.3f,\"space\":%.3f,\"written_bytes\":%d,"
                                + "\"kept_bytes\":%d")
                        .formatted(toDisk / users, written / users, kept / data, toDisk, kept));
    }

    private void read(RocksDB db, boolean print) throws RocksDBException {
        if (wants("get_hit")) {
            timed(
                    print ? "get_hit" : "",
                    KEYS,
                    1,
                    () -> require(db.get(evenKey(random)).length == VALUE_BYTES));
        }
        if (wants("get_miss")) {
            timed(
                    print ? "get_miss" : "",
                    KEYS,
                    1,
                    () -> require(db.get(key(random.nextInt(KEYS) * 2L + 1)) == null));
        }
        if (wants("seek_next10")) {
            timed(
                    print ? "seek_next10" : "",
                    KEYS / 10,
                    1,
                    () -> sink += scan(db, evenKey(random), 10));
        }
        if (wants("scan_all_per_entry")) {
            long bytes = (long) KEYS * (KEY_BYTES + VALUE_BYTES);
            timed(
                    print ? "scan_all_per_entry" : "",
                    1,
                    KEYS,
                    () -> require(scan(db, key(0), KEYS) == bytes));
        }
    }

    private static long scan(RocksDB db, byte[] from, int limit) {
        long sum = 0;
        try (RocksIterator cursor = db.newIterator()) {
            cursor.seek(from);
            for (int i = 0; i < limit && cursor.isValid(); i++) {
                sum += cursor.key().length + cursor.value().length;
                cursor.next();
            }
        }
        return sum;
    }

    private void durable() throws Exception {
        if (!wants("put_sync") && !wants("put_nosync_logged")) {
            return;
        }
        try (RocksDB db = RocksLoad.open(folder.resolve("durable"), CACHE_BYTES);
                WriteOptions logged = new WriteOptions();
                WriteOptions synced = new WriteOptions().setSync(true)) {
            if (wants("put_sync")) {
                putSync(db, synced, 1);
                putSync(db, synced, 64);
            }
            if (wants("put_nosync_logged")) {
                timed("put_nosync_logged", KEYS, 1, () -> put(db, logged));
            }
        }
    }

    /// Puts that are durable when they return, of so many threads at once, for the seconds after a
    /// warm-up of three tenths of that.
    private static void putSync(RocksDB db, WriteOptions write, int threads)
            throws InterruptedException {
        long warm = System.nanoTime() + SECONDS * NANOS * 3 / 10;
        long end = warm + SECONDS * NANOS;
        long[][] nanos = new long[threads][];
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int id = i;
            callers.add(
                    Thread.ofPlatform()
                            .start(() -> nanos[id] = putUntil(db, write, id, warm, end)));
        }
        for (Thread caller : callers) {
            caller.join();
        }
        long[] all = Arrays.stream(nanos).flatMapToLong(Arrays::stream).sorted().toArray();
        show(
                "put_sync",
                "\"threads\":%d,\"ops_per_s\":%d,%s"
                        .formatted(threads, all.length / SECONDS, RocksLoad.quantiles(all)));
    }

    private static long[] putUntil(RocksDB db, WriteOptions write, int id, long warm, long end) {
        var random = new SplittableRandom(SEED + id);
        byte[] value = new byte[VALUE_BYTES];
        long[] mine = new long[1 << 16];
        int count = 0;
        try {
            while (true) {
                long before = System.nanoTime();
                if (before > end) {
                    return Arrays.copyOf(mine, count);
                }
                random.nextBytes(value);
                db.put(write, key(random.nextInt(KEYS)), value);
                if (before >= warm) {
                    if (count == mine.length) {
                        mine = Arrays.copyOf(mine, 2 * count);
                    }
                    mine[count++] = System.nanoTime() - before;
                }
            }
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }
}
