package norikv.raft;

/// What an operator would like to see near zero, since the start of the replica.
///
/// @param impossible messages that no correct replica sends; they were dropped
/// @param stale messages of earlier terms
/// @param sticky requests for votes refused because a leader lives, or may
/// @param overfull appends dropped because too much waits for the disk
/// @param elections times that this replica asked for real votes
/// @param leads times that it became leader
public record Counts(
        long impossible, long stale, long sticky, long overfull, long elections, long leads) {}
