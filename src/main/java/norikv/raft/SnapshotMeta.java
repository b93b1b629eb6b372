package norikv.raft;

import norikv.domain.Version;

/// What the core must know of a snapshot; the bytes are the host's.
///
/// @param at the last entry it contains
/// @param logTimeMillis the stamp of that entry
/// @param configuration the configuration in effect there
/// @param configurationIndex the entry that brought it
public record SnapshotMeta(
        Version at, long logTimeMillis, Configuration configuration, long configurationIndex) {}
