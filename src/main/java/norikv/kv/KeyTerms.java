package norikv.kv;

import norikv.domain.NoriException;

/// How long idempotency keys are kept, and how much they may take. What the leader is configured
/// with goes into each entry, so that all replicas keep the same.
///
/// @param windowMillis how long a key is kept after its write, in log time
/// @param shardBytesMax about how many bytes the keys of one shard may take; beyond it writes with
///     new keys are refused, and none is dropped
public record KeyTerms(long windowMillis, long shardBytesMax) {
    static final long WINDOW_MILLIS_MAX = 30L * 24 * 3_600_000;
    static final long SHARD_BYTES_MAX = 1L << 40;

    public KeyTerms {
        if (windowMillis < 1 || windowMillis > WINDOW_MILLIS_MAX) {
            throw NoriException.invalid(
                    "idempotency window: 1 to %d ms, got %d"
                            .formatted(WINDOW_MILLIS_MAX, windowMillis));
        }
        if (shardBytesMax < 0 || shardBytesMax > SHARD_BYTES_MAX) {
            throw NoriException.invalid(
                    "bytes of idempotency keys: 0 to %d, got %d"
                            .formatted(SHARD_BYTES_MAX, shardBytesMax));
        }
    }

    /// {@return ten minutes, 16 MiB a shard}
    public static KeyTerms defaults() {
        return new KeyTerms(10 * 60_000, 16L << 20);
    }
}
