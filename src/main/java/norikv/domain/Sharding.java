package norikv.domain;

import norikv.bytes.Bytes;
import norikv.bytes.Xxh64;

/// Which shard a key belongs to: `jumpConsistentHash(xxhash64(key, seed 0), totalShards)`.
///
/// **Source.** Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014.
///
/// @param totalShards fixed for the life of a cluster, 1 to [Limits#SHARDS_MAX]
public record Sharding(int totalShards) {
    /// The default number of shards.
    public static final int TOTAL_SHARDS = 1024;

    public Sharding {
        if (totalShards < 1 || totalShards > Limits.SHARDS_MAX) {
            throw NoriException.invalid(
                    "cluster.total_shards: 1 to %d, got %d"
                            .formatted(Limits.SHARDS_MAX, totalShards));
        }
    }

    public ShardId shardOf(Bytes key) {
        return new ShardId(jump(Xxh64.hash(key, 0), totalShards));
    }

    /// {@return the bucket of `hash` among `buckets`; growing from n to n + 1 buckets moves only
    /// 1/(n + 1) of all hashes}
    public static int jump(long hash, int buckets) {
        long state = hash;
        long bucket = -1;
        long next = 0;
        while (next < buckets) {
            bucket = next;
            state = state * 2862933555777941757L + 1;
            next = (long) ((bucket + 1) * ((double) (1L << 31) / ((state >>> 33) + 1)));
        }
        return (int) bucket;
    }
}
