package norikv.lsm;

import java.util.function.Predicate;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// What a [RangeCursor] walks over.
///
/// @param space 0 … 254; 0 is the users' data
/// @param shards which shards to see; asked once a shard
/// @param from least key in range; empty: from the first
/// @param to least key beyond; empty: to the last
/// @param backward whether to go from the last to the first
public record RangePlan(
        int space, Predicate<ShardId> shards, Bytes from, Bytes to, boolean backward) {}
