package norikv.raftlog;

import norikv.bytes.Bytes;

/// An entry as it stands in the log.
///
/// @param kind 0 … 255, of the owner's choosing
/// @param logTimeMillis the leader's stamp
public record LogEntry(long index, long term, long logTimeMillis, int kind, Bytes payload) {}
