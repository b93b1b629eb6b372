package norikv.kv;

import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.port.Storage;

/// How much the idempotency keys of a shard take, and until when: kept with the keys, so that every
/// replica refuses the same ones.
///
/// ```
/// record = format u8 (1), count varint, count × (step varint, bytes varint)
/// step   = how far the end, milliseconds of log time, is after the one before, or after 0
/// bytes  = of the keys that expire before that end and after the one before
/// ```
///
/// A key counts until the end of the sixteenth of a window in which it expires. **Limits.**
/// [#ENDS_MAX] ends: what is more, after the window was made shorter again and again, counts
/// longer. **Source.** `wire/files.md`.
///
/// @param bytesByEnd in order of ends
record KeyBooks(TreeMap<Long, Long> bytesByEnd) {
    /// The most ends.
    static final int ENDS_MAX = 64;

    /// What a key takes beyond its own bytes and its record's.
    static final int KEY_OVERHEAD_BYTES = 48;

    /// Where a shard keeps it: no idempotency key is empty.
    static final Row ROW = new Row(Storage.Space.IDEMPOTENCY, Bytes.hex("00"));

    private static final int FORMAT = 1;
    private static final int PARTS = 16;

    static KeyBooks empty() {
        return new KeyBooks(new TreeMap<>());
    }

    static KeyBooks decode(Bytes value) {
        var in = ByteReader.of(value);
        int format = in.u8();
        int count = in.varintUpTo(ENDS_MAX);
        var books = empty();
        long end = 0;
        for (int i = 0; i < count; i++) {
            end += in.varint();
            books.bytesByEnd.put(end, in.varint());
        }
        if (format != FORMAT
                || in.overrun()
                || in.remaining() > 0
                || books.bytesByEnd.size() != count) {
            throw OutcomeFormat.broken("books of format 1 that are whole, got others");
        }
        return books;
    }

    Bytes encode() {
        var out = new ByteWriter(16 + 16 * bytesByEnd.size());
        out.u8(FORMAT).varint(bytesByEnd.size());
        long before = 0;
        for (Map.Entry<Long, Long> part : bytesByEnd.entrySet()) {
            out.varint(part.getKey() - before).varint(part.getValue());
            before = part.getKey();
        }
        return out.toBytes();
    }

    /// {@return what the keys take that are not expired at a log time}
    long bytesAt(long logTimeMillis) {
        long bytes = 0;
        for (long part : bytesByEnd.tailMap(logTimeMillis, false).values()) {
            bytes += part;
        }
        return bytes;
    }

    /// {@return when the last key is expired}
    long endMillis() {
        return bytesByEnd.lastKey();
    }

    /// {@return the books with one key more}
    KeyBooks with(long bytes, long expiresAtMillis, long windowMillis, long logTimeMillis) {
        long part = Math.max(1, windowMillis / PARTS);
        long end = Math.ceilDiv(expiresAtMillis, part) * part;
        var live = new TreeMap<>(bytesByEnd.tailMap(logTimeMillis, false));
        live.merge(end, bytes, Long::sum);
        if (live.size() > ENDS_MAX) {
            long first = live.pollFirstEntry().getValue();
            live.merge(live.firstKey(), first, Long::sum);
        }
        return new KeyBooks(live);
    }
}
