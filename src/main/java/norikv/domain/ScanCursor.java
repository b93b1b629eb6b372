package norikv.domain;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;

/// Where a scan goes on, in every shard alike. It names a key and nothing else, so it holds
/// whoever leads what, and whoever asks.
///
/// ```
/// format     u8      1
/// direction  u8      0 forwards, 1 backwards
/// key        bytes   forwards: the least key still to come; backwards: the least key seen
/// crc        i32     CRC-32C of all before
/// ```
///
/// **Limits.** The key is at most one byte longer than a key may be: a successor. **Source.**
/// `wire/requests.md`.
///
/// @param key empty: forwards from the first key, backwards from the last
public record ScanCursor(boolean reverse, Bytes key) {
    /// The longest cursor.
    public static final int BYTES_MAX = 2 + Limits.KEY_BYTES_MAX + 1 + 4;

    private static final int FORMAT = 1;
    private static final int BYTES_MIN = 2 + 4;

    /// {@return where `scan` begins}
    ///
    /// **Errors.** [NoriException.Malformed] with `BAD_CURSOR` when its cursor is none, or one of a
    /// scan in the other direction or of another range.
    public static ScanCursor of(Request.Scan scan) {
        if (scan.cursor().isEmpty()) {
            return new ScanCursor(scan.reverse(), scan.reverse() ? scan.to() : scan.from());
        }
        ScanCursor cursor = decode(scan.cursor());
        cursor.checkOf(scan);
        return cursor;
    }

    public Bytes encode() {
        var out = new ByteWriter(BYTES_MIN + key.length());
        out.u8(FORMAT).u8(reverse ? 1 : 0).bytes(key);
        out.i32(Crc32c.of(out.array(), 0, out.length()));
        return out.toBytes();
    }

    /// {@return the cursor in `bytes`}
    ///
    /// **Errors.** [NoriException.Malformed] with `BAD_CURSOR` when they are none.
    public static ScanCursor decode(Bytes bytes) {
        if (bytes.length() < BYTES_MIN || bytes.length() > BYTES_MAX) {
            throw bad("length", BYTES_MIN + " to " + BYTES_MAX, bytes.length());
        }
        var in = ByteReader.of(bytes);
        int format = in.u8();
        int direction = in.u8();
        Bytes key = in.bytes(in.remaining() - 4);
        int crc = Crc32c.of(bytes.array(), bytes.offset(), bytes.length() - 4);
        if (in.i32() != crc) {
            throw bad("checksum", "its own", "another");
        }
        if (format != FORMAT || direction > 1) {
            throw bad("format and direction", "1 and 0 or 1", format + " and " + direction);
        }
        return new ScanCursor(direction == 1, key.compact());
    }

    private void checkOf(Request.Scan scan) {
        if (reverse != scan.reverse()) {
            throw bad("direction", scan.reverse() ? "backwards" : "forwards", "the other");
        }
        boolean isUnbounded = reverse && key.isEmpty();
        boolean inRange =
                isUnbounded
                        ? scan.to().isEmpty()
                        : key.compareTo(scan.from()) >= 0
                                && (scan.to().isEmpty() || key.compareTo(scan.to()) <= 0);
        if (!inRange) {
            throw bad("key", "inside of the range", "one outside");
        }
    }

    private static NoriException.Malformed bad(String what, Object expected, Object found) {
        return new NoriException.Malformed(
                ErrorCode.BAD_CURSOR,
                "cursor: %s: expected %s, got %s".formatted(what, expected, found));
    }
}
