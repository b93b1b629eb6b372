package norikv.sstable;

/// How far a read may go for its answer.
public enum Reach {
    /// Only into memory: where a block would have to be read from the disk first, the read says so
    /// and has done nothing. For threads that must not wait.
    MEMORY,
    /// To the disk. For threads that may wait.
    DISK
}
