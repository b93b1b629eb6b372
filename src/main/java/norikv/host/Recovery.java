package norikv.host;

import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raftlog.LogBatch;
import norikv.raftlog.RaftLog;
import norikv.work.Loops;

/// What stands between opening log and storage and starting the [Host]: looks at both, group by
/// group, and ends what a crash left half done. What [Reconciliation] decides is done here.
///
/// **Threads.** Stateless; nobody appends or applies meanwhile.
public final class Recovery {
    private static final long FORCE_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);

    private Recovery() {}

    /// What storage has of one shard, before it is begun.
    ///
    /// @param tablet which one, unsigned; 0: it is not here
    /// @param applied up to where its entries are durable there
    public record Stored(int tablet, Version applied) {
        /// The shard is not here.
        public static final Stored NOTHING = new Stored(0, Version.NONE);
    }

    /// Looks whether log and storage fit, and changes nothing.
    ///
    /// **Errors.** [NoriException.Corruption] naming the first shard for which they do not.
    ///
    /// @param logDirectory for the message
    public static void check(
            int totalShards, RaftLog log, String logDirectory, Function<ShardId, Stored> stored) {
        for (int number = 0; number < totalShards; number++) {
            var shard = new ShardId(number);
            Stored found = stored.apply(shard);
            Reconciliation verdict =
                    Reconciliation.of(
                            Reconciliation.InLog.of(log, Replica.groupOf(shard)),
                            new Reconciliation.InStorage(found.tablet(), found.applied()));
            if (verdict instanceof Reconciliation.Damaged(var why)) {
                throw new NoriException.Corruption(
                        "%s: shard %s: %s".formatted(logDirectory, shard, why));
            }
        }
    }

    /// Completes or forgets installs that were under way, and drops what is left of groups that are
    /// gone. Waits for the disk, only if there is something to be done.
    ///
    /// **Errors.** [NoriException.Corruption] as [#check].
    public static void finish(
            int totalShards, RaftLog log, Storage storage, ShardStore shards, Loops loops) {
        LogBatch batch = log.newBatch();
        for (int number = 0; number < totalShards; number++) {
            var shard = new ShardId(number);
            int group = Replica.groupOf(shard);
            switch (look(shard, log, storage, shards)) {
                case Reconciliation.Fits _ -> {}
                case Reconciliation.Complete _ -> Install.complete(batch, log, group);
                case Reconciliation.Forget _ -> Install.forget(batch, log, group);
                case Reconciliation.Drop _ -> shards.drop(shard);
                case Reconciliation.Damaged(var why) ->
                        throw new NoriException.Corruption(
                                "shard %s: %s".formatted(shard, why));
            }
            if (!batch.isEmpty()) {
                long now = loops.clock().nanoTime();
                Install.force(log, batch, loops, now + FORCE_NANOS_MAX);
                batch.clear();
            }
        }
    }

    private static Reconciliation look(
            ShardId shard, RaftLog log, Storage storage, ShardStore shards) {
        int tablet = shards.tabletOf(shard);
        Version applied = tablet == 0 ? Version.NONE : storage.applied(shard).at();
        return Reconciliation.of(
                Reconciliation.InLog.of(log, Replica.groupOf(shard)),
                new Reconciliation.InStorage(tablet, applied));
    }
}
