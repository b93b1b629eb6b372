package norikv.port;

import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// The ordered, durable log of each shard that this node holds a replica of.
///
/// **Order.** For one proposal: `appended` before its entry can be applied, or `refused` and never
/// applied. After `appended` the entry is applied (and [Applier] gets it), or another entry takes
/// its place (then the applier sees a different term at that index), or this node never learns
/// which ([Applier#lost]). **Threads.** Any may call; callbacks come from the thread that owns the
/// group.
public interface ReplicatedLog {
    /// Offers an entry. Never waits: a full mailbox refuses at once with `Overloaded`.
    void propose(Proposal proposal);

    /// Calls `barrier.readable()` once a read of `shard` that starts then has the consistency asked
    /// for. Where that is already so the call comes before this returns, on the calling thread.
    void readBarrier(ShardId shard, Consistency consistency, long deadlineNanos, Barrier barrier);

    /// As [#readBarrier] for each shard that `gate` wants.
    default void readBarriers(Consistency consistency, long deadlineNanos, ReadGate gate) {
        gate.wanted()
                .forEach(
                        shard ->
                                readBarrier(
                                        new ShardId(shard),
                                        consistency,
                                        deadlineNanos,
                                        new Barrier() {
                                            @Override
                                            public void readable() {
                                                gate.pass(shard);
                                                gate.done(1);
                                            }

                                            @Override
                                            public void refused(NoriException reason) {
                                                gate.refuse(shard, reason);
                                                gate.done(1);
                                            }
                                        }));
        gate.asked();
    }

    /// {@return the leader's log clock of `shard` now, milliseconds: what the next entry would be
    /// stamped with at least; 0 if this node does not lead it}
    long logTimeMillis(ShardId shard);

    /// Tells that the storage can go on applying entries of `shard` that [Applier] left behind.
    void resumeApply(ShardId shard);

    /// Tells that the storage cannot go on: what applying the next entry of `shard` needs cannot be
    /// read. The replica stops, and no other does; it decides nothing until it is rebuilt.
    void stopApply(ShardId shard, NoriException why);

    /// An entry somebody wants in the log, and who is told what becomes of it.
    interface Proposal {
        ShardId shard();

        /// {@return kind and fields of the entry, encoded once} At most
        /// [norikv.domain.Limits#REQUEST_BYTES_MAX] and a little.
        Bytes command();

        /// The entry has this place in the log of this node; nothing is durable yet. Called on the
        /// thread that owns the group, before anything can be applied there.
        void appended(Version at);

        /// The entry is in no log and never will be.
        void refused(NoriException reason);
    }

    /// Whoever waits to read.
    interface Barrier {
        void readable();

        void refused(NoriException reason);
    }
}
