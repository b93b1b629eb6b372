package norikv.wal;

import java.nio.ByteBuffer;

/// A record on its way into a [Wal]: its bytes, and who is told when they are durable. It is its
/// own link in the queue, so offering it allocates nothing, and it may be used again once it is
/// durable.
///
/// **Threads.** [#length()] is called by the thread that appends, the rest by the writer's loop.
/// Between being accepted and being durable the bytes must not change.
public abstract class WalRecord {
    /// The next in the queue; null at its end. Owned by the log while the record is in flight.
    WalRecord next;

    /// The length at the time of appending.
    int length;

    protected WalRecord() {}

    /// {@return how many bytes [#writeTo] will write} **Limits.** [Wal#recordBytesMax()].
    protected abstract int length();

    /// Writes the bytes: exactly as many as [#length()] said.
    protected abstract void writeTo(ByteBuffer target);

    /// The record and all before it are durable. Called once, in the order of the log, on the
    /// writer's loop: short, and never waiting. What it throws is fatal for the log.
    ///
    /// @param position where the bytes begin, for [Wal#read]
    protected abstract void durable(long position);
}
