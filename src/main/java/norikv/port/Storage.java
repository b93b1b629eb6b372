package norikv.port;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.Request;
import norikv.domain.Room;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// The state of the shards of this node: a multi-version store that one thread a shard writes.
///
/// **Visibility.** A read pins the state, then loads the shard's applied place, and sees exactly
/// the entries up to it: whole batches only. **Threads.** Any may read; [#write] one at a time.
public interface Storage {
    /// {@return where `shard` stands}
    Applied applied(ShardId shard);

    /// Finds the newest visible version of the user's `key`.
    ///
    /// @param reach whether this may wait for the disk
    default Lookup get(ShardId shard, Bytes key, Reach reach) {
        return get(shard, Space.USER, key, reach);
    }

    /// Finds the newest visible version of `key` in `space`.
    Lookup get(ShardId shard, Space space, Bytes key, Reach reach);

    /// Reads live items of all shards of `plan` in key order, up to its bounds. May wait for the
    /// disk.
    ScanPage scan(ScanPlan plan);

    /// {@return an empty batch to fill}
    Batch newBatch();

    /// Makes all of `batch` visible, whole per shard. Never refuses and never waits for flushes:
    /// what slows writers is [#writePressure()].
    void write(Batch batch);

    /// {@return how hard applying is for the engine: at 1 and above it should wait}
    double pressure();

    /// {@return how hard it is to take in more: 0 at ease, from 0.5 proposals should be slowed, at
    /// 1 and above refused} At least [#pressure()]; the log that is not flushed counts as well,
    /// which whoever applies must not heed, for only applying and flushing make that shorter.
    default double writePressure() {
        return pressure();
    }

    /// {@return how much room there is for more: whoever takes writes in refuses some below
    /// [Room#PLENTY]}
    default Room room() {
        return Room.PLENTY;
    }

    /// What a key of a shard is for. All of them make up the shard: they travel together, and are
    /// compared together.
    enum Space {
        /// The users' data: the only keys that a scan sees.
        USER,
        /// What clients' retries are known by.
        SESSIONS,
        /// What users' idempotency keys stand for.
        IDEMPOTENCY,
        /// What the group of the shard says of itself.
        GROUP
    }

    /// The one key of [Space#GROUP]: the command of the configuration in effect.
    Bytes CONFIGURATION_KEY = Bytes.hex("00");

    /// How far a read may go.
    enum Reach {
        /// Memory only: what would have to wait for the disk is [Lookup.Cold].
        MEMORY,
        /// The disk as well. Only on threads that nobody interrupts.
        DISK
    }

    /// Where a shard stands: everything up to `at` is visible; expiry is judged by `logTimeMillis`.
    record Applied(Version at, long logTimeMillis) {
        /// A shard that nothing was applied to.
        public static final Applied NOTHING = new Applied(Version.NONE, 0);
    }

    /// What a lookup found. A hit may be expired: whoever asks judges, because an applier judges by
    /// the entry's time and a reader by the shard's.
    sealed interface Lookup {
        /// The newest version is a value.
        ///
        /// @param logTimeMillis the applied log time of the state that was read
        record Hit(Bytes value, Version version, long expiresAtMillis, long logTimeMillis)
                implements Lookup {
            /// {@return whether the value is expired at log time `atMillis`}
            public boolean isExpiredAt(long atMillis) {
                return expiresAtMillis != Item.NEVER && expiresAtMillis <= atMillis;
            }
        }

        /// There is no value.
        record Absent() implements Lookup {}

        /// Memory alone cannot tell.
        record Cold() implements Lookup {}
    }

    /// What to scan.
    ///
    /// @param shards which shards to see
    /// @param from least key in range, empty: the first
    /// @param to least key beyond, empty: none
    /// @param bytesMax what the items may take in a reply: key, value and
    ///     [norikv.domain.Limits#ANSWER_OVERHEAD_BYTES_MAX] each; one fits in any case
    /// @param leaderTime log time that the leader's clock has reached, by shard: items that expire
    ///     between a shard's applied time and this are reported in [ScanPage#overdue]
    record ScanPlan(
            Predicate<ShardId> shards,
            Bytes from,
            Bytes to,
            int itemsMax,
            int bytesMax,
            boolean reverse,
            Request.Projection projection,
            ToLongFunction<ShardId> leaderTime) {}

    /// What a scan found.
    ///
    /// @param next where to go on
    /// @param overdue a shard with an item that the leader's clock has outlived but its applied
    /// time
    ///     has not: a [Consistency#LINEARIZABLE] scan commits a time entry there and scans again
    record ScanPage(List<Item> items, long count, Position next, Overdue overdue) {
        public ScanPage {
            items = List.copyOf(items);
        }
    }

    /// Where a scan goes on.
    sealed interface Position {
        /// The range is exhausted.
        record End() implements Position {}

        /// At this key: inclusive forwards, exclusive backwards.
        record At(Bytes key) implements Position {}
    }

    /// Whether a shard's applied time lags behind an expiry that its leader's clock has passed.
    sealed interface Overdue {
        /// None does.
        record None() implements Overdue {}

        /// This one does, and perhaps others.
        record Shard(ShardId shard) implements Overdue {}
    }

    /// Writes of one pass, over any shards, each shard's in order of index.
    interface Batch {
        /// Puts a user's key.
        ///
        /// @param expiresAtMillis log time, or [Item#NEVER]
        default void put(
                ShardId shard, Version at, Bytes key, Bytes value, long expiresAtMillis) {
            put(shard, Space.USER, at, key, value, expiresAtMillis);
        }

        void put(
                ShardId shard,
                Space space,
                Version at,
                Bytes key,
                Bytes value,
                long expiresAtMillis);

        void delete(ShardId shard, Version at, Bytes key);

        /// Moves the shard's applied place: after this batch everything up to it is visible.
        void applied(ShardId shard, Applied applied);
    }
}
