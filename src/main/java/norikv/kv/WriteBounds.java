package norikv.kv;

/// How much may be written at a time: from a write's admission to the end of its entry.
///
/// @param nodeWritesMax writes on this node
/// @param nodeBytesMax bytes of their commands
/// @param shardWritesMax writes on one shard
/// @param shardBytesMax bytes of their commands
public record WriteBounds(
        int nodeWritesMax, long nodeBytesMax, int shardWritesMax, long shardBytesMax) {
    public static WriteBounds defaults() {
        return new WriteBounds(16_384, 64L << 20, 4_096, 16L << 20);
    }
}
