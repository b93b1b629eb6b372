package norikv.lsm;

/// When a write of a [Store] returns.
public enum Durability {
    /// When it survives a crash of the process and of the machine.
    SYNC,
    /// At once. It becomes durable soon and in order: a crash loses a suffix of such writes, no
    /// older than [StoreOptions.Log#lagMillis()] and one force of the disk.
    LATER
}
