package norikv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import norikv.disk.FileDisk;
import norikv.json.Json;
import norikv.lsm.Durability;
import norikv.lsm.GetResult;
import norikv.lsm.LsmOptions;
import norikv.lsm.Store;
import norikv.lsm.StoreBatch;
import norikv.lsm.StoreCursor;
import norikv.lsm.StoreOptions;

/// `norikv bench lsm`: what the engine does alone, in this process, all of it cached but for
/// `get_hit_cold`.
///
/// Every even key exists, so a hit is a hit and a miss a miss. What reads is run once to warm up
/// before it is measured, or for as long as `--warmup` says. Each workload that says what comes of
/// a load has a store of its own: `put_open_loop`, `get_hit_cold`, `put_sync`, `open_after_kill`.
final class BenchLsm {
    private static final int BATCH = 100;
    private static final int SCAN = 10;
    private static final long COMPACT_MILLIS_MAX = 600_000;

    private static final String LOAD = "load_random_batch100";
    private static final String PUT = "put_nosync";
    private static final String HIT = "get_hit";
    private static final String MISS = "get_miss";
    private static final String SEEK = "seek_next10";
    private static final String ALL = "scan_all_per_entry";
    private static final String SYNC = "put_sync";
    private static final String SEEK_VIEW = "seek_next10_view";
    private static final String ALL_VIEW = "scan_all_per_entry_view";
    private static final String HIT_INTO = "get_hit_into";
    private static final String PUT_LOGGED = "put_nosync_logged";
    private static final String READERS = "get_beside_writer";
    private static final String OPEN_LOOP = "put_open_loop";
    private static final String COLD = "get_hit_cold";
    private static final String AMPLIFICATION = "amplification";
    private static final String OPEN = "open_after_close";
    private static final String RECOVER = "open_after_kill";
    private static final List<String> WORKLOADS =
            List.of(
                    LOAD, PUT, HIT, HIT_INTO, MISS, SEEK, SEEK_VIEW, ALL, ALL_VIEW, AMPLIFICATION,
                    READERS, OPEN, OPEN_LOOP, COLD, SYNC, PUT_LOGGED, RECOVER);

    /// What `norikv help workloads` says.
    static final String WORKLOADS_MEAN =
            """
            Workloads of norikv bench lsm --workload A,B,… (all by default), a line each.
            16-byte keys, all even ones there, random values; us_per_op where not said.

            load_random_batch100   all keys in random order, 100 a batch, without a log
            put_nosync             one put, without a log
            amplification          that load and a fifth as many puts, all merged: bytes
                                   to the disk (write), given to calls (write_calls)
                                   and kept (space) for each byte of keys and values
            get_hit, get_miss      a key that is there, one that is not
            get_hit_into           a hit, into a result of the caller's
            seek_next10            a cursor, a seek, ten entries
            scan_all_per_entry     all entries, of one
            …_view                 the same, keys and values looked at where they are
            get_beside_writer      hits a second of 8 threads beside one that puts
                                   without pause (writer_ops_per_s)
            open_after_close       ms to open what was closed; 1 GiB of it with
                                   --keys 1000000 --value-size 1024
            put_open_loop          put_nosync at --rate a second, else at 60 % of what
                                   was reached just before (sustained_per_s) and is
                                   merged meanwhile; timed from when each was due
            get_hit_cold           a hit where a tenth of the data has room in the
                                   cache, and bytes read and fetched for it
            put_sync               puts a second of 1 and 64 threads, each on disk
            put_nosync_logged      a put into the log, not waiting for the disk
            open_after_kill        ms to open what was logged and not flushed
            """;

    private static final int READER_THREADS = 8;
    private static final int COLD_GETS = 50_000;
    private static final int LOOKS_MAX = 20;
    private static final long LOOK_MILLIS = 300;

    /// How much more data there is than cache when it is cold.
    private static final int COLD_FACTOR = 10;

    private static final StoreOptions WITHOUT_LOG = StoreOptions.defaults().withoutLog();

    private final EngineBenchPlan plan;
    private final EngineBenchLoad load;
    private final SplittableRandom random;
    private final byte[] value;
    private int next;
    private long sink;
    private final GetResult into = new GetResult();

    BenchLsm(EngineBenchPlan plan, Terminal terminal) {
        this.plan = plan;
        this.load = new EngineBenchLoad(plan, terminal);
        this.random = new SplittableRandom(plan.seed());
        this.value = new byte[plan.valueBytes()];
    }

    /// {@return the exit code}
    int run() throws IOException {
        try {
            plan.requireKnown(WORKLOADS);
            withoutLog();
            if (plan.wants(OPEN_LOOP)) {
                putOpenLoop();
            }
            if (plan.wants(COLD)) {
                coldReads();
            }
            durable();
            if (plan.wants(RECOVER)) {
                openAfterKill();
            }
            return sink == 42 ? 1 : 0; // what was read is used, or it would not be read
        } finally {
            plan.removeFolder();
        }
    }

