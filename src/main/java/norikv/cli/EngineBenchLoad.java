package norikv.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import norikv.json.Json;
import norikv.work.Clock;
import norikv.work.Loops;
import norikv.work.Pool;
import norikv.work.Signal;

/// Times operations, on this thread or on many, and prints one line a workload.
///
/// Keys are 16 bytes, `key` and thirteen digits; values are random, so nothing makes them smaller.
final class EngineBenchLoad {
    static final int KEY_BYTES = 16;

    private static final long NANOS = 1_000_000_000L;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int LATENCIES_INITIAL = 1 << 16;
    private static final int OPEN_LOOP_STEPS_MAX = 200_000_000;

    private final EngineBenchPlan plan;
    private final Terminal terminal;
    private final Clock clock;

    /// One operation of caller `id`, on a key and a value that are its own.
    @FunctionalInterface
    interface Operation {
        /// {@return whether it counts}
        boolean run(int id, byte[] key, byte[] value);
    }

    EngineBenchLoad(EngineBenchPlan plan, Terminal terminal) {
        this.plan = plan;
        this.terminal = terminal;
        this.clock = terminal.loops().clock();
    }

    static byte[] key(long number) {
        byte[] key = {
            'k', 'e', 'y', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0'
        };
        long rest = number;
        for (int at = key.length - 1; rest > 0; at--) {
            key[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return key;
    }

    /// Runs `step` so often and prints what an operation took, and what of that this thread had a
    /// processor for: where others use the machine too, that says more.
    ///
    /// @param per operations a step
    /// @return nanoseconds an operation
    double timed(String workload, int steps, int per, boolean print, Runnable step)
            throws IOException {
        long begin = clock.nanoTime();
        long beginCpu = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < steps; i++) {
            step.run();
        }
        double ops = (double) steps * per;
        double nanos = (clock.nanoTime() - begin) / ops;
        double cpuNanos = (THREADS.getCurrentThreadCpuTime() - beginCpu) / ops;
        if (print) {
            Json.Obj line = line(workload).with("ops", (long) steps * per);
            line.with("us_per_op", rounded(nanos / 1000));
            show(line.with("cpu_us_per_op", rounded(cpuNanos / 1000)));
        }
        return nanos;
    }

    /// {@return the beginning of a line}
    Json.Obj line(String workload) {
        return Json.object()
                .with("system", "norikv")
                .with("workload", workload)
                .with("value_bytes", plan.valueBytes());
    }

    /// Prints a line at once.
    void show(Json.Obj line) throws IOException {
        StringBuilder text = new StringBuilder();
        line.members().forEach((name, value) -> append(text, name, value));
        terminal.println(plan.json() ? line.toString() : text.toString());
        terminal.out().flush();
    }

    private static void append(StringBuilder text, String name, Json value) {
        switch (name) {
            case "system" -> {}
            case "workload" -> text.append("%-24s".formatted(((Json.Str) value).value()));
            default -> text.append("  ").append(name).append(' ').append(value);
        }
    }

    static double rounded(double number) {
        return Math.round(number * 1000) / 1000.0;
    }

    /// What a number of callers did, each with one operation at a time.
    ///
    /// @param nanos how long each operation took, sorted
    record Latencies(long[] nanos, double seconds) {
        long opsPerSecond() {
            return Math.round(nanos.length / seconds);
        }

        long micros(double quantile) {
            int at = (int) Math.min(nanos.length - 1, (long) (nanos.length * quantile));
            return nanos.length == 0 ? 0 : nanos[at] / 1000;
        }
    }

    /// Lets `threads` callers run `operation` for the seconds of the plan, after a warm-up of three
    /// tenths of that.
    Latencies phase(int threads, Operation operation) {
        long warm = clock.nanoTime() + plan.seconds() * NANOS * 3 / 10;
        long end = warm + plan.seconds() * NANOS;
        long[][] nanos = new long[threads][];
        inParallel(
                terminal.loops(), threads, id -> nanos[id] = caller(id, warm, end, operation));
        long[] all = Arrays.stream(nanos).flatMapToLong(Arrays::stream).sorted().toArray();
        return new Latencies(all, plan.seconds());
    }

    private long[] caller(int id, long warm, long end, Operation operation) {
        var random = new SplittableRandom(plan.seed() + id);
        byte[] value = new byte[plan.valueBytes()];
        long[] mine = new long[LATENCIES_INITIAL];
        int count = 0;
        while (true) {
            long before = clock.nanoTime();
            if (before > end) {
                return Arrays.copyOf(mine, count);
            }
            random.nextBytes(value);
            boolean counts = operation.run(id, key(random.nextInt(plan.keys())), value);
            if (counts && before >= warm) {
                if (count == mine.length) {
                    mine = Arrays.copyOf(mine, 2 * count);
                }
                mine[count++] = clock.nanoTime() - before;
            }
        }
    }

    /// Runs `step` at `rate` a second for the seconds of the plan. A step is timed from when it was
    /// due, so one that is late makes those behind it late too.
    Latencies openLoop(long rate, Runnable step) {
        long count = rate * plan.seconds();
        long[] nanos = new long[(int) Math.min(count, OPEN_LOOP_STEPS_MAX)];
        long begin = clock.nanoTime();
        for (int i = 0; i < nanos.length; i++) {
            long due = begin + (long) (i * (double) NANOS / rate);
            while (clock.nanoTime() < due) {
                // A wait would end too late: steps are microseconds apart.
            }
            step.run();
            nanos[i] = clock.nanoTime() - due;
        }
        double seconds = (clock.nanoTime() - begin) / (double) NANOS;
        Arrays.sort(nanos);
        return new Latencies(nanos, seconds);
    }

    /// Runs `step` again and again for the seconds of the plan.
    ///
    /// @return how often a second
    long sustained(Runnable step) {
        long begin = clock.nanoTime();
        long end = begin + plan.seconds() * NANOS;
        long done = 0;
        while (clock.nanoTime() < end) {
            step.run();
            done++;
        }
        return Math.round(done * (double) NANOS / (clock.nanoTime() - begin));
    }

    /// What readers and a writer beside them did, together and it.
    record Beside(long readsPerSecond, long writesPerSecond) {}

    /// Lets `readers` callers read keys that are there and one more write them, each as often as it
    /// can, for a third of the seconds of the plan and then, counted, for those. Nobody asks what
    /// time it is between two operations.
    Beside beside(int readers, Consumer<byte[]> read, BiConsumer<byte[], byte[]> write) {
        besideFor(Math.max(1, plan.seconds() / 3), readers, read, write);
        return besideFor(plan.seconds(), readers, read, write);
    }

    private Beside besideFor(
            int seconds, int readers, Consumer<byte[]> read, BiConsumer<byte[], byte[]> write) {
        var over = new AtomicBoolean();
        var reads = new LongAdder();
        var writes = new LongAdder();
        int writer = readers;
        int timer = readers + 1;
        inParallel(
                terminal.loops(),
                readers + 2,
                id -> {
                    if (id == timer) {
                        restUntil(clock.nanoTime() + seconds * NANOS);
                        over.set(true);
                    } else if (id == writer) {
                        writes.add(writeUntil(over, write));
                    } else {
                        reads.add(readUntil(over, id, read));
                    }
                });
        return new Beside(reads.sum() / seconds, writes.sum() / seconds);
    }

    private long readUntil(AtomicBoolean over, int id, Consumer<byte[]> read) {
        var random = new SplittableRandom(plan.seed() + id);
        long done = 0;
        while (!over.get()) {
            read.accept(key(random.nextInt(plan.keys()) * 2L));
            done++;
        }
        return done;
    }

    private long writeUntil(AtomicBoolean over, BiConsumer<byte[], byte[]> write) {
        var random = new SplittableRandom(plan.seed() - 1);
        byte[] value = new byte[plan.valueBytes()];
        long done = 0;
        while (!over.get()) {
            random.nextBytes(value);
            write.accept(key(random.nextInt(plan.keys()) * 2L), value);
            done++;
        }
        return done;
    }

    /// Lets so much time pass.
    void rest(long millis) {
        restUntil(clock.nanoTime() + millis * 1_000_000);
    }

    private void restUntil(long nanos) {
        terminal.loops().signal().await(nanos);
    }

    long nanoTime() {
        return clock.nanoTime();
    }

    /// Prints what callers did.
    void show(String workload, int threads, Latencies latencies, Json.Obj more)
            throws IOException {
        Json.Obj line =
                line(workload)
                        .with("op", workload)
                        .with("threads", threads)
                        .with("ops_per_s", latencies.opsPerSecond())
                        .with("p50_us", latencies.micros(0.5))
                        .with("p95_us", latencies.micros(0.95))
                        .with("p99_us", latencies.micros(0.99))
                        .with("p999_us", latencies.micros(0.999))
                        .with("max_us", latencies.micros(1));
        line.members().putAll(more.members());
        show(line);
    }

    /// What one of many callers does.
    @FunctionalInterface
    interface Caller {
        void run(int id);
    }

    /// Runs so many callers at once, and waits for all.
    static void inParallel(Loops loops, int threads, Caller caller) {
        Pool pool = loops.pool("bench", threads, threads);
        var left = new AtomicInteger(threads);
        Signal done = loops.signal();
        for (int i = 0; i < threads; i++) {
            int id = i;
            pool.offer(
                    () -> {
                        try {
                            caller.run(id);
                        } finally {
                            if (left.decrementAndGet() == 0) {
                                done.raise();
                            }
                        }
                    });
        }
        done.await(Long.MAX_VALUE);
        pool.stop();
    }
}
