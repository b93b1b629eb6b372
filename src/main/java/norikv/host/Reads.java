package norikv.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.raft.Now;
import norikv.raft.Ready;
import norikv.raft.Refusal;
import norikv.work.Step;

/// The reads of one worker that wait: for their group to have a leader here, for a majority to
/// confirm it, or for what was committed before them to be applied.
///
/// All reads of a group that came in one pass share one question to the core, and so do those who
/// read many groups.
///
/// **Threads.** The worker's. **Limits.** [#READS_MAX]; those beyond are refused.
final class Reads {
    /// The most reads that wait at one worker.
    static final int READS_MAX = 65_536;

    /// How many questions about many groups may be under way; who comes meanwhile shares the next.
    static final int MANY_MAX = 2;

    /// How often deadlines are looked at.
    private static final long SWEEP_NANOS = 20_000_000;

    private final HostMetrics metrics;
    private final Line[] lines;

    /// Replicas whose line is not empty.
    private final List<Replica> waiting = new ArrayList<>();

    /// Those who read many groups, and are not asked for yet.
    private ManyReads gathering;

    /// How many [ManyReads] are asked for and not decided.
    private int asking;

    private int count;
    private long lastToken;
    private long sweepAtNanos;

    /// The reads of one replica.
    private static final class Line {
        /// Not asked for yet.
        ArrayDeque<HostMessage.AwaitRead> fresh = new ArrayDeque<>();

        ArrayDeque<ManyReads> freshMany = new ArrayDeque<>();

        /// Asked for, in order.
        final ArrayDeque<Round> rounds = new ArrayDeque<>();

        boolean isListed;

        boolean isFresh() {
            return !fresh.isEmpty() || !freshMany.isEmpty();
        }
    }

    /// Reads that share one question.
    private static final class Round {
        final long token;
        final ArrayDeque<HostMessage.AwaitRead> reads;
        final ArrayDeque<ManyReads> many;

        /// What must be applied; [Long#MAX_VALUE] before the core has said.
        long index = Long.MAX_VALUE;

        Round(long token, Line line) {
            this.token = token;
            this.reads = line.fresh;
            this.many = line.freshMany;
            line.fresh = new ArrayDeque<>();
            line.freshMany = new ArrayDeque<>();
        }
    }

    Reads(int replicas, HostMetrics metrics) {
        this.metrics = metrics;
        lines = new Line[replicas];
        gathering = new ManyReads(replicas);
    }

    /// Lets `read` through, or takes it in.
    void admit(HostMessage.AwaitRead read) {
        if (read.replica.readsFreely()) {
            read.barrier.readable();
        } else if (!read.replica.isWell()) {
            read.barrier.refused(Refusals.unwell(read.replica));
        } else if (count == READS_MAX) {
            read.barrier.refused(Refusals.tooMuchWaits());
        } else {
            listed(read.replica).fresh.addLast(read);
            count++;
        }
    }

    /// Takes one in who reads many groups.
    void admit(HostMessage.AwaitReads many) {
        if (count == READS_MAX) {
            many.refused(Refusals.tooMuchWaits());
        } else {
            gathering.add(many);
            count++;
        }
    }

    /// Begins to ask for those who read many groups, if not too many questions are under way.
    ///
    /// @param touch is told each replica that is to be asked
    void gather(Consumer<Replica> touch) {
        if (!mayGather()) {
            return;
        }
        ManyReads many = gathering;
        gathering = new ManyReads(lines.length);
        asking++;
        for (Replica replica : many.begin()) {
            if (replica.readsFreely()) {
                many.pass(replica);
            } else if (!replica.isWell()) {
                many.refuse(replica, Refusals.unwell(replica));
            } else {
                listed(replica).freshMany.addLast(many);
                touch.accept(replica);
            }
        }
        endIfDecided(many);
    }

    private boolean mayGather() {
        return gathering.count() > 0 && asking < MANY_MAX;
    }

    /// {@return whether there are reads that the core of `replica` is to be asked about}
    boolean areFresh(Replica replica) {
        Line line = lines[replica.slot];
        return line != null && line.isFresh() && !replica.isSole;
    }

    /// Asks the core about the reads that came since the last time: there are some.
    void ask(Replica replica, Now now) {
        assert areFresh(replica) : "shard " + replica.shard;
        Line line = lines[replica.slot];
        Optional<Refusal> refusal = replica.core.readIndex(now, ++lastToken);
        if (refusal.isEmpty()) {
            int readCount = line.fresh.size();
            for (ManyReads many : line.freshMany) {
                readCount += many.count();
            }
            metrics.asked(readCount);
            line.rounds.addLast(new Round(lastToken, line));
        } else {
            NoriException reason = Refusals.of(refusal.get(), replica, now);
            refuse(line.fresh, reason);
            refuse(line.freshMany, replica, reason);
        }
    }

