package norikv.domain;

import java.util.List;
import norikv.bytes.Bytes;

/// What a client asks of a node. Constructors refuse what is outside of [Limits].
public sealed interface Request {
    /// One key's operation: what a [Batch] is made of.
    sealed interface Single extends Request {
        Bytes key();
    }

    /// Reads one key. Answered by [Reply.Found] or [Reply.Missing].
    record Get(Bytes key, Consistency consistency, ReadBounds bounds) implements Single {
        public Get {
            Limits.checkKey(key);
        }

        /// A read without bounds.
        public Get(Bytes key, Consistency consistency) {
            this(key, consistency, ReadBounds.NONE);
        }
    }

    /// One key's change.
    sealed interface Write extends Single {
        Precondition condition();

        Once once();

        /// {@return the same, known by `once` when it comes again}
        Write with(Once once);
    }

    /// Writes one key. Answered by [Reply.Written] or [Reply.Mismatch].
    ///
    /// @param ttlMillis how long the value lives in its shard's log time, or [#NO_TTL]
    record Put(Bytes key, Bytes value, long ttlMillis, Precondition condition, Once once)
            implements Write {
        /// The value lives until it is overwritten or deleted.
        public static final long NO_TTL = 0;

        public Put {
            Limits.checkKey(key);
            Limits.checkValue(value);
            if (ttlMillis != NO_TTL) {
                Limits.checkTtl(ttlMillis);
            }
        }

        /// A put that is done as often as it comes.
        public Put(Bytes key, Bytes value, long ttlMillis, Precondition condition) {
            this(key, value, ttlMillis, condition, Once.NONE);
        }

        @Override
        public Put with(Once newOnce) {
            return new Put(key, value, ttlMillis, condition, newOnce);
        }
    }

    /// Removes one key. Answered by [Reply.Deleted] or [Reply.Mismatch].
    record Delete(Bytes key, Precondition condition, Once once) implements Write {
        public Delete {
            Limits.checkKey(key);
        }

        /// A delete that is done as often as it comes.
        public Delete(Bytes key, Precondition condition) {
            this(key, condition, Once.NONE);
        }

        @Override
        public Delete with(Once newOnce) {
            return new Delete(key, condition, newOnce);
        }
    }

    /// Operations that have nothing to do with each other: each succeeds or fails by itself, in no
    /// particular order. Answered by [Reply.Batched].
    record Batch(List<Single> operations) implements Request {
        public Batch {
            operations = List.copyOf(operations);
            if (operations.size() > Limits.BATCH_OPERATIONS_MAX) {
                throw NoriException.invalid(
                        "batch: at most %d operations, got %d"
                                .formatted(Limits.BATCH_OPERATIONS_MAX, operations.size()));
            }
        }
    }

    /// What of each item a scan returns.
    enum Projection {
        /// Key, value, version and expiry.
        ITEMS,
        /// Key, version and expiry.
        KEYS,
        /// Only how many there are.
        COUNT
    }

    /// Reads one page of the live keys of `[from, to)` in byte order, or backwards. Answered by
    /// [Reply.Page].
    ///
    /// @param from the least key; empty: from the first
    /// @param to the least key beyond the range; empty: to the last
    /// @param limit the most items wanted of this page
    /// @param pageBytes the most bytes of keys and values wanted of this page
    /// @param cursor where the page before ended, from [Reply.Page]; empty: the first page
    /// @param maxStalenessMillis of each shard, as in [ReadBounds]; [ReadBounds#ANY_AGE]: as long
    ///     as it will. A version says nothing here: it is a place of one shard
    record Scan(
            Bytes from,
            Bytes to,
            int limit,
            int pageBytes,
            boolean reverse,
            Projection projection,
            Consistency consistency,
            Bytes cursor,
            long maxStalenessMillis)
            implements Request {
        public Scan {
            if (maxStalenessMillis < 0) {
                throw NoriException.invalid(
                        "max_staleness: 0 ms or more, got " + maxStalenessMillis);
            }
            if (!to.isEmpty() && from.compareTo(to) > 0) {
                throw NoriException.invalid(
                        "range: from <= to, got from %s > to %s"
                                .formatted(shown(from), shown(to)));
            }
            if (limit < 1) {
                throw NoriException.invalid("limit: at least 1, got " + limit);
            }
            if (pageBytes < 1) {
                throw NoriException.invalid("page_bytes: at least 1, got " + pageBytes);
            }
        }

        /// A scan that may see a shard of any age.
        public Scan(
                Bytes from,
                Bytes to,
                int limit,
                int pageBytes,
                boolean reverse,
                Projection projection,
                Consistency consistency,
                Bytes cursor) {
            this(
                    from,
                    to,
                    limit,
                    pageBytes,
                    reverse,
                    projection,
                    consistency,
                    cursor,
                    ReadBounds.ANY_AGE);
        }

        private static String shown(Bytes key) {
            Bytes head = key.slice(0, Math.min(key.length(), 16));
            return "0x" + head.toHex() + (head.length() < key.length() ? "…" : "");
        }
    }

    /// Reads one page of a scan as [Scan] does, of some shards only, as far as this node can answer
    /// for them. Answered by [Reply.PagePart], which says of which shards it is.
    record ScanPart(ShardSet shards, Scan scan) implements Request {}

    /// What an operator asks of a node, not of the data.
    sealed interface Admin extends Request {}

    /// Asks how the node is: identity, readiness, counters. Answered by [Reply.Status].
    record Status() implements Admin {}

    /// Asks who is in the cluster and who leads what, as far as this node knows. Answered by
    /// [Reply.Topology].
    record Topology() implements Admin {}

    /// What an operator asks of a node about its replica of one shard.
    sealed interface OfShard extends Admin {
        ShardId shard();
    }

    /// Asks where the replica stands. Answered by [Reply.Replica].
    record ShowReplica(ShardId shard) implements OfShard {}

    /// Wants `to` to lead the shard: who leads it hands over and answers when it has happened;
    /// `to` itself keeps the shard for a while if it gets it. Answered by [Reply.Led].
    record MoveLeader(ShardId shard, NodeId to) implements OfShard {}

    /// Asks what the shard hashes to at one place. Answered by [Reply.Hashed].
    ///
    /// @param index the index of the place, waited for if it is to come; 0: as the replica stands
    record HashShard(ShardId shard, long index) implements OfShard {}
}
