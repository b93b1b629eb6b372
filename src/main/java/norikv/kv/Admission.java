package norikv.kv;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Room;
import norikv.domain.ShardId;

/// Decides whether a write may be proposed now. A committed entry can never be refused, so whatever
/// must be refused is refused here, before it is in a log.
///
/// Three things are looked at. The room on the disk: where it is [Room#LOW] only deletes are let
/// in, where it is [Room#FULL] nothing is, until there is more. What is under way, from the
/// admission of a write to the end of its entry, is bounded in number and bytes, for the node and
/// for each shard. And while the storage is under pressure, a growing share of writes is refused:
/// none below [#PRESSURE_EASY], all from [#PRESSURE_HARD] on, in between the square of the way from
/// the one to the other.
///
/// **Threads.** Any, without locks.
final class Admission {
    /// Below this pressure nothing is refused.
    static final double PRESSURE_EASY = 0.5;

    /// From this pressure on everything is refused.
    static final double PRESSURE_HARD = 1.0;

    /// The shortest and longest advice when to try again.
    static final long RETRY_AFTER_MILLIS_MIN = 10;

    static final long RETRY_AFTER_MILLIS_MAX = 1_000;

    /// A window is one number: the count in its upper bits, the bytes in its lower ones.
    private static final int COUNT_SHIFT = 40;

    private static final long BYTES_MASK = (1L << COUNT_SHIFT) - 1;

    /// 2^64 divided by the golden ratio: multiples of it, taken as fractions, lie as evenly as any
    /// sequence can, so that of any run of writes the right share is refused without a dice.
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final WriteBounds bounds;
    private final DoubleSupplier pressure;
    private final Supplier<Room> room;
    private final AtomicLong node = new AtomicLong();
    private final AtomicLongArray shards;
    private final AtomicLong tickets = new AtomicLong();

    Admission(
            WriteBounds bounds, int totalShards, DoubleSupplier pressure, Supplier<Room> room) {
        this.bounds = bounds;
        this.room = room;
        this.pressure = pressure;
        this.shards = new AtomicLongArray(totalShards);
    }

    /// Takes a write of `bytes` in, until [#release].
    ///
    /// @param isDelete whether it makes room in the end
    /// @return why not, if nothing was taken in: no exception, because this is when the node has no
    ///     time for stack traces
    Optional<Reply.Failed> admit(ShardId shard, int bytes, boolean isDelete) {
        Room left = room.get();
        if (left == Room.FULL || left == Room.LOW && !isDelete) {
            return noRoom(left);
        }
        Optional<Reply.Failed> stalled = stalled();
        if (stalled.isPresent()) {
            return stalled;
        }
        long charge = charge(bytes);
        long now = node.addAndGet(charge);
        if (exceeds(now, bounds.nodeWritesMax(), bounds.nodeBytesMax())) {
            node.addAndGet(-charge);
            return full("node", bounds.nodeWritesMax(), bounds.nodeBytesMax());
        }
        now = shards.addAndGet(shard.number(), charge);
        if (exceeds(now, bounds.shardWritesMax(), bounds.shardBytesMax())) {
            shards.addAndGet(shard.number(), -charge);
            node.addAndGet(-charge);
            return full("shard " + shard, bounds.shardWritesMax(), bounds.shardBytesMax());
        }
        return Optional.empty();
    }

    /// Lets a write go that was admitted.
    void release(ShardId shard, int bytes) {
        long charge = charge(bytes);
        long left = shards.addAndGet(shard.number(), -charge);
        assert left >= 0 : "more released than admitted on shard " + shard;
        left = node.addAndGet(-charge);
        assert left >= 0 : "more released than admitted";
    }

    /// {@return how many writes are under way}
    long writesUnderWay() {
        return node.get() >>> COUNT_SHIFT;
    }

    /// {@return how many bytes of commands are under way}
    long bytesUnderWay() {
        return node.get() & BYTES_MASK;
    }

    /// {@return which share of writes is refused at `pressure`, 0 … 1}
    static double refusedShare(double pressure) {
        double way = (pressure - PRESSURE_EASY) / (PRESSURE_HARD - PRESSURE_EASY);
        double bounded = Math.clamp(way, 0, 1);
        return bounded * bounded;
    }

    private static Optional<Reply.Failed> noRoom(Room left) {
        return Optional.of(
                new Reply.Failed(
                        ErrorCode.DISK_WATERMARK,
                        left == Room.FULL
                                ? "disk: nearly full, only reads are taken; nothing was written"
                                : "disk: little room, only reads and deletes are taken;"
                                        + " nothing was written",
                        RETRY_AFTER_MILLIS_MAX));
    }

    private Optional<Reply.Failed> stalled() {
        double now = pressure.getAsDouble();
        if (now < PRESSURE_EASY) {
            return Optional.empty();
        }
        double share = refusedShare(now);
        double draw = (tickets.getAndIncrement() * GOLDEN >>> 11) * 0x1p-53;
        if (draw < share) {
            return Optional.of(
                    new Reply.Failed(
                            ErrorCode.WRITE_STALL,
                            "storage: pressure below %.1f, got %.2f; nothing was written"
                                    .formatted(
                                            now < PRESSURE_HARD ? PRESSURE_EASY : PRESSURE_HARD,
                                            now),
                            retryAfterMillis(share)));
        }
        return Optional.empty();
    }

    private static long retryAfterMillis(double share) {
        return RETRY_AFTER_MILLIS_MIN
                + (long) (share * (RETRY_AFTER_MILLIS_MAX - RETRY_AFTER_MILLIS_MIN));
    }

    private static long charge(int bytes) {
        return (1L << COUNT_SHIFT) + bytes;
    }

    private static boolean exceeds(long window, int writesMax, long bytesMax) {
        return window >>> COUNT_SHIFT > writesMax || (window & BYTES_MASK) > bytesMax;
    }

    private static Optional<Reply.Failed> full(String where, int writesMax, long bytesMax) {
        return Optional.of(
                new Reply.Failed(
                        ErrorCode.RESOURCE_EXHAUSTED,
                        "%s: at most %d writes and %d bytes under way; nothing was written"
                                .formatted(where, writesMax, bytesMax),
                        RETRY_AFTER_MILLIS_MIN));
    }
}
