package norikv.kv;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.port.KeyValue;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.work.Clock;
import norikv.work.Pool;

/// The reading of one page: a barrier on every shard, then the page, on the pool.
///
/// Where the page meets an item that its leader's clock has outlived but its shard's applied time
/// has not, a time entry is committed and the page read again, as [ReadCall] does for one key.
final class ScanCall extends Call implements ReplicatedLog.Barrier, TimeEntries.Reader {
    /// The most bytes that the items of a page may take: the rest of the reply needs some too.
    static final int PAGE_BYTES_MAX = Limits.REQUEST_BYTES_MAX - ScanCursor.BYTES_MAX - 64;

    /// How often a page is read again because of items that expire.
    static final int READS_MAX = 64;

    private final Request.Scan scan;
    private final ScanCursor start;
    private final Parts parts;
    private final AtomicInteger barriers;
    private int reads;

    ScanCall(Request.Scan scan, long deadlineNanos, Parts parts, KeyValue.Answer answer) {
        super(deadlineNanos, answer);
        this.scan = scan;
        this.start = startOf(scan);
        this.parts = parts;
        this.barriers = new AtomicInteger(parts.totalShards);
    }

    /// What a scan passes through.
    record Parts(
            int totalShards,
            ReplicatedLog log,
            Storage storage,
            InFlight inFlight,
            TimeEntries timeEntries,
            ExpiryClock expiryClock,
            Pool pool,
            Clock clock) {}

    void start() {
        if (!parts.inFlight.add(this)) {
            answer(ReadCall.tooManyCalls());
            return;
        }
        for (int shard = 0; shard < parts.totalShards && !isAnswered(); shard++) {
            var id = new ShardId(shard);
            parts.log.readBarrier(id, scan.consistency(), deadlineNanos(), this);
        }
    }

    @Override
    public void readable() {
        if (barriers.decrementAndGet() == 0) {
            queue();
        }
    }

    @Override
    public void refused(NoriException reason) {
        answer(reason);
    }

    @Override
    public void timeMoved() {
        if (!isAnswered()) {
            queue();
        }
    }

    @Override
    public void timeStands(Reply.Failed reason) {
        answer(reason);
    }

    private void queue() {
        if (!parts.pool.offer(this::read)) {
            answer(
                    new NoriException.Overloaded(
                            ErrorCode.RESOURCE_EXHAUSTED,
                            "scans: the queue is full",
                            Admission.RETRY_AFTER_MILLIS_MIN));
        }
    }

    private void read() {
        if (parts.clock.nanoTime() >= deadlineNanos()) {
            answerOverdue();
        }
        if (isAnswered()) {
            return;
        }
        try {
            conclude(parts.storage.scan(plan()));
        } catch (NoriException e) {
            answer(e);
        }
    }

    private Storage.ScanPlan plan() {
        boolean isStale = scan.consistency() == Consistency.STALE;
        ToLongFunction<ShardId> leaderTime = isStale ? _ -> 0 : parts.log::logTimeMillis;
        return new Storage.ScanPlan(
                _ -> true,
                scan.reverse() ? scan.from() : start.key(),
                scan.reverse() ? start.key() : scan.to(),
                Math.min(scan.limit(), Limits.PAGE_ITEMS_MAX),
                Math.min(scan.pageBytes(), PAGE_BYTES_MAX),
                scan.reverse(),
                scan.projection(),
                leaderTime);
    }

    private void conclude(Storage.ScanPage page) {
        boolean mustWait =
                page.overdue() instanceof Storage.Overdue.Shard
                        && scan.consistency() != Consistency.STALE;
        if (mustWait) {
            readAfterTimeMoved((Storage.Overdue.Shard) page.overdue());
        } else {
            answer(new Reply.Page(page.items(), page.count(), cursorAfter(page)));
        }
    }

    private void readAfterTimeMoved(Storage.Overdue.Shard overdue) {
        if (reads++ >= READS_MAX) {
            answer(
                    new NoriException.Unavailable(
                            ErrorCode.UNAVAILABLE,
                            "scan: keys expire faster than time entries are committed"));
            return;
        }
        // Where one shard is late others are: all known ones in one go.
        parts.expiryClock.hurry();
        parts.timeEntries.await(overdue.shard(), this);
    }

    private Bytes cursorAfter(Storage.ScanPage page) {
        return switch (page.next()) {
            case Storage.Position.End _ -> Bytes.EMPTY;
            case Storage.Position.At(Bytes key) -> new ScanCursor(scan.reverse(), key).encode();
        };
    }

    private static ScanCursor startOf(Request.Scan scan) {
        if (scan.cursor().isEmpty()) {
            return new ScanCursor(scan.reverse(), scan.reverse() ? scan.to() : scan.from());
        }
        return ScanCursor.of(scan);
    }

    @Override
    Reply.Failed overdue() {
        return ReadCall.overdueRead();
    }

    @Override
    Reply.Failed abandoned() {
        return ReadCall.closed();
    }

    @Override
    InFlight table() {
        return parts.inFlight;
    }
}
