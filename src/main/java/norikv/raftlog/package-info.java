/// The entries and hard states of many Raft groups, in one log with one force for all of them.
///
/// Read [norikv.raftlog.RaftLog], then [norikv.raftlog.LogBatch], then `GroupLog`. The bytes are
/// drawn in `BatchFormat` and in `wire/files.md`. What an entry carries is opaque here.
package norikv.raftlog;
