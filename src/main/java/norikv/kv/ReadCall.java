package norikv.kv;

import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.port.KeyValue;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.port.Storage.Lookup;
import norikv.work.Clock;
import norikv.work.Pool;

/// The reading of one key: barrier, memory, and only if memory cannot tell, the disk.
///
/// The barrier and the look into memory run on the calling thread where that can be. A value whose
/// expiry the leader's clock has passed, but the shard's applied time has not, is neither shown nor
/// denied: a time entry is committed first, so that what is missing now stays missing under every
/// later leader.
final class ReadCall extends Call implements ReplicatedLog.Barrier, TimeEntries.Reader {
    /// How often a reader looks again after a time entry. Once is the rule; more are needed when
    /// the entry had been stamped before the reader came, or the key is written again meanwhile.
    static final int LOOKS_MAX = 16;

    private final ShardId shard;
    private final Bytes key;
    private final Consistency consistency;
    private final ReadBounds bounds;
    private final Parts parts;

    /// Of what a stale read saw.
    private Age age = Age.NONE;

    /// Whether a stale read whose replica is too far behind waits for the leader's word instead.
    private boolean isLeaders;

    private int looks;
    private boolean watched;

    ReadCall(
            ShardId shard,
            Request.Get get,
            long deadlineNanos,
            Parts parts,
            KeyValue.Answer answer) {
        super(deadlineNanos, answer);
        this.shard = shard;
        this.key = get.key();
        this.consistency = get.consistency();
        this.bounds = get.bounds();
        this.parts = parts;
    }

    /// What a read passes through.
    record Parts(
            ReplicatedLog log,
            Storage storage,
            InFlight inFlight,
            TimeEntries timeEntries,
            LagMetrics lag,
            Pool pool,
            Clock clock) {}

    void start() {
        parts.log.readBarrier(shard, consistency, deadlineNanos(), this);
    }

    @Override
    public void readable() {
        if (consistency == Consistency.STALE || !bounds.isNone()) {
            // Before the look, which then sees this place at least.
            Storage.Applied applied = parts.storage.applied(shard);
            boolean isStale = consistency == Consistency.STALE && !isLeaders;
            var seen = new Age(applied.at(), isStale ? parts.lag.behindMillis(applied) : 0);
            age = consistency == Consistency.STALE ? seen : Age.NONE;
            if (!bounds.allow(seen)) {
                lookAtLeader(isStale, seen);
                return;
            }
            if (isStale) {
                parts.lag.staleRead(applied);
            }
        }
        look(Storage.Reach.MEMORY);
    }

    /// What is here is not fresh enough. Where this node leads, what it shows is; elsewhere the
    /// caller is told who does.
    private void lookAtLeader(boolean isStale, Age seen) {
        if (isStale) {
            isLeaders = true;
            parts.log.readBarrier(shard, Consistency.LEASE, deadlineNanos(), this);
        } else {
            answer(
                    NoriException.invalid(
                            "min_version: at most %s, where shard %s stands, got %s"
                                    .formatted(seen.applied(), shard, bounds.minVersion())));
        }
    }

    @Override
    public void refused(NoriException reason) {
        answer(reason);
    }

    @Override
    public void timeMoved() {
        if (!isAnswered()) {
            look(Storage.Reach.MEMORY);
        }
    }

    @Override
    public void timeStands(Reply.Failed reason) {
        answer(reason);
    }

    private void look(Storage.Reach reach) {
        try {
            conclude(parts.storage.get(shard, key, reach));
        } catch (NoriException e) {
            answer(e);
        }
    }

    private void conclude(Lookup found) {
        switch (found) {
            case Lookup.Absent _ -> answer(missing());
            case Lookup.Cold _ -> lookOnDisk();
            case Lookup.Hit hit -> judge(hit);
        }
    }

    private void judge(Lookup.Hit hit) {
        if (hit.isExpiredAt(hit.logTimeMillis())) {
            answer(missing());
        } else if (consistency != Consistency.STALE
                && hit.expiresAtMillis() != Item.NEVER
                && hit.isExpiredAt(parts.log.logTimeMillis(shard))) {
            lookAfterTimeMoved();
        } else {
            answer(new Reply.Found(hit.value(), hit.version(), hit.expiresAtMillis(), age));
        }
    }

    private Reply missing() {
        return age == Age.NONE ? MISSING : new Reply.Missing(age);
    }

    private void lookOnDisk() {
        if (!watch()) {
            return;
        }
        boolean queued =
                parts.pool.offer(
                        () -> {
                            if (parts.clock.nanoTime() >= deadlineNanos()) {
                                answerOverdue();
                            } else if (!isAnswered()) {
                                look(Storage.Reach.DISK);
                            }
                        });
        if (!queued) {
            answer(
                    new NoriException.Overloaded(
                            ErrorCode.RESOURCE_EXHAUSTED,
                            "reads: the queue for the disk is full",
                            Admission.RETRY_AFTER_MILLIS_MIN));
        }
    }

    private void lookAfterTimeMoved() {
        if (looks++ >= LOOKS_MAX) {
            answer(
                    new NoriException.Unavailable(
                            ErrorCode.UNAVAILABLE,
                            "shard %s: the key expires faster than time entries are committed"
                                    .formatted(shard)));
        } else if (watch()) {
            parts.timeEntries.await(shard, this);
        }
    }

    /// Has the deadline watched from here on: somebody else will answer.
    private boolean watch() {
        if (!watched) {
            watched = parts.inFlight.add(this);
            if (!watched) {
                answer(tooManyCalls());
            }
        }
        return watched;
    }

    static NoriException.Overloaded tooManyCalls() {
        return new NoriException.Overloaded(
                ErrorCode.RESOURCE_EXHAUSTED,
                "node: at most %d calls under way".formatted(InFlight.CALLS_MAX),
                Admission.RETRY_AFTER_MILLIS_MIN);
    }

    @Override
    Reply.Failed overdue() {
        return overdueRead();
    }

    @Override
    Reply.Failed abandoned() {
        return closed();
    }

    @Override
    InFlight table() {
        return parts.inFlight;
    }

    private static final Reply.Missing MISSING = new Reply.Missing();

    static Reply.Failed overdueRead() {
        return new Reply.Failed(
                ErrorCode.DEADLINE_EXCEEDED, "the deadline passed; nothing was written", 0);
    }

    static Reply.Failed closed() {
        return new Reply.Failed(
                ErrorCode.UNAVAILABLE, "the node is closing; nothing was written", 0);
    }
}
