/// The state machine and its door: requests are routed to shards, writes admitted and proposed,
/// committed entries applied, callers answered. No thread, clock, file or socket of its own.
///
/// Read [norikv.kv.KeyValueNode] (the way in), then [norikv.kv.EntryFormat] (what is in the log),
/// then [norikv.kv.EntryApplier] (what becomes of it).
package norikv.kv;
