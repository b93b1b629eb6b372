package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.wal.WalOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// A Raft log on a simulated disk, driven by a seed.
final class RaftRig {
    static final long STEPS_MAX = 1_000_000;

    final SeededLoops loops;
    final List<Throwable> faults = new ArrayList<>();
    SimDisk disk;
    SeededNode node;
    RaftLogOptions options =
            new RaftLogOptions(
                    WalOptions.defaults(77).withSegmentBytes(16 << 10).withCacheBytes(0), 0);
    RaftLog log;

    RaftRig(long seed) {
        this.loops = new SeededLoops(seed);
        this.disk = new SimDisk(seed);
    }

    RaftLog open() {
        faults.clear();
        node = loops.node("node", (_, cause) -> faults.add(cause));
        log =
                RaftLog.open(
                        disk,
                        "log",
                        options,
                        node,
                        Meter.NONE,
                        Event.Sink.NONE,
                        (_, cause) -> faults.add(cause));
        return log;
    }

    /// Ends the process and the machine, and opens what is left.
    RaftLog crashAndOpen(long seed) {
        node.kill();
        disk = disk.crash(seed);
        return open();
    }

    void settle() {
        assertTrue(loops.runUntilIdle(STEPS_MAX), loops::describe);
    }

    /// Offers a batch.
    ///
    /// @return counts how often it was said to be durable
    AtomicInteger offer(Consumer<LogBatch> fill) {
        LogBatch batch = log.newBatch();
        fill.accept(batch);
        var done = new AtomicInteger();
        assertEquals(RaftLog.Verdict.ACCEPTED, log.append(batch, done::incrementAndGet));
        return done;
    }

    /// Makes a batch durable.
    void write(Consumer<LogBatch> fill) {
        AtomicInteger done = offer(fill);
        settle();
        assertEquals(1, done.get(), () -> "done " + done + " " + faults);
    }

    /// Makes one entry after the last one durable.
    void write(int group, long term, Bytes payload) {
        long last = log.lastIndex(group);
        write(
                batch -> {
                    assertTrue(batch.after(group, last, log.term(group, last)));
                    assertTrue(batch.entry(term, 5, 1, payload));
                });
    }

    /// Lets the log go on in another segment, with entries of a group that nobody looks at.
    void roll() {
        settle();
        long segment = newestSegment();
        while (newestSegment() == segment) {
            write(65_536, 1, Bytes.wrap(new byte[4000]));
        }
    }

    long newestSegment() {
        return segments().getLast();
    }

    List<Long> segments() {
        return disk.list("log").stream()
                .filter(name -> name.endsWith(".log"))
                .map(name -> Long.parseLong(name.substring(0, 6)))
                .toList();
    }

    List<Long> indexes(int group, long from) {
        return log.entries(group, from, Long.MAX_VALUE).stream().map(LogEntry::index).toList();
    }
}
