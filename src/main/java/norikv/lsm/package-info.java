/// The log-structured merge tree of a node: one for all shards, without a log of its own.
///
/// Read [norikv.lsm.Lsm], then [norikv.lsm.InternalKey] and [norikv.lsm.Tablet] for what an entry
/// is filed under, then [norikv.lsm.ReadState] with [norikv.lsm.Epochs] for how it is read without
/// a lock.
package norikv.lsm;
