/// Consensus of one group: a pure state machine of Raft.
///
/// Read [norikv.raft.Configuration] for who decides.
package norikv.raft;
