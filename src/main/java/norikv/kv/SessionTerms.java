package norikv.kv;

import norikv.domain.NoriException;

/// How many sessions a shard remembers, and how much they may take. What the leader is configured
/// with goes into each entry, so that all replicas refuse the same.
///
/// @param shardCountMax how many sessions of one shard are remembered at a time; beyond it writes
///     of new ones are refused, and none is forgotten early
/// @param shardBytesMax about how many bytes their records may take
public record SessionTerms(int shardCountMax, long shardBytesMax) {
    static final int SHARD_COUNT_MAX = 1 << 24;
    static final long SHARD_BYTES_MAX = 1L << 40;

    public SessionTerms {
        if (shardCountMax < 0 || shardCountMax > SHARD_COUNT_MAX) {
            throw NoriException.invalid(
                    "sessions: 0 to %d, got %d".formatted(SHARD_COUNT_MAX, shardCountMax));
        }
        if (shardBytesMax < 0 || shardBytesMax > SHARD_BYTES_MAX) {
            throw NoriException.invalid(
                    "bytes of sessions: 0 to %d, got %d".formatted(SHARD_BYTES_MAX, shardBytesMax));
        }
    }

    /// {@return 65 536 sessions, 32 MiB a shard}
    public static SessionTerms defaults() {
        return new SessionTerms(1 << 16, 32L << 20);
    }
}
