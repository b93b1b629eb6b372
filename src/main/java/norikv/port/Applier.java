package norikv.port;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// The state machine of the shards: gets what is committed, in the order of each log.
///
/// **Threads.** Called by the thread that owns the groups, one pass at a time a thread.
public interface Applier {
    /// Applies the entries of all groups of one pass as one batch, then answers who waits for them.
    /// Sets [Group#applied(int)] for each group: less than all when an entry needs something that
    /// is not in memory; the rest comes again after [ReplicatedLog#resumeApply(ShardId)].
    ///
    /// **Errors.** A committed entry cannot be refused. [NoriException.Overloaded] says that
    /// storage has no room at the moment and that nothing was done: the pass, or a smaller one,
    /// comes again. Whatever else is thrown is fatal.
    void apply(List<Group> pass);

    /// This node will not learn what becomes of the entries of `shard` at `from` and above that it
    /// told its proposers `appended` of: it closes, or its group is stopped.
    void lost(ShardId shard, long from, NoriException.Indeterminate reason);

    /// Committed entries of one shard, in order of index.
    final class Group {
        private final ShardId shard;
        private final List<Committed> entries;
        private int applied;

        public Group(ShardId shard, List<Committed> entries) {
            this.shard = shard;
            this.entries = entries;
        }

        public ShardId shard() {
            return shard;
        }

        public List<Committed> entries() {
            return entries;
        }

        /// {@return how many of the entries, from the first, were applied}
        public int applied() {
            return applied;
        }

        public void applied(int count) {
            applied = count;
        }
    }

    /// A committed entry.
    ///
    /// @param logTimeMillis the leader's stamp: the only time that applying may look at
    /// @param kind who understands the command
    /// @param command as proposed; empty for the entry that a term begins with
    record Committed(Version at, long logTimeMillis, Kind kind, Bytes command) {
        /// What a command is for.
        public enum Kind {
            /// For the state machine.
            COMMAND,
            /// It says who belongs to the group: for the group itself. The shard keeps it, so that
            /// it is known where the log has it no more, and goes with it to others.
            CONFIGURATION
        }

        public Committed(Version at, long logTimeMillis, Bytes command) {
            this(at, logTimeMillis, Kind.COMMAND, command);
        }
    }
}
