package norikv.observe;

/// Something that happened, typed. Names are those of the dashboard's event stream; keys and values
/// of users are never in it.
public sealed interface Event {
    /// About the shared log.
    sealed interface Wal extends Event {
        record SegmentRoll(long segment, long bytes) implements Wal {}

        record CorruptionTruncated(long segment, long keptBytes, long lostBytes) implements Wal {}

        record SegmentGc(long segment) implements Wal {}

        /// A force that took longer than the slow-sync threshold.
        record SlowFsync(long segment, long nanos) implements Wal {}
    }

    /// About memtables and levels.
    sealed interface Lsm extends Event {
        record FlushStart(long memtableBytes, long entries) implements Lsm {}

        record FlushComplete(long fileNumber, long bytes, long entries) implements Lsm {}

        record WritePressureUpdate(double ratio) implements Lsm {}

        record TableQuarantined(long fileNumber) implements Lsm {}
    }

    /// About merging tables.
    sealed interface Compaction extends Event {
        record Start(int level, int inputTables, long inputBytes) implements Compaction {}

        record Finish(int level, long inputBytes, long outputBytes, long droppedEntries)
                implements Compaction {}
    }

    /// About consensus.
    sealed interface Raft extends Event {
        record LeaderElected(int shard, long term, String node) implements Raft {}

        record StepDown(int shard, long term) implements Raft {}
    }

    /// Where events go. Must not block; may drop, and then counts what it dropped. **Threads.**
    /// Any.
    @FunctionalInterface
    interface Sink {
        /// Hears nothing.
        Sink NONE = _ -> {};

        void publish(Event event);
    }
}
