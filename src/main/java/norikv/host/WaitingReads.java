package norikv.host;

import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.work.Step;

/// The reads that wait until their replica may answer them, which is when it has applied the entry
/// that its term began with.
///
/// **Threads.** The worker's. **Limits.** [#READS_MAX]; those beyond are refused.
final class WaitingReads {
    /// The most reads that wait at one worker.
    static final int READS_MAX = 65_536;

    /// How often deadlines are looked at.
    private static final long SWEEP_NANOS = 20_000_000;

    private final List<Replica> replicas;
    private int count;
    private long sweepAtNanos;

    WaitingReads(List<Replica> replicas) {
        this.replicas = replicas;
    }

    /// Lets `read` through, or takes it in.
    void admit(Message.AwaitRead read) {
        Replica replica = read.replica;
        if (replica.isReadable()) {
            read.barrier.readable();
        } else if (count < READS_MAX) {
            replica.reads.add(read);
            count++;
        } else {
            read.barrier.refused(Worker.tooMuchWaits());
        }
    }

    /// Lets those of `replica` through, if it may answer them now.
    void grant(Replica replica) {
        while (replica.isReadable() && !replica.reads.isEmpty()) {
            count--;
            replica.reads.removeFirst().barrier.readable();
        }
    }

    /// Refuses those whose deadline has passed.
    void sweep(long nowNanos) {
        if (count == 0 || nowNanos < sweepAtNanos) {
            return;
        }
        sweepAtNanos = nowNanos + SWEEP_NANOS;
        for (Replica replica : replicas) {
            for (int left = replica.reads.size(); left > 0; left--) {
                Message.AwaitRead read = replica.reads.removeFirst();
                if (read.deadlineNanos > nowNanos) {
                    replica.reads.addLast(read);
                } else {
                    count--;
                    read.barrier.refused(overdue());
                }
            }
        }
    }

    /// {@return when to look at deadlines again}
    long nextNanos() {
        return count == 0 ? Step.UNTIL_WOKEN : sweepAtNanos;
    }

    void refuseAll(NoriException reason) {
        for (Replica replica : replicas) {
            replica.reads.forEach(read -> read.barrier.refused(reason));
            replica.reads.clear();
        }
        count = 0;
    }

    private static NoriException overdue() {
        return new NoriException.Unavailable(
                ErrorCode.DEADLINE_EXCEEDED, "the deadline passed; nothing was written");
    }
}
