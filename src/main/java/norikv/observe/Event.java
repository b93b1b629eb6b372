package norikv.observe;

/// Something that happened, typed. Names are those of the dashboard's event stream; keys and values
/// of users are never in it.
public sealed interface Event {
    /// About the shared log.
    sealed interface Wal extends Event {
        record SegmentRoll(long segment, long bytes) implements Wal {}

        record CorruptionTruncated(long segment, long keptBytes, long lostBytes) implements Wal {}

        record SegmentGc(long segment) implements Wal {}

        /// A closed segment was read again and does not check out at `offset`.
        record SegmentDamaged(long segment, long offset) implements Wal {}

        /// A force that took longer than the slow-sync threshold.
        record SlowFsync(long segment, long nanos) implements Wal {}
    }

    /// About memtables and levels.
    sealed interface Lsm extends Event {
        record FlushStart(long memtableBytes, long entries) implements Lsm {}

        record FlushComplete(long fileNumber, long bytes, long entries) implements Lsm {}

        record WritePressureUpdate(double ratio) implements Lsm {}

        /// The disk has more or less room than before.
        ///
        /// @param room `PLENTY`, `LOW` or `FULL`
        record RoomChange(String room, long freeBytes) implements Lsm {}

        /// A table turned out damaged; what it holds is to be got from elsewhere.
        record TableQuarantined(long fileNumber) implements Lsm {}

        /// A table that seemed damaged was read again and is whole.
        record TableReleased(long fileNumber) implements Lsm {}
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

    /// About whole shards that go from node to node.
    sealed interface Snapshot extends Event {
        /// @param direction `tx` or `rx`
        record Started(int shard, long index, String direction) implements Snapshot {}

        /// A shard went on where a link had broken.
        ///
        /// @param bytes what was sent before
        record Resumed(int shard, long bytes) implements Snapshot {}

        /// @param done whether it took its place at the receiver
        record Ended(int shard, long bytes, String direction, boolean done) implements Snapshot {}
    }

    /// About comparisons of the replicas of a shard at an index of its log. A digest is written as
    /// the number of rows, a colon, and 16 hexadecimal digits.
    sealed interface Check extends Event {
        /// So many replicas hold the same.
        record Agreed(int shard, long index, int replicas) implements Check {}

        /// The replica of `node` holds something else than most, and is stopped there.
        record Diverged(int shard, long index, String node, String digest, String right)
                implements Check {}

        /// Replicas hold different things, and nothing is held by most: nobody is stopped.
        ///
        /// @param digests by the names of their nodes
        record Split(int shard, long index, String digests) implements Check {}
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
