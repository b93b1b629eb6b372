package norikv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import norikv.disk.FileDisk;
import norikv.json.Json;
import norikv.lsm.Durability;
import norikv.lsm.GetResult;
import norikv.lsm.Store;
import norikv.lsm.StoreBatch;
import norikv.lsm.StoreCursor;
import norikv.lsm.StoreOptions;

/// `norikv bench lsm`: what the engine does alone, in this process, all of it cached.
///
/// Every even key exists, so a hit is a hit and a miss a miss. What reads is run once to warm up
/// before it is measured, or for as long as `--warmup` says.
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
    private static final String AMPLIFICATION = "amplification";
    private static final String OPEN = "open_after_close";
    private static final String RECOVER = "open_after_kill";
    private static final List<String> WORKLOADS =
            List.of(
                    LOAD, PUT, HIT, HIT_INTO, MISS, SEEK, SEEK_VIEW, ALL, ALL_VIEW, AMPLIFICATION,
                    READERS, OPEN_LOOP, OPEN, SYNC, PUT_LOGGED, RECOVER);
    private static final int READER_THREADS = 8;

    private final EngineBenchPlan plan;
    private final EngineBenchLoad load;
    private final SplittableRandom random;
    private final byte[] value;
    private int next;
    private long sink;
    private double loadNanos;
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
            durable();
            return sink == 42 ? 1 : 0; // what was read is used, or it would not be read
        } finally {
            plan.removeFolder();
        }
    }

    private void withoutLog() throws IOException {
        StoreOptions options = StoreOptions.defaults().withoutLog();
        Path folder = plan.folder().resolve("fast");
        long written = ProcessIo.writtenBytes();
        try (Store store = Store.open(FileDisk.open(folder), options)) {
            load(store);
            if (plan.wants(PUT)) {
                load.timed(PUT, plan.keys() / 5, 1, true, () -> put(store));
            }
            store.compact(COMPACT_MILLIS_MAX);
            if (plan.wants(AMPLIFICATION)) {
                amplification(folder, ProcessIo.writtenBytes() - written);
            }
            warmUp(store);
            read(store, true);
            if (plan.wants(READERS)) {
                readBesideAWriter(store);
            }
            if (plan.wants(OPEN_LOOP)) {
                putOpenLoop(store);
            }
        }
        if (plan.wants(OPEN)) {
            open(OPEN, folder, options);
        }
    }

    /// What was written and what is kept for each byte of the users'.
    private void amplification(Path folder, long writtenBytes) throws IOException {
        long puts = plan.keys() + (plan.wants(PUT) ? plan.keys() / 5 : 0);
        double item = 16 + plan.valueBytes();
        long kept = ProcessIo.bytesIn(folder);
        load.show(
                load.line(AMPLIFICATION)
                        .with("write", EngineBenchLoad.rounded(writtenBytes / (puts * item)))
                        .with("space", EngineBenchLoad.rounded(kept / (plan.keys() * item)))
                        .with("written_bytes", writtenBytes)
                        .with("kept_bytes", kept));
    }

    /// Readers of keys that are there, and one writer that writes as fast as it may.
    private void readBesideAWriter(Store store) throws IOException {
        var writes = new AtomicLong();
        EngineBenchLoad.Latencies seen =
                load.phase(
                        READER_THREADS + 1,
                        (id, key, bytes) -> {
                            if (id < READER_THREADS) {
                                require(length(store, even(key)));
                                return true;
                            }
                            store.put(even(key), bytes, Durability.LATER);
                            writes.incrementAndGet();
                            return false;
                        });
        long rate = Math.round(writes.get() / (1.3 * plan.seconds()));
        load.show(READERS, READER_THREADS, seen, Json.object().with("writer_ops_per_s", rate));
    }

    /// Puts at a fixed rate, each timed from when it was due, whatever those before took.
    private void putOpenLoop(Store store) throws IOException {
        long rate = plan.rate() > 0 ? plan.rate() : Math.round(0.6 * 1e9 / loadNanos);
        EngineBenchLoad.Latencies seen = load.openLoop(rate, () -> put(store));
        load.show(OPEN_LOOP, 1, seen, Json.object().with("rate", rate));
    }

    private void open(String workload, Path folder, StoreOptions options) throws IOException {
        long kept = ProcessIo.bytesIn(folder);
        long begin = load.nanoTime();
        try (Store _ = Store.open(FileDisk.open(folder), options)) {
            double millis = (load.nanoTime() - begin) / 1e6;
            load.show(
                    load.line(workload)
                            .with("ms", EngineBenchLoad.rounded(millis))
                            .with("kept_bytes", kept));
        }
    }

    private void load(Store store) throws IOException {
        int[] order = shuffled(plan.keys());
        var batch = new StoreBatch();
        loadNanos =
                load.timed(
                        LOAD,
                        plan.keys() / BATCH,
                        BATCH,
                        plan.wants(LOAD),
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
                long bytes = plan.keys() * (16L + plan.valueBytes());
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

    /// {@return the same key with an even number: one that is there}
    private static byte[] even(byte[] key) {
        key[key.length - 1] &= (byte) ~1;
        return key;
    }

    private byte[] evenKey() {
        return EngineBenchLoad.key(random.nextInt(plan.keys()) * 2L);
    }

    private void durable() throws IOException {
        StoreOptions options = StoreOptions.defaults();
        Path folder = plan.folder().resolve("durable");
        // As after a kill: the log is all there is of what came last.
        StoreOptions unflushed = options.withCloseMillisMax(0);
        if (plan.wants(SYNC) || plan.wants(PUT_LOGGED) || plan.wants(RECOVER)) {
            try (Store store = Store.open(FileDisk.open(folder), unflushed)) {
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
                if (plan.wants(PUT_LOGGED) || plan.wants(RECOVER)) {
                    boolean print = plan.wants(PUT_LOGGED);
                    load.timed(PUT_LOGGED, plan.keys(), 1, print, () -> put(store));
                }
            }
        }
        if (plan.wants(RECOVER)) {
            open(RECOVER, folder, options);
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
