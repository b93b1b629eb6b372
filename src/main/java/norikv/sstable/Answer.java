package norikv.sstable;

/// What a table says to a point read.
public enum Answer {
    /// It has the entry.
    FOUND,
    /// It does not have it.
    MISSING,
    /// It does not know without the disk, which [Reach#MEMORY] forbids.
    COLD
}
