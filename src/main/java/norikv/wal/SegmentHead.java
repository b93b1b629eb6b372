package norikv.wal;

/// Says again, at the head of each new segment, what earlier segments said and is needed still, so
/// that those can be recycled.
@FunctionalInterface
public interface SegmentHead {
    /// Has nothing to say.
    SegmentHead NONE = _ -> {};

    /// Writes records that will stand before all others of the new segment, and be durable before
    /// any of those is written. All records of earlier segments are durable and their
    /// [WalRecord#durable] was called.
    ///
    /// **Threads.** The writer's loop. **Limits.** All head records together should stay well below
    /// half a segment: what is over is fatal.
    void write(Sink sink);

    /// All that the last [#write] wrote is durable. **Threads.** The writer's loop, before any
    /// record behind the head is written.
    default void durable() {}

    /// Takes head records.
    interface Sink {
        /// Copies `length` bytes of `array` from `offset` as one record.
        ///
        /// **Limits.** [Wal#recordBytesMax()].
        ///
        /// @return where the bytes begin, for [Wal#read]
        long record(byte[] array, int offset, int length);
    }
}
