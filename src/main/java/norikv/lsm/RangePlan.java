package norikv.lsm;

import java.util.function.Predicate;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// What a [RangeCursor] walks over.
///
/// @param space 0 … 254; 0 is the users' data
/// @param shards which shards to see; asked once a shard
/// @param from least key in range; empty: from the first
/// @param to least key beyond; empty: to the last
/// @param backward whether [Lsm#scan] begins at the last item, not at the first
/// @param stepsMax how many entries to look at in each band after a seek, tombstones and foreign
///     shards included, before the walk pauses; at least 1
public record RangePlan(
        int space,
        Predicate<ShardId> shards,
        Bytes from,
        Bytes to,
        boolean backward,
        long stepsMax) {
    public RangePlan {
        if (stepsMax < 1) {
            throw NoriException.invalid("range: steps of at least 1, got " + stepsMax);
        }
    }

    /// A plan that is walked to its end, whatever that costs.
    public RangePlan(
            int space, Predicate<ShardId> shards, Bytes from, Bytes to, boolean backward) {
        this(space, shards, from, to, backward, Long.MAX_VALUE);
    }

    /// {@return a plan for all keys that begin with `prefix`}
    public static RangePlan ofPrefix(int space, Predicate<ShardId> shards, Bytes prefix) {
        return new RangePlan(space, shards, prefix, prefix.prefixEnd(), false);
    }
}
