package norikv.wal;

import norikv.bytes.ByteReader;

/// Hears every record of a log while it is opened, in order.
@FunctionalInterface
public interface Replay {
    /// Forgets the records.
    Replay NONE = (_, _) -> {};

    /// A record, whole and checked. Opening may still end with damage found further on: until
    /// [Wal#open] returns nothing that was heard may have an effect beyond memory.
    ///
    /// @param position where the bytes begin, for [Wal#read]
    /// @param record the bytes, valid during this call only
    void record(long position, ByteReader record);

    /// All records were heard; nothing was written since the log was opened. What is thrown here
    /// stops opening, and nothing is changed.
    default void end() {}
}
