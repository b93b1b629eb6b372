package norikv.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier;
import norikv.port.Applier.Committed;
import norikv.port.Storage;
import norikv.raftlog.LogEntry;
import norikv.raftlog.RaftLog;

/// This node's replica of one shard: its core, what it has appended and not applied, who waits.
///
/// **Threads.** Its worker's, but for [#isReadable], [#appliedIndex] and [#clock]. **Limits.** What
/// is appended and not applied was admitted by those who proposed it.
final class Replica {
    final ShardId shard;
    final int group;
    final int worker;
    final SoloCore core;

    /// Proposed and not yet given to the core.
    final ArrayDeque<Message.Propose> inbox = new ArrayDeque<>();

    /// The end of the log, from some entry that is not applied on: what the log need not be read
    /// for.
    final ArrayDeque<Committed> tail = new ArrayDeque<>();

    /// Reads that wait until this replica may answer them.
    final ArrayDeque<Message.AwaitRead> reads = new ArrayDeque<>();

    /// Whether it is in the worker's line of those to step, or to apply.
    boolean isToStep;

    boolean isToApply;

    /// The applier has left entries behind and will say when to go on.
    boolean isStalled;

    private long lastStampMillis;

    /// Null until it leads.
    private volatile LogClock clock;

    private volatile boolean isReadable;
    private volatile long appliedIndex;

    private Replica(ShardId shard, int workers, RaftLog log, Storage.Applied applied) {
        this.shard = shard;
        this.group = groupOf(shard);
        this.worker = group % workers;
        long last = log.lastIndex(group);
        this.core = new SoloCore(log.hardState(group), last, log.term(group, last));
        this.appliedIndex = applied.at().index();
        this.lastStampMillis = applied.logTimeMillis();
    }

    /// {@return the group of a shard} Group 0 is the cluster's own.
    static int groupOf(ShardId shard) {
        return shard.number() + 1;
    }

    /// Finds where `shard` stands in storage and log, which must fit.
    ///
    /// **Errors.** [NoriException.Corruption]: storage has applied what the log does not hold, or
    /// the log does not reach back to what storage has applied.
    static Replica recover(ShardId shard, int workers, RaftLog log, Storage storage) {
        int group = groupOf(shard);
        Storage.Applied applied = storage.applied(shard);
        Version at = applied.at();
        long first = log.firstIndex(group);
        long last = log.lastIndex(group);
        if (at.index() > last || at.index() < first - 1) {
            throw new NoriException.Corruption(
                    "shard %s: the log reaches from what is applied, %s, to its end, got %d to %d"
                            .formatted(shard, at, first, last));
        }
        if (log.term(group, at.index()) != at.term()) {
            throw new NoriException.Corruption(
                    "shard %s: the entry that is applied last is %s, got term %d in the log"
                            .formatted(shard, at, log.term(group, at.index())));
        }
        var replica = new Replica(shard, workers, log, applied);
        if (last > at.index()) {
            LogEntry newest = log.entries(group, last, 0).getFirst();
            replica.lastStampMillis =
                    Math.max(replica.lastStampMillis, newest.logTimeMillis());
        }
        return replica;
    }

    /// Begins a term.
    void campaign(long nowNanos, long wallMillis) {
        var newClock = new LogClock(lastStampMillis, nowNanos, wallMillis);
        core.campaign(newClock.read(nowNanos, wallMillis));
        clock = newClock;
    }

    Version propose(Message.Propose message, long nowNanos, long wallMillis) {
        return core.propose(message.proposal.command(), clock.read(nowNanos, wallMillis));
    }

    /// {@return what the next entry would be stamped with, or 0 while reads are not granted}
    long logTimeMillis(long nowNanos, long wallMillis) {
        return isReadable ? clock.read(nowNanos, wallMillis) : 0;
    }

    boolean isReadable() {
        return isReadable;
    }

    long appliedIndex() {
        return appliedIndex;
    }

    /// {@return how many committed entries are not applied}
    long applyLag() {
        return core.commit() - appliedIndex;
    }

    /// {@return committed entries that are not applied: at most `countMax` and about `bytesMax`
    /// bytes, but at least one}
    List<Committed> committed(RaftLog log, int countMax, long bytesMax) {
        long next = appliedIndex + 1;
        boolean isInTail = !tail.isEmpty() && tail.getFirst().at().index() <= next;
        return isInTail ? fromTail(countMax, bytesMax) : fromLog(log, countMax, bytesMax);
    }

    /// The first `count` entries of those that [#committed] gave are applied.
    void onApplied(int count) {
        appliedIndex += count;
        while (!tail.isEmpty() && tail.getFirst().at().index() <= appliedIndex) {
            tail.removeFirst();
        }
        assert applyLag() >= 0 : "applied %d of %d".formatted(appliedIndex, core.commit());
        if (!isReadable && core.grantsReads(appliedIndex)) {
            isReadable = true;
        }
    }

    private List<Committed> fromTail(int countMax, long bytesMax) {
        var entries = new ArrayList<Committed>(Math.min(countMax, tail.size()));
        long bytes = 0;
        for (Committed entry : tail) {
            if (entry.at().index() > core.commit()
                    || entries.size() == countMax
                    || !entries.isEmpty() && bytes + entry.command().length() > bytesMax) {
                break;
            }
            bytes += entry.command().length();
            entries.add(entry);
        }
        return entries;
    }

    private List<Committed> fromLog(RaftLog log, int countMax, long bytesMax) {
        var entries = new ArrayList<Committed>();
        for (LogEntry entry : log.entries(group, appliedIndex + 1, bytesMax)) {
            if (entry.index() > core.commit() || entries.size() == countMax) {
                break;
            }
            EntryKind.check(group, entry);
            var at = new Version(entry.term(), entry.index());
            entries.add(new Committed(at, entry.logTimeMillis(), entry.payload()));
        }
        if (entries.isEmpty()) {
            throw new NoriException.Corruption(
                    "group %d: entry %d in the log, got none"
                            .formatted(group, appliedIndex + 1));
        }
        return entries;
    }
}
