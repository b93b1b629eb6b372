package norikv.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.port.ReplicatedLog;

/// Commits time entries, at most one a shard at a time, for readers that met a key whose expiry the
/// leader's clock has passed and for the [ExpiryClock].
///
/// **Threads.** Any. **Limits.** One entry a shard; readers are bounded by [InFlight], which they
/// are in while they wait here.
final class TimeEntries {
    private final ReplicatedLog log;
    private final PendingReplies pending;
    private final AtomicReferenceArray<Line> lines;

    TimeEntries(ReplicatedLog log, PendingReplies pending, int totalShards) {
        this.log = log;
        this.pending = pending;
        this.lines = new AtomicReferenceArray<>(totalShards);
    }

    /// Whoever goes on when a shard's log time has moved.
    interface Reader {
        /// A time entry of the shard was applied, perhaps one that was stamped too early: look
        /// again.
        void timeMoved();

        /// None can be had.
        void timeStands(Reply.Failed reason);
    }

    /// Commits a time entry of `shard` unless one is under way.
    void request(ShardId shard) {
        request(shard, line(shard));
    }

    /// Tells `reader` when a time entry of `shard` was applied.
    void await(ShardId shard, Reader reader) {
        Line line = line(shard);
        line.join(reader);
        request(shard, line);
    }

    /// The time entry of `shard` that was under way has met its fate.
    void ended(ShardId shard, Reply outcome) {
        Line line = line(shard);
        List<Reader> readers = line.leaveAll();
        line.underWay.set(false);
        // Who joined since then found one under way and proposed none.
        if (line.isWaitedFor()) {
            request(shard, line);
        }
        for (Reader reader : readers) {
            if (outcome instanceof Reply.Failed failed) {
                reader.timeStands(failed);
            } else {
                reader.timeMoved();
            }
        }
    }

    private void request(ShardId shard, Line line) {
        if (line.underWay.compareAndSet(false, true)) {
            log.propose(new TimeEntry(shard, this, pending));
        }
    }

    private Line line(ShardId shard) {
        Line line = lines.getAcquire(shard.number());
        if (line == null) {
            lines.compareAndSet(shard.number(), null, new Line());
            line = lines.getAcquire(shard.number());
        }
        return line;
    }

    /// The readers of one shard, and whether an entry is under way for them.
    private static final class Line {
        private final AtomicBoolean underWay = new AtomicBoolean();
        private final AtomicReference<Waiting> last = new AtomicReference<>();

        /// A reader and who waits longer; null at the end of the line.
        private record Waiting(Reader reader, Waiting before) {}

        void join(Reader reader) {
            last.updateAndGet(before -> new Waiting(reader, before));
        }

        boolean isWaitedFor() {
            return last.get() != null;
        }

        List<Reader> leaveAll() {
            var readers = new ArrayList<Reader>();
            for (Waiting w = last.getAndSet(null); w != null; w = w.before) {
                readers.add(w.reader);
            }
            return readers;
        }
    }
}
