package norikv.domain;

import norikv.bytes.Bytes;

/// The sizes that hold everywhere: client, wire, server and engine.
public final class Limits {
    /// The shortest key, bytes.
    public static final int KEY_BYTES_MIN = 1;

    /// The longest key, bytes.
    public static final int KEY_BYTES_MAX = 1024;

    /// The longest value, bytes.
    public static final int VALUE_BYTES_MAX = 1 << 20;

    /// The longest request or reply, bytes, without the frame around it.
    public static final int REQUEST_BYTES_MAX = 2 << 20;

    /// What one item of a page or one answer of a batch takes in a reply beyond the bytes of its
    /// key and value, at most. Whoever fills a page or a batch adds this for each and stops at
    /// [#REQUEST_BYTES_MAX].
    public static final int ANSWER_OVERHEAD_BYTES_MAX = 40;

    /// What the age of a stale answer takes in a reply beyond that, at most.
    public static final int AGE_BYTES_MAX = 32;

    /// The most operations of one batch.
    public static final int BATCH_OPERATIONS_MAX = 10_000;

    /// The most items of one page of a scan.
    public static final int PAGE_ITEMS_MAX = 10_000;

    /// The longest time to live, milliseconds: a hundred years.
    public static final long TTL_MILLIS_MAX = 100L * 365 * 24 * 3600 * 1000;

    /// The most shards of a cluster.
    public static final int SHARDS_MAX = 65_536;

    private Limits() {}

    /// Refuses a key outside of the limits.
    public static void checkKey(Bytes key) {
        if (key.isEmpty()) {
            throw NoriException.invalid("key: 1 to %d bytes, got 0".formatted(KEY_BYTES_MAX));
        }
        if (key.length() > KEY_BYTES_MAX) {
            throw new NoriException.Malformed(
                    ErrorCode.KEY_TOO_LARGE,
                    "key: 1 to %d bytes, got %d".formatted(KEY_BYTES_MAX, key.length()));
        }
    }

    /// Refuses a value outside of the limits.
    public static void checkValue(Bytes value) {
        if (value.length() > VALUE_BYTES_MAX) {
            throw new NoriException.Malformed(
                    ErrorCode.VALUE_TOO_LARGE,
                    "value: at most %d bytes, got %d".formatted(VALUE_BYTES_MAX, value.length()));
        }
    }

    /// Refuses a time to live outside of the limits; none at all is [Request.Put#NO_TTL].
    public static void checkTtl(long millis) {
        if (millis < 1 || millis > TTL_MILLIS_MAX) {
            throw NoriException.invalid(
                    "ttl: 1 to %d ms, got %d".formatted(TTL_MILLIS_MAX, millis));
        }
    }
}