    private void withoutLog() throws IOException {
        Path folder = plan.folder().resolve("fast");
        long toDisk = ProcessIo.Count.WRITTEN_TO_DISK.now();
        long written = ProcessIo.Count.WRITTEN.now();
        try (Store store = open(folder, WITHOUT_LOG)) {
            load(store, plan.wants(LOAD));
            if (plan.wants(PUT) || plan.wants(AMPLIFICATION)) {
                load.timed(PUT, plan.keys() / 5, 1, plan.wants(PUT), () -> put(store));
            }
            store.compact(COMPACT_MILLIS_MAX);
            if (plan.wants(AMPLIFICATION)) {
                amplification(folder, toDisk, written);
            }
            warmUp(store);
            read(store, true);
            if (plan.wants(READERS)) {
                readBesideAWriter(store);
            }
        }
        if (plan.wants(OPEN)) {
            timeOpening(OPEN, folder, WITHOUT_LOG);
        }
    }

    /// What was written, to the disk and by calls, and what is kept for each byte of the users'.
    private void amplification(Path folder, long toDiskBefore, long writtenBefore)
            throws IOException {
        long toDisk = ProcessIo.Count.WRITTEN_TO_DISK.now() - toDiskBefore;
        long written = ProcessIo.Count.WRITTEN.now() - writtenBefore;
        long users = (plan.keys() + plan.keys() / 5) * itemBytes();
        long kept = settledBytes(folder);
        load.show(
                load.line(AMPLIFICATION)
                        .with("write", EngineBenchLoad.rounded((double) toDisk / users))
                        .with("write_calls", EngineBenchLoad.rounded((double) written / users))
                        .with("space", EngineBenchLoad.rounded((double) kept / dataBytes()))
                        .with("written_bytes", toDisk)
                        .with("kept_bytes", kept));
    }

    /// {@return how long all files are once what was merged is removed, which the engine does by
    /// the way: when two looks see the same}
    private long settledBytes(Path folder) throws IOException {
        long before = -1;
        long now = ProcessIo.bytesIn(folder);
        for (int i = 0; i < LOOKS_MAX && now != before; i++) {
            load.rest(LOOK_MILLIS);
            before = now;
            now = ProcessIo.bytesIn(folder);
        }
        return now;
    }

    private long itemBytes() {
        return EngineBenchLoad.KEY_BYTES + plan.valueBytes();
    }

    private long dataBytes() {
        return plan.keys() * itemBytes();
    }

    /// Readers of keys that are there, and one writer that writes as fast as it may.
    private void readBesideAWriter(Store store) throws IOException {
        EngineBenchLoad.Beside seen =
                load.beside(
                        READER_THREADS,
                        key -> require(length(store, key)),
                        (key, bytes) -> store.put(key, bytes, Durability.LATER));
        load.show(
                load.line(READERS)
                        .with("threads", READER_THREADS)
                        .with("ops_per_s", seen.readsPerSecond())
                        .with("writer_ops_per_s", seen.writesPerSecond()));
    }

    /// Puts at a fixed rate, each timed from when it was due, whatever those before took, after a
    /// while of puts as fast as they go: what is to be merged of those is merged beside.
    private void putOpenLoop() throws IOException {
        try (Store store = open(plan.folder().resolve("open-loop"), WITHOUT_LOG)) {
            long sustained = load.sustained(() -> put(store));
            long rate = plan.rate() > 0 ? plan.rate() : Math.max(1, sustained * 6 / 10);
            EngineBenchLoad.Latencies seen = load.openLoop(rate, () -> put(store));
            Json.Obj more = Json.object().with("sustained_per_s", sustained).with("rate", rate);
            load.show(OPEN_LOOP, 1, seen, more);
        }
    }

    /// Hits on data of which a tenth has room in the cache: time, and bytes that were asked of the
    /// system, and of those what it fetched.
    private void coldReads() throws IOException {
        Path folder = plan.folder().resolve("cold");
        long cache = dataBytes() / COLD_FACTOR;
        StoreOptions cold =
                WITHOUT_LOG.withEngine(
                        WITHOUT_LOG
                                .engine()
                                .withResidency(new LsmOptions.Residency(0, cache)));
        try (Store store = open(folder, cold)) {
            load(store, false);
            store.compact(COMPACT_MILLIS_MAX);
        }
        try (Store store = open(folder, cold)) {
            Runnable get = () -> require(length(store, evenKey()));
            load.timed(COLD, COLD_GETS, 1, false, get);
            long read = ProcessIo.Count.READ.now();
            long fetched = ProcessIo.Count.READ_FROM_DISK.now();
            double nanos = load.timed(COLD, COLD_GETS, 1, false, get);
            read = ProcessIo.Count.READ.now() - read;
            fetched = ProcessIo.Count.READ_FROM_DISK.now() - fetched;
            load.show(
                    load.line(COLD)
                            .with("us_per_op", EngineBenchLoad.rounded(nanos / 1000))
                            .with("read_bytes_per_op", read / COLD_GETS)
                            .with("disk_bytes_per_op", fetched / COLD_GETS)
                            .with("cache_bytes", cache));
        }
    }

    private static Store open(Path folder, StoreOptions options) {
        return Store.open(FileDisk.open(folder), options);
    }

