package norikv.host;

import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.port.ShardStore;
import norikv.raftlog.Intent;
import norikv.raftlog.LogBatch;
import norikv.raftlog.RaftLog;
import norikv.work.Loops;
import norikv.work.Signal;

/// Puts a shard that was received in the place of what it was here.
///
/// The order is INTENT forced, tablet ingested, tablet live, DONE forced together with what becomes
/// of the log. Whoever owns the group appends nothing for it and applies nothing to it from before
/// the intent until DONE is durable. A crash at any point leaves the old state or the new one, see
/// [Reconciliation].
///
/// **Threads.** Stateless; the batches are filled by whoever owns the group.
public final class Install {
    private Install() {}

    /// Adds to `batch` that `incoming`, which is sealed and verified, is about to take the place of
    /// what its shard is here.
    ///
    /// @return whether it fitted
    public static boolean intend(LogBatch batch, ShardStore.Incoming incoming) {
        Version at = incoming.place().at();
        var intent = new Intent(at.index(), at.term(), incoming.tablet());
        return batch.intent(Replica.groupOf(incoming.shard()), intent);
    }

    /// Adds to `batch` that the snapshot of the open intent of `group` is in its place: entries
    /// behind it stay if the log has its last entry, else all go.
    ///
    /// @return whether it fitted, all of it
    public static boolean complete(LogBatch batch, RaftLog log, int group) {
        Intent intent = log.intent(group);
        var place = new Version(intent.term(), intent.index());
        boolean keepsTail = Reconciliation.InLog.of(log, group).reaches(place);
        return batch.done(group, intent.tablet())
                && (keepsTail
                        ? batch.compactTo(group, intent.index(), intent.term())
                        : batch.restore(group, intent.index(), intent.term()));
    }

    /// Adds to `batch` that the snapshot of the open intent of `group` never took its place.
    ///
    /// @return whether it fitted
    public static boolean forget(LogBatch batch, RaftLog log, int group) {
        return batch.abort(group, log.intent(group).tablet());
    }

    /// Does all of it, waiting for the disk. For groups that no loop owns: nobody else appends.
    ///
    /// **Errors.** [NoriException.Malformed] when the shard is not older and not damaged, or its
    /// log dropped what the snapshot needs: nothing was changed. Others as of log and storage.
    public static void run(
            RaftLog log, ShardStore.Incoming incoming, Loops loops, long deadlineNanos) {
        int group = Replica.groupOf(incoming.shard());
        LogBatch batch = log.newBatch();
        intend(batch, incoming);
        force(log, batch, loops, deadlineNanos);
        try {
            incoming.ingest();
            incoming.goLive();
        } catch (NoriException.Malformed refused) {
            batch.clear();
            forget(batch, log, group);
            force(log, batch, loops, deadlineNanos);
            throw refused;
        }
        batch.clear();
        complete(batch, log, group);
        force(log, batch, loops, deadlineNanos);
    }

    /// Appends `batch` and waits until it is durable.
    ///
    /// **Errors.** [NoriException.Unavailable] when the log does not take it, or not in time.
    static void force(RaftLog log, LogBatch batch, Loops loops, long deadlineNanos) {
        Signal durable = loops.signal();
        RaftLog.Verdict verdict = log.append(batch, durable::raise);
        if (verdict != RaftLog.Verdict.ACCEPTED) {
            throw new NoriException.Unavailable(
                    ErrorCode.UNAVAILABLE, "log: takes the batch, got " + verdict);
        }
        if (!durable.await(deadlineNanos)) {
            throw new NoriException.Unavailable(
                    ErrorCode.UNAVAILABLE, "log: a batch durable in time, got none");
        }
    }
}
