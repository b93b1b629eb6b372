package norikv.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import norikv.disk.FileDisk;
import norikv.json.Json;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.wal.Replay;
import norikv.wal.SegmentHead;
import norikv.wal.Wal;
import norikv.wal.WalOptions;
import norikv.wal.WalRecord;
import norikv.work.Clock;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.SystemRandom;
import norikv.work.ThreadLoops;

/// `norikv bench log`: what the log does alone. Each caller appends a record and waits until it is
/// durable: with one caller that is the disk, with many it is how well they share a force.
final class BenchLog {
    private static final String APPEND = "log_append_sync";
    private static final String OPEN = "log_open";
    private static final List<String> WORKLOADS = List.of(APPEND, OPEN);
    private static final int[] THREADS = {1, 16, 64};
    private static final double MILLION = 1e6;

    private final EngineBenchPlan plan;
    private final EngineBenchLoad load;
    private final Clock clock;
    private final AtomicReference<Throwable> fault = new AtomicReference<>();

    BenchLog(EngineBenchPlan plan, Terminal terminal) {
        this.plan = plan;
        this.load = new EngineBenchLoad(plan, terminal);
        this.clock = terminal.loops().clock();
    }

    /// {@return the exit code}
    int run() throws IOException {
        try {
            plan.requireKnown(WORKLOADS);
            for (int threads : THREADS) {
                if (plan.wants(APPEND)) {
                    append(threads);
                }
            }
            if (plan.wants(OPEN)) {
                reopen();
            }
            return 0;
        } finally {
            plan.removeFolder();
        }
    }

    private void append(int threads) throws IOException {
        Loops loops = new ThreadLoops((_, cause) -> fault.compareAndSet(null, cause));
        try (Wal wal = open(loops)) {
            EngineBenchLoad.Latencies seen =
                    load.phase(threads, (_, _, value) -> appendOne(wal, loops, value));
            load.show(APPEND, threads, seen, Json.object());
        }
    }

    private boolean appendOne(Wal wal, Loops loops, byte[] value) {
        Signal durable = loops.signal();
        wal.append(new Note(value, durable));
        durable.await(Long.MAX_VALUE);
        if (fault.get() != null) {
            throw Complaint.unexpected("bench: the log failed: " + fault.get());
        }
        return true;
    }

    private void reopen() throws IOException {
        Loops loops = new ThreadLoops((_, cause) -> fault.compareAndSet(null, cause));
        long begin = clock.nanoTime();
        try (Wal _ = open(loops)) {
            double millis = (clock.nanoTime() - begin) / MILLION;
            load.show(load.line(OPEN).with("ms", EngineBenchLoad.rounded(millis)));
        }
    }

    private Wal open(Loops loops) {
        return Wal.open(
                FileDisk.open(plan.folder()),
                "log",
                WalOptions.defaults(new SystemRandom().nextLong()),
                loops,
                Meter.NONE,
                Event.Sink.NONE,
                (_, cause) -> fault.compareAndSet(null, cause),
                SegmentHead.NONE,
                Replay.NONE);
    }

    /// A record of a caller who waits.
    private static final class Note extends WalRecord {
        private final byte[] bytes;
        private final Signal durable;

        Note(byte[] bytes, Signal durable) {
            this.bytes = bytes;
            this.durable = durable;
        }

        @Override
        protected int length() {
            return bytes.length;
        }

        @Override
        protected void writeTo(ByteBuffer target) {
            target.put(bytes);
        }

        @Override
        protected void durable(long position) {
            durable.raise();
        }
    }
}