    private void timeOpening(String workload, Path folder, StoreOptions options)
            throws IOException {
        long kept = ProcessIo.bytesIn(folder);
        long begin = load.nanoTime();
        try (Store _ = open(folder, options)) {
            double millis = (load.nanoTime() - begin) / 1e6;
            load.show(
                    load.line(workload)
                            .with("ms", EngineBenchLoad.rounded(millis))
                            .with("kept_bytes", kept));
        }
    }

    /// What a kill leaves: the log is all there is of what came last.
    private void openAfterKill() throws IOException {
        Path folder = plan.folder().resolve("killed");
        StoreOptions options = StoreOptions.defaults();
        try (Store store = open(folder, options.withCloseMillisMax(0))) {
            load(store, false);
        }
        timeOpening(RECOVER, folder, options);
    }

    private void load(Store store, boolean print) throws IOException {
        int[] order = shuffled(plan.keys());
        var batch = new StoreBatch();
        next = 0;
        load.timed(
                LOAD,
                plan.keys() / BATCH,
                BATCH,
                print,
                () -> {
                    random.nextBytes(value);
                    batch.clear();
                    for (int i = 0; i < BATCH; i++) {
                        batch.put(EngineBenchLoad.key(order[next++] * 2L), value);
                    }
                    store.write(batch, Durability.LATER);
                });
    }

    private void put(Store store) {
        random.nextBytes(value);
        store.put(evenKey(), value, Durability.LATER);
    }

    /// Once through, and again until the time that was asked for has passed: on a busy machine the
    /// compiler is not done with a way that was gone a hundred thousand times.
    private void warmUp(Store store) throws IOException {
        long begin = load.nanoTime();
        do {
            read(store, false);
        } while (load.nanoTime() - begin < plan.warmup().toNanos());
    }

    private void read(Store store, boolean print) throws IOException {
        if (plan.wants(HIT)) {
            load.timed(HIT, plan.keys(), 1, print, () -> require(length(store, evenKey())));
        }
        if (plan.wants(HIT_INTO)) {
            load.timed(
                    HIT_INTO,
                    plan.keys(),
                    1,
                    print,
                    () -> {
                        store.get(evenKey(), into);
                        require(into.valueLength());
                    });
        }
        if (plan.wants(MISS)) {
            load.timed(
                    MISS,
                    plan.keys(),
                    1,
                    print,
                    () -> {
                        byte[] odd = EngineBenchLoad.key(random.nextInt(plan.keys()) * 2L + 1);
                        require(length(store, odd) < 0);
                    });
        }
        scans(store, print);
    }

    private void scans(Store store, boolean print) throws IOException {
        for (boolean view : new boolean[] {false, true}) {
            String seek = view ? SEEK_VIEW : SEEK;
            if (plan.wants(seek)) {
                load.timed(
                        seek,
                        plan.keys() / 10,
                        1,
                        print,
                        () -> sink += scan(store, evenKey(), SCAN, view));
            }
            String all = view ? ALL_VIEW : ALL;
            if (plan.wants(all)) {
                long bytes = dataBytes();
                byte[] first = EngineBenchLoad.key(0);
                load.timed(
                        all,
                        1,
                        plan.keys(),
                        print,
                        () -> require(scan(store, first, plan.keys(), view) == bytes));
            }
        }
    }

    private void require(int length) {
        require(length == plan.valueBytes());
    }

    private static void require(boolean right) {
        if (!right) {
            throw Complaint.unexpected("bench: a wrong answer");
        }
    }

    private static int length(Store store, byte[] key) {
        return store.get(key).map(found -> found.length).orElse(-1);
    }

    /// @param view whether keys and values are looked at where they are, or copied out
    private long scan(Store store, byte[] from, int limit, boolean view) {
        long sum = 0;
        try (StoreCursor cursor = store.cursor()) {
            cursor.seek(from);
            for (int i = 0; i < limit && cursor.isValid(); i++) {
                if (view) {
                    cursor.copyValue(value, 0);
                    sum += cursor.keyLength() + cursor.valueLength();
                } else {
                    sum += cursor.key().length + cursor.value().length;
                }
                cursor.next();
            }
        }
        return sum;
    }

    private byte[] evenKey() {
        return EngineBenchLoad.key(random.nextInt(plan.keys()) * 2L);
    }

    private void durable() throws IOException {
        if (plan.wants(SYNC) || plan.wants(PUT_LOGGED)) {
            try (Store store = open(plan.folder().resolve("durable"), StoreOptions.defaults())) {
                for (int threads : plan.wants(SYNC) ? new int[] {1, 64} : new int[0]) {
                    EngineBenchLoad.Latencies seen =
                            load.phase(
                                    threads,
                                    (_, key, bytes) -> {
                                        store.put(key, bytes, Durability.SYNC);
                                        return true;
                                    });
                    load.show(SYNC, threads, seen, Json.object());
                }
                if (plan.wants(PUT_LOGGED)) {
                    load.timed(PUT_LOGGED, plan.keys(), 1, true, () -> put(store));
                }
            }
        }
    }

    private int[] shuffled(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
