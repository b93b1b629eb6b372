package norikv.client;

import java.time.Duration;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.ReadBounds;

/// What one scan covers and how it is done. Begin with [#prefix(String)], [#range] or [#all()].
///
/// @param from the least key; empty: from the first
/// @param to the least key beyond; empty: to the last
/// @param limit the most items wanted, 1 or more
/// @param pageBytes the most bytes of keys and values that one page brings, about
/// @param keysOnly whether values stay behind
/// @param cursor where an earlier scan of the same range ended, from [Scan#cursor()]; empty: begin
/// @param deadline how long each page may take
/// @param maxStalenessMillis how old a stale scan may be, as [#withMaxStaleness] says;
///     [ReadBounds#ANY_AGE]: as it comes
public record ScanOptions(
        Bytes from,
        Bytes to,
        long limit,
        int pageBytes,
        boolean reverse,
        boolean keysOnly,
        String cursor,
        Consistency consistency,
        Duration deadline,
        long maxStalenessMillis) {

    private static final int PAGE_BYTES = 256 << 10;

    public ScanOptions {
        ClientOptions.checkDeadline("deadline", deadline);
        if (limit < 1) {
            throw NoriException.invalid("limit: at least 1, got " + limit);
        }
        if (pageBytes < 1 || pageBytes > Limits.REQUEST_BYTES_MAX) {
            throw NoriException.invalid(
                    "page_bytes: 1 to %d, got %d".formatted(Limits.REQUEST_BYTES_MAX, pageBytes));
        }
        if (maxStalenessMillis < 0) {
            throw NoriException.invalid(
                    "max_staleness: 0 ms or more, got " + maxStalenessMillis);
        }
        CursorText.parse(cursor);
    }

    /// {@return every key there is, linearizable, 5 s a page}
    public static ScanOptions all() {
        return new ScanOptions(
                Bytes.EMPTY,
                Bytes.EMPTY,
                Long.MAX_VALUE,
                PAGE_BYTES,
                false,
                false,
                "",
                Consistency.LINEARIZABLE,
                ClientOptions.defaults().deadline(),
                ReadBounds.ANY_AGE);
    }

    /// {@return every key that begins with `prefix`}
    public static ScanOptions prefix(Bytes prefix) {
        return all().withPrefix(prefix);
    }

    /// {@return every key that begins with `prefix` in UTF-8}
    public static ScanOptions prefix(String prefix) {
        return prefix(Bytes.utf8(prefix));
    }

    /// {@return every key of `[from, to)`; an empty bound is no bound}
    public static ScanOptions range(Bytes from, Bytes to) {
        return all().withRange(from, to);
    }

    public ScanOptions withPrefix(Bytes prefix) {
        return withRange(prefix, prefix.prefixEnd());
    }

    public ScanOptions withRange(Bytes least, Bytes beyond) {
        return new ScanOptions(
                least,
                beyond,
                limit,
                pageBytes,
                reverse,
                keysOnly,
                cursor,
                consistency,
                deadline,
                maxStalenessMillis);
    }

    public ScanOptions withLimit(long items) {
        return new ScanOptions(
                from,
                to,
                items,
                pageBytes,
                reverse,
                keysOnly,
                cursor,
                consistency,
                deadline,
                maxStalenessMillis);
    }

    public ScanOptions withPageBytes(int bytes) {
        return new ScanOptions(
                from,
                to,
                limit,
                bytes,
                reverse,
                keysOnly,
                cursor,
                consistency,
                deadline,
                maxStalenessMillis);
    }

    /// {@return these, from the greatest key to the least}
    public ScanOptions withReverse() {
        return new ScanOptions(
                from,
                to,
                limit,
                pageBytes,
                true,
                keysOnly,
                cursor,
                consistency,
                deadline,
                maxStalenessMillis);
    }

    public ScanOptions withKeysOnly() {
        return new ScanOptions(
                from,
                to,
                limit,
                pageBytes,
                reverse,
                true,
                cursor,
                consistency,
                deadline,
                maxStalenessMillis);
    }

    public ScanOptions withCursor(String text) {
        return new ScanOptions(
                from,
                to,
                limit,
                pageBytes,
                reverse,
                keysOnly,
                text,
                consistency,
                deadline,
                maxStalenessMillis);
    }

    public ScanOptions withConsistency(Consistency level) {
        return new ScanOptions(
                from,
                to,
                limit,
                pageBytes,
                reverse,
                keysOnly,
                cursor,
                level,
                deadline,
                maxStalenessMillis);
    }

    /// {@return these, and a stale scan sees in each shard all that was acknowledged longer ago
    /// than `most` before the page was read}
    ///
    /// Judged by the clocks of the nodes, and exact as far as they agree. Of a shard whose replica
    /// cannot be sure the leader gives the page, or the scan fails. There is no least version of a
    /// scan: a version is a place of one shard.
    public ScanOptions withMaxStaleness(Duration most) {
        return new ScanOptions(
                from,
                to,
                limit,
                pageBytes,
                reverse,
                keysOnly,
                cursor,
                consistency,
                deadline,
                most.toMillis());
    }

    public ScanOptions withDeadline(Duration limitOfAPage) {
        return new ScanOptions(
                from,
                to,
                limit,
                pageBytes,
                reverse,
                keysOnly,
                cursor,
                consistency,
                limitOfAPage,
                maxStalenessMillis);
    }
}
