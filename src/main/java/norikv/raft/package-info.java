/// Consensus of one group: a pure state machine of Raft. No thread, clock, file, socket or chance
/// of its own; the same classes run in production and in a simulator.
///
/// Read [norikv.raft.Raft] (what goes in), then [norikv.raft.Ready] (what comes out), then
/// [norikv.raft.Message] with [norikv.raft.MessageCodec]. [norikv.raft.RaftOptions] has the limits.
/// Inside, `Replica` is what a replica always knows, `Follower`, `Candidate` and `Leader` are what
/// it is at the moment.
///
/// Usable alone: three cores, a queue for a network and lists for disks make a replicated counter,
/// the whole of `CounterExample` in the tests. Its heart is what every host does after an input:
///
/// ```java
/// raft.drainReady(ready);
/// ready.sendNow().forEach(network::add);
/// log.append(ready.entries());                  // and ready.hardState(), as one record
/// ready.sendAfterPersist().forEach(network::add);
/// if (ready.hasRecord()) {
///     raft.persisted(now, ready.record());      // once it is durable
/// }
/// for (Entry entry : ready.committed()) {
///     value += entry.command().length();
///     raft.applied(now, entry.index());
/// }
/// ```
package norikv.raft;