    /// The core has decided about some.
    void decided(Replica replica, Ready ready) {
        Line line = lines[replica.slot];
        for (Ready.ReadGrant grant : ready.grants()) {
            for (Round round : line.rounds) {
                if (round.token == grant.token()) {
                    round.index = grant.index();
                }
            }
        }
        for (long token : ready.failedReads()) {
            line.rounds.removeIf(
                    round -> {
                        if (round.token == token) {
                            NoriException reason = Refusals.of(Refusal.NOT_LEADER, replica);
                            refuse(round.reads, reason);
                            refuse(round.many, replica, reason);
                        }
                        return round.token == token;
                    });
        }
    }

    /// Lets those of `replica` through that may go now.
    void release(Replica replica) {
        Line line = lines[replica.slot];
        if (line == null) {
            return;
        }
        if (replica.readsFreely()) {
            grant(line.fresh);
            grant(line.freshMany, replica);
        }
        while (!line.rounds.isEmpty()
                && line.rounds.getFirst().index <= replica.appliedIndex()) {
            Round round = line.rounds.removeFirst();
            grant(round.reads);
            grant(round.many, replica);
        }
    }

    /// Refuses those whose deadline has passed.
    void sweep(long nowNanos) {
        if (count == 0 || nowNanos < sweepAtNanos) {
            return;
        }
        sweepAtNanos = nowNanos + SWEEP_NANOS;
        count -= gathering.expire(nowNanos, overdue());
        waiting.removeIf(
                replica -> {
                    Line line = lines[replica.slot];
                    sweep(line.fresh, nowNanos);
                    sweep(line.freshMany, replica, nowNanos);
                    for (Round round : line.rounds) {
                        sweep(round.reads, nowNanos);
                        sweep(round.many, replica, nowNanos);
                    }
                    boolean isEmpty = !line.isFresh() && line.rounds.isEmpty();
                    line.isListed = !isEmpty;
                    return isEmpty;
                });
    }

    /// {@return when to look at deadlines again, or to gather}
    long nextNanos(long nowNanos) {
        if (count == 0) {
            return Step.UNTIL_WOKEN;
        }
        return mayGather() ? nowNanos : sweepAtNanos;
    }

    void refuseAll(NoriException reason) {
        count -= gathering.expire(Long.MAX_VALUE, reason);
        waiting.forEach(replica -> refuse(replica, reason));
        waiting.clear();
    }

    /// Refuses those of `replica`.
    void refuse(Replica replica, NoriException reason) {
        Line line = lines[replica.slot];
        if (line != null) {
            refuse(line.fresh, reason);
            refuse(line.freshMany, replica, reason);
            for (Round round : line.rounds) {
                refuse(round.reads, reason);
                refuse(round.many, replica, reason);
            }
            line.rounds.clear();
        }
    }

    private void grant(ArrayDeque<HostMessage.AwaitRead> reads) {
        while (!reads.isEmpty()) {
            count--;
            reads.removeFirst().barrier.readable();
        }
    }

    private void refuse(ArrayDeque<HostMessage.AwaitRead> reads, NoriException reason) {
        while (!reads.isEmpty()) {
            count--;
            reads.removeFirst().barrier.refused(reason);
        }
    }

    private void grant(ArrayDeque<ManyReads> all, Replica replica) {
        while (!all.isEmpty()) {
            ManyReads many = all.removeFirst();
            many.pass(replica);
            endIfDecided(many);
        }
    }

    private void refuse(ArrayDeque<ManyReads> all, Replica replica, NoriException reason) {
        while (!all.isEmpty()) {
            refuse(all.removeFirst(), replica, reason);
        }
    }

    private void refuse(ManyReads many, Replica replica, NoriException reason) {
        many.refuse(replica, reason);
        endIfDecided(many);
    }

    private void endIfDecided(ManyReads many) {
        if (many.isDecided()) {
            asking--;
            count -= many.count();
            many.end();
        }
    }

    private void sweep(ArrayDeque<ManyReads> all, Replica replica, long nowNanos) {
        for (int left = all.size(); left > 0; left--) {
            ManyReads many = all.removeFirst();
            if (many.deadlineNanos() > nowNanos) {
                all.addLast(many);
            } else {
                refuse(many, replica, overdue());
            }
        }
    }

    private void sweep(ArrayDeque<HostMessage.AwaitRead> reads, long nowNanos) {
        for (int left = reads.size(); left > 0; left--) {
            HostMessage.AwaitRead read = reads.removeFirst();
            if (read.deadlineNanos > nowNanos) {
                reads.addLast(read);
            } else {
                count--;
                read.barrier.refused(overdue());
            }
        }
    }

    /// {@return the line of `replica`, which is looked at by [#sweep] from now on}
    private Line listed(Replica replica) {
        Line line = lines[replica.slot];
        if (line == null) {
            line = new Line();
            lines[replica.slot] = line;
        }
        if (!line.isListed) {
            line.isListed = true;
            waiting.add(replica);
        }
        return line;
    }

    private static NoriException overdue() {
        return new NoriException.Unavailable(
                ErrorCode.DEADLINE_EXCEEDED, "the deadline passed; nothing was written");
    }
}
