package norikv.host;

import norikv.domain.NoriException;

/// How the replicas of each shard are compared.
///
/// @param intervalNanos how often each shard is; 0: never, and this node has no part in comparisons
///     that others begin
/// @param bytesPerSecondMax how much is read for it a second, of all shards together
/// @param stepBytes about how much is read at a time
public record CheckOptions(long intervalNanos, long bytesPerSecondMax, int stepBytes) {
    public static final CheckOptions OFF = every(0);

    public CheckOptions {
        if (intervalNanos < 0 || bytesPerSecondMax < 1 || stepBytes < 1) {
            throw NoriException.invalid(
                    "checks: a time, and bytes of at least 1, got %d ns, %d, %d"
                            .formatted(intervalNanos, bytesPerSecondMax, stepBytes));
        }
    }

    /// {@return that each shard is compared so often, at 16 MiB a second}
    public static CheckOptions every(long intervalNanos) {
        return new CheckOptions(intervalNanos, 16L << 20, 256 << 10);
    }

    boolean isOff() {
        return intervalNanos == 0;
    }
}
