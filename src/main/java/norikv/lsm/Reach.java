package norikv.lsm;

/// How far a read may go.
public enum Reach {
    /// What is in memory: never waits for the disk.
    MEMORY(norikv.sstable.Reach.MEMORY),
    /// The disk as well. Only on threads that nobody interrupts.
    DISK(norikv.sstable.Reach.DISK);

    private final norikv.sstable.Reach ofTables;

    Reach(norikv.sstable.Reach ofTables) {
        this.ofTables = ofTables;
    }

    norikv.sstable.Reach ofTables() {
        return ofTables;
    }
}
