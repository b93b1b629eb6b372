package norikv.lsm;

/// How far a read may go.
public enum Reach {
    /// What is in memory: never waits for the disk.
    MEMORY,
    /// The disk as well. Only on threads that nobody interrupts.
    DISK
}
