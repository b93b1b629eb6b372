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
    record Get(Bytes key, Consistency consistency) implements Single {
        public Get {
            Limits.checkKey(key);
        }
    }

    /// Writes one key. Answered by [Reply.Written] or [Reply.Mismatch].
    ///
    /// @param ttlMillis how long the value lives in its shard's log time, or [#NO_TTL]
    record Put(Bytes key, Bytes value, long ttlMillis, Precondition condition) implements Single {
        /// The value lives until it is overwritten or deleted.
        public static final long NO_TTL = 0;

        public Put {
            Limits.checkKey(key);
            Limits.checkValue(value);
            if (ttlMillis != NO_TTL) {
                Limits.checkTtl(ttlMillis);
            }
        }
    }

    /// Removes one key. Answered by [Reply.Deleted] or [Reply.Mismatch].
    record Delete(Bytes key, Precondition condition) implements Single {
        public Delete {
            Limits.checkKey(key);
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
    record Scan(
            Bytes from,
            Bytes to,
            int limit,
            int pageBytes,
            boolean reverse,
            Projection projection,
            Consistency consistency,
            Bytes cursor)
            implements Request {
        public Scan {
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

        private static String shown(Bytes key) {
            Bytes head = key.slice(0, Math.min(key.length(), 16));
            return "0x" + head.toHex() + (head.length() < key.length() ? "…" : "");
        }
    }

    /// Asks how the node is: identity, readiness, counters. Answered by [Reply.Status].
    record Status() implements Request {}
}
