package norikv.host;

import norikv.port.ReplicatedLog;

/// What others want of a worker, and a link of its mailbox. Each message is put there once.
abstract sealed class Message {
    /// The message that was in the mailbox before; null for the first. Set by [Mailbox].
    Message next;

    /// How many messages that count are in the mailbox from this one on, and their bytes.
    int depth;

    long bytes;

    /// {@return what it counts for in the bytes of the mailbox; those that count for nothing are
    /// never refused}
    long weight() {
        return 0;
    }

    /// An entry that somebody wants in the log.
    static final class Propose extends Message {
        /// What an entry costs besides its command.
        private static final int OVERHEAD_BYTES = 64;

        final Replica replica;
        final ReplicatedLog.Proposal proposal;

        Propose(Replica replica, ReplicatedLog.Proposal proposal) {
            this.replica = replica;
            this.proposal = proposal;
        }

        @Override
        long weight() {
            return proposal.command().length() + OVERHEAD_BYTES;
        }
    }

    /// Somebody who wants to read.
    static final class AwaitRead extends Message {
        private static final int BYTES = 64;

        final Replica replica;
        final long deadlineNanos;
        final ReplicatedLog.Barrier barrier;

        AwaitRead(Replica replica, long deadlineNanos, ReplicatedLog.Barrier barrier) {
            this.replica = replica;
            this.deadlineNanos = deadlineNanos;
            this.barrier = barrier;
        }

        @Override
        long weight() {
            return BYTES;
        }
    }

    /// Storage can go on with what the applier left behind. One a shard at a time.
    static final class Resume extends Message {
        final Replica replica;

        Resume(Replica replica) {
            this.replica = replica;
        }
    }

    /// A batch is durable. As many as there are flights.
    static final class Durable extends Message {
        final Flight flight;

        Durable(Flight flight) {
            this.flight = flight;
        }
    }

    /// The mailbox takes nothing more.
    static final class Closed extends Message {}
}
