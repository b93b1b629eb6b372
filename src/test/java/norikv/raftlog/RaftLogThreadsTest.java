package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.Bytes;
import norikv.disk.FileDisk;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.wal.WalOptions;
import norikv.work.Signal;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many groups with real threads on a real file system: counted, not timed.
final class RaftLogThreadsTest {
    private static final long WAIT_NANOS = 60_000_000_000L;
    private static final int WORKERS = 4;
    private static final int PASSES = 150;
    private static final int GROUPS_EACH = 8;

    @TempDir Path folder;

    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final ThreadLoops loops = new ThreadLoops((_, cause) -> faults.add(cause));

    @AfterEach
    void nothingFailed() {
        assertEquals(List.of(), List.copyOf(faults));
    }

    @Test
    void workersOnTheirOwnGroupsFindEverythingAgain() {
        var running = new AtomicInteger(WORKERS);
        Signal finished = loops.signal();
        try (RaftLog log = open()) {
            for (int w = 0; w < WORKERS; w++) {
                int worker = w;
                loops.spawn(
                        "worker",
                        () -> {
                            work(log, worker);
                            if (running.decrementAndGet() == 0) {
                                finished.raise();
                            }
                        });
            }
            assertTrue(await(finished));
            log.flushed(group -> PASSES / 2);
            check(log);
        }
        try (RaftLog log = open()) {
            check(log);
            assertEquals(GROUPS_EACH * WORKERS, count(log));
        }
    }

    private void work(RaftLog log, int worker) {
        LogBatch batch = log.newBatch();
        for (int pass = 1; pass <= PASSES; pass++) {
            batch.clear();
            for (int g = 0; g < GROUPS_EACH; g++) {
                int group = g * WORKERS + worker;
                assertTrue(batch.hardState(group, new HardState(1, 1, pass - 1)));
                assertTrue(batch.after(group, pass - 1, pass == 1 ? 0 : 1));
                assertTrue(batch.entry(1, 1000 + pass, 3, payload(group, pass)));
            }
            Signal durable = loops.signal();
            assertEquals(RaftLog.Verdict.ACCEPTED, log.append(batch, durable::raise));
            assertTrue(await(durable));
            assertEquals(pass, log.lastIndex(worker));
        }
    }

    private static void check(RaftLog log) {
        for (int group = 0; group < GROUPS_EACH * WORKERS; group++) {
            assertEquals(new HardState(1, 1, PASSES - 1), log.hardState(group));
            assertEquals(PASSES, log.lastIndex(group));
            long first = log.firstIndex(group);
            assertTrue(first <= PASSES / 2 + 1);
            List<LogEntry> entries = log.entries(group, first, Long.MAX_VALUE);
            assertEquals(PASSES - first + 1, entries.size());
            for (int i = 0; i < entries.size(); i++) {
                int index = (int) first + i;
                var expected = new LogEntry(index, 1, 1000 + index, 3, payload(group, index));
                assertEquals(expected, entries.get(i));
            }
        }
    }

    private static int count(RaftLog log) {
        var count = new AtomicInteger();
        log.forEachGroup(_ -> count.incrementAndGet());
        return count.get();
    }

    private static Bytes payload(int group, int index) {
        return Bytes.utf8("payload of group %d at %d".formatted(group, index));
    }

    private boolean await(Signal signal) {
        return signal.await(loops.clock().nanoTime() + WAIT_NANOS);
    }

    private RaftLog open() {
        var options =
                new RaftLogOptions(WalOptions.defaults(9).withSegmentBytes(128 << 10), 0);
        return RaftLog.open(
                FileDisk.open(folder),
                "wal",
                options,
                loops,
                Meter.NONE,
                Event.Sink.NONE,
                (_, cause) -> faults.add(cause));
    }
}
