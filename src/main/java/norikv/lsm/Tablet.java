package norikv.lsm;

import norikv.domain.ShardId;

/// One incarnation of one shard on this node. Its number is never used again.
///
/// @param id as entries carry it, unsigned, from 1
/// @param band which band of the key order its entries are in
record Tablet(int id, ShardId shard, int band, AppliedCell applied) {}
