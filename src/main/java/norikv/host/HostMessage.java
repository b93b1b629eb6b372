package norikv.host;

import java.util.List;
import java.util.Optional;
import norikv.domain.NoriException;
import norikv.domain.Request;
import norikv.port.KeyValue;
import norikv.port.ReadGate;
import norikv.port.ReplicatedLog;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Entry;
import norikv.raft.Message;

/// What others want of a worker, and a link of its mailbox. Each message is put there once.
abstract sealed class HostMessage {
    /// The message that was in the mailbox before; null for the first. Set by [Mailbox].
    HostMessage next;

    /// How many messages that count are in the mailbox from this one on, and their bytes.
    int depth;

    long bytes;

    /// {@return what it counts for in the bytes of the mailbox; those that count for nothing are
    /// never refused}
    long weight() {
        return 0;
    }

    /// It was not taken, and never will be: whoever waits is told `why`.
    void refused(NoriException why) {
        // Nobody waits: it is as if it had been lost on its way, or its sender is gone too.
    }

    /// An entry that somebody wants in the log.
    static final class Propose extends HostMessage {
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

        @Override
        void refused(NoriException why) {
            proposal.refused(why);
        }
    }

    /// Somebody who wants to read.
    static final class AwaitRead extends HostMessage {
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

        @Override
        void refused(NoriException why) {
            barrier.refused(why);
        }
    }

    /// Somebody who wants to read many shards at once.
    static final class AwaitReads extends HostMessage {
        private static final int BYTES = 16;

        /// Those of one worker.
        final List<Replica> replicas;

        final long deadlineNanos;
        final ReadGate gate;

        AwaitReads(List<Replica> replicas, long deadlineNanos, ReadGate gate) {
            this.replicas = replicas;
            this.deadlineNanos = deadlineNanos;
            this.gate = gate;
        }

        @Override
        long weight() {
            return (long) BYTES * replicas.size();
        }

        @Override
        void refused(NoriException why) {
            replicas.forEach(replica -> gate.refuse(replica.shard.number(), why));
            gate.done(replicas.size());
        }
    }

    /// What another node sent, for the groups of this worker.
    static final class FromPeer extends HostMessage {
        final List<Message> messages;
        private final long weight;

        FromPeer(List<Message> messages, long weight) {
            this.messages = messages;
            this.weight = weight;
        }

        @Override
        long weight() {
            return weight;
        }
    }

    /// A link to another node broke. One a node at a time, or superfluous.
    static final class PeerLost extends HostMessage {
        final long peer;

        PeerLost(long peer) {
            this.peer = peer;
        }
    }

    /// A link to another node was made. One a link.
    static final class PeerMet extends HostMessage {
        final long peer;

        PeerMet(long peer) {
            this.peer = peer;
        }
    }

    /// Entries came from the disk. One a shard at a time.
    static final class Fetched extends HostMessage {
        final Replica replica;
        final ReplicaLog.Wanted wanted;
        final List<Entry> entries;

        Fetched(Replica replica, ReplicaLog.Wanted wanted, List<Entry> entries) {
            this.replica = replica;
            this.wanted = wanted;
            this.entries = entries;
        }
    }

    /// Storage can go on with what the applier left behind. One a shard at a time.
    static final class Resume extends HostMessage {
        final Replica replica;

        Resume(Replica replica) {
            this.replica = replica;
        }
    }

    /// Storage cannot go on with what the applier left behind. One a shard.
    static final class Stop extends HostMessage {
        final Replica replica;
        final NoriException why;

        Stop(Replica replica, NoriException why) {
            this.replica = replica;
            this.why = why;
        }
    }

    /// A batch is durable. As many as there are flights.
    static final class Durable extends HostMessage {
        final Flight flight;

        Durable(Flight flight) {
            this.flight = flight;
        }
    }

    /// Something about a whole shard.
    abstract static sealed class OfShard extends HostMessage {}

    /// A shard for a follower is sent, or will not be. One a stream.
    static final class StreamEnded extends OfShard {
        final Sending stream;

        StreamEnded(Sending stream) {
            this.stream = stream;
        }
    }

    /// A shard was received whole. One a stream.
    static final class Arrived extends OfShard {
        final Receiving stream;

        Arrived(Receiving stream) {
            this.stream = stream;
        }
    }

    /// A shard that was received took its place, or did not. One a stream.
    static final class Flipped extends OfShard {
        final Receiving stream;
        final boolean isLive;

        Flipped(Receiving stream, boolean isLive) {
            this.stream = stream;
            this.isLive = isLive;
        }
    }

    /// What is stored of a shard is damaged. One a look and shard.
    static final class Damaged extends OfShard {
        final Replica replica;

        Damaged(Replica replica) {
            this.replica = replica;
        }
    }

    /// Another node wants a shard as of an index or later.
    static final class Wished extends OfShard {
        private static final int BYTES = 64;

        final Replica replica;
        final long peer;
        final long index;

        Wished(Replica replica, long peer, long index) {
            this.replica = replica;
            this.peer = peer;
            this.index = index;
        }

        @Override
        long weight() {
            return BYTES;
        }
    }

    /// A replica of a shard knows what it holds at a CHECK, or that it cannot. Of this node one a
    /// CHECK, of others one a CHECK and second.
    static final class Digested extends OfShard {
        private static final int BYTES = 64;

        final Replica replica;

        /// Whose replica it is.
        final long node;

        final Storage.Applied place;

        /// Null if it cannot be computed.
        final ShardStore.Digest digest;

        Digested(
                Replica replica,
                long node,
                Storage.Applied place,
                Optional<ShardStore.Digest> digest) {
            this.replica = replica;
            this.node = node;
            this.place = place;
            this.digest = digest.orElse(null);
        }

        @Override
        long weight() {
            return node == replica.self() ? 0 : BYTES;
        }
    }

    /// An operator asks something of a replica.
    static final class Steered extends OfShard {
        private static final int BYTES = 64;

        final Replica replica;
        final Request.OfShard order;
        final long deadlineNanos;
        final KeyValue.Answer answer;

        Steered(
                Replica replica,
                Request.OfShard order,
                long deadlineNanos,
                KeyValue.Answer answer) {
            this.replica = replica;
            this.order = order;
            this.deadlineNanos = deadlineNanos;
            this.answer = answer;
        }

        @Override
        void refused(NoriException why) {
            answer.reply(why.toReply());
        }

        @Override
        long weight() {
            return BYTES;
        }
    }

    /// What the log was told of an install is durable. One an install at a time.
    static final class InstallLogged extends OfShard {
        final Replica replica;

        InstallLogged(Replica replica) {
            this.replica = replica;
        }
    }

    /// The mailbox takes nothing more.
    static final class Closed extends HostMessage {}
}
