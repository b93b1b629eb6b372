package norikv.lsm;

import java.util.Map;
import norikv.domain.ShardId;

/// Hears how far the shards are in tables: the log need not be kept for that any more.
@FunctionalInterface
public interface FlushListener {
    /// Hears nothing.
    FlushListener NONE = _ -> {};

    /// The shards of the map are durable up to the place beside each, others as far as before.
    ///
    /// **Threads.** The flush loop calls; it must not block.
    void flushed(Map<ShardId, AppliedAt> durable);
}
