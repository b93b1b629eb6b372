package norikv.kv;

import java.util.List;
import java.util.function.ToLongFunction;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ScanCursor;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;
import norikv.port.KeyValue;
import norikv.port.ReadGate;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.work.Clock;
import norikv.work.Pool;

/// The reading of one page: a barrier on every shard wanted, then the page, on the pool.
///
/// A whole page needs every shard. A part is of those whose barrier was passed **before** the page
/// was read, and says so; of the others nothing was read, and whoever asked asks elsewhere.
///
/// A stale page is of replicas as old as they are, and says how old the oldest is. Of those that
/// are older than the caller allows it waits for a majority's word instead, which only a leader
/// gets: then they are of no age, or they are refused.
///
/// Where the page meets an item that its leader's clock has outlived but its shard's applied time
/// has not, a time entry is committed and the page read again, as [ReadCall] does for one key.
final class ScanCall extends Call implements ReadGate.Waiter, TimeEntries.Reader {
    /// What a set of shards takes in a reply, at most.
    private static final int SHARDS_BYTES_MAX = Limits.SHARDS_MAX / 8 + 8;

    /// The most bytes that the items of a page may take: the rest of the reply needs some too.
    static final int PAGE_BYTES_MAX =
            Limits.REQUEST_BYTES_MAX - ScanCursor.BYTES_MAX - SHARDS_BYTES_MAX - 64;

    /// How often a page is read again because of items that expire.
    static final int READS_MAX = 64;

    private final Request.Scan scan;
    private final ShardSet wanted;
    private final boolean isPart;

    /// Why a shard could not be read that has too few replicas; null: none is known.
    private volatile NoriException noQuorum;

    private final ScanCursor start;
    private final Parts parts;

    /// What the page is of; none before all shards have said something.
    private ShardSet covered;

    /// Of a stale page: how far the shard is behind that is behind most, where no majority was
    /// asked.
    private long behindMillis;

    /// Whether a majority was asked about the shards that are too old.
    private boolean asksLeaders;

    private int reads;

    private ScanCall(
            Request.Scan scan,
            ShardSet wanted,
            boolean isPart,
            long deadlineNanos,
            Parts parts,
            KeyValue.Answer answer) {
        super(deadlineNanos, answer);
        this.scan = scan;
        this.wanted = wanted;
        this.isPart = isPart;
        this.start = ScanCursor.of(scan);
        this.parts = parts;
        this.covered = ShardSet.none(parts.totalShards);
    }

    /// {@return the reading of a page of every shard}
    static ScanCall whole(
            Request.Scan scan, long deadlineNanos, Parts parts, KeyValue.Answer answer) {
        ShardSet all = ShardSet.all(parts.totalShards);
        return new ScanCall(scan, all, false, deadlineNanos, parts, answer);
    }

    /// {@return the reading of a page of those of some shards that can be read here}
    static ScanCall part(
            Request.ScanPart part, long deadlineNanos, Parts parts, KeyValue.Answer answer) {
        if (part.shards().total() != parts.totalShards) {
            throw NoriException.invalid(
                    "shards: those of %d, got those of %d"
                            .formatted(parts.totalShards, part.shards().total()));
        }
        return new ScanCall(part.scan(), part.shards(), true, deadlineNanos, parts, answer);
    }

    /// What a scan passes through.
    record Parts(
            int totalShards,
            ReplicatedLog log,
            Storage storage,
            InFlight inFlight,
            TimeEntries timeEntries,
            ExpiryClock expiryClock,
            LagMetrics lag,
            Pool pool,
            Clock clock) {}

    void start() {
        if (!parts.inFlight.add(this)) {
            answer(ReadCall.tooManyCalls());
            return;
        }
        parts.log.readBarriers(
                scan.consistency(), deadlineNanos(), new ReadGate(wanted, this));
    }

    @Override
    public void refused(ShardId shard, NoriException reason) {
        if (!isPart || !mayBeElsewhere(reason)) {
            answer(reason);
        } else if (reason.code() == ErrorCode.NO_QUORUM) {
            noQuorum = reason;
        }
    }

    /// {@return whether another node may serve the shard that was refused here}
    private static boolean mayBeElsewhere(NoriException reason) {
        return switch (reason) {
            case NoriException.NotLeader _, NoriException.Broken _ -> true;
            case NoriException.Unavailable _ -> reason.code() != ErrorCode.DEADLINE_EXCEEDED;
            case NoriException.Overloaded _,
                    NoriException.Indeterminate _,
                    NoriException.Malformed _,
                    NoriException.Mismatch _,
                    NoriException.Corruption _,
                    NoriException.DiskFailure _,
                    NoriException.Refused _,
                    NoriException.Closed _ ->
                    false;
        };
    }

    @Override
    public void decided(ShardSet passed) {
        if (isAnswered()) {
            return;
        }
        covered = covered.plus(passed);
        if (scan.consistency() == Consistency.STALE && !asksLeaders) {
            ShardSet old = tooOld();
            covered = covered.minus(old);
            parts.lag.staleScan(covered);
            if (!old.isEmpty()) {
                asksLeaders = true;
                parts.log.readBarriers(
                        Consistency.LEASE, deadlineNanos(), new ReadGate(old, this));
                return;
            }
        }
        NoriException why = noQuorum;
        if (covered.isEmpty() && why != null) {
            answer(why); // more than that nothing can be read here
        } else if (covered.isEmpty()) {
            conclude(new Reply.Page(List.of(), 0, Bytes.EMPTY));
        } else {
            queue();
        }
    }

    /// Looks how old the shards are that the page is of, before they are read: then they are at
    /// least as fresh.
    ///
    /// @return those that are older than they may be
    private ShardSet tooOld() {
        long[] behind = new long[parts.totalShards];
        covered.forEach(
                number -> {
                    Storage.Applied applied = parts.storage.applied(new ShardId(number));
                    behind[number] = parts.lag.behindMillis(applied);
                    if (behind[number] <= scan.maxStalenessMillis()) {
                        behindMillis = Math.max(behindMillis, behind[number]);
                    }
                });
        return ShardSet.of(
                parts.totalShards,
                number ->
                        covered.contains(number) && behind[number] > scan.maxStalenessMillis());
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
                covered::contains,
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
            conclude(
                    new Reply.Page(
                            page.items(), page.count(), cursorAfter(page), behindMillis));
        }
    }

    private void conclude(Reply.Page page) {
        answer(isPart ? new Reply.PagePart(covered, page) : page);
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
