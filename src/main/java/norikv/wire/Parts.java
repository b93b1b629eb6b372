package norikv.wire;

import java.nio.charset.StandardCharsets;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.ShardSet;
import norikv.domain.Version;

/// The pieces that payloads are made of. A length is compared with its limit, then with what is
/// left of the payload, and only then believed; what is kept is copied once.
final class Parts {
    /// The longest bound of a range: one byte more than a key, so that "just after this key" fits.
    static final int BOUND_BYTES_MAX = Limits.KEY_BYTES_MAX + 1;

    /// The longest cursor.
    static final int CURSOR_BYTES_MAX = 16 << 10;

    /// The longest name, message or other text.
    static final int TEXT_BYTES_MAX = 1024;

    /// The most bytes of tagged fields of one operation or reply.
    static final int TAGGED_BYTES_MAX = 4096;

    private Parts() {}

    static Bytes key(ByteReader in) {
        long length = in.varint();
        if (length == 0 && !in.overrun()) {
            throw NoriException.invalid(
                    "key: 1 to %d bytes, got 0".formatted(Limits.KEY_BYTES_MAX));
        }
        if (tooLong(length, Limits.KEY_BYTES_MAX)) {
            throw new NoriException.Malformed(
                    ErrorCode.KEY_TOO_LARGE,
                    "key: 1 to %d bytes, got %s".formatted(Limits.KEY_BYTES_MAX, shown(length)));
        }
        return copy(in, (int) length);
    }

    static Bytes value(ByteReader in) {
        return atMost(in, "value", Limits.VALUE_BYTES_MAX, ErrorCode.VALUE_TOO_LARGE);
    }

    static Bytes bound(ByteReader in, String name) {
        return atMost(in, name, BOUND_BYTES_MAX, ErrorCode.KEY_TOO_LARGE);
    }

    static Bytes cursor(ByteReader in) {
        return atMost(in, "cursor", CURSOR_BYTES_MAX, ErrorCode.BAD_CURSOR);
    }

    static String text(ByteReader in, String name) {
        int length = length(in, name, TEXT_BYTES_MAX, ErrorCode.MALFORMED_FRAME);
        return in.bytes(length).toUtf8();
    }

    /// Writes `text` in UTF-8, cut at [#TEXT_BYTES_MAX] bytes.
    static void text(ByteWriter out, String text) {
        out.lengthAndBytes(cut(text, TEXT_BYTES_MAX));
    }

    /// {@return the first `bytesMax` bytes of `text` in UTF-8, whole characters only}
    static Bytes cut(String text, int bytesMax) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int end = Math.min(bytes.length, bytesMax);
        while (end < bytes.length && end > 0 && (bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return Bytes.wrap(bytes, 0, end);
    }

    static Version version(ByteReader in) {
        long term = number(in, "term", Long.MAX_VALUE);
        long index = number(in, "index", Long.MAX_VALUE);
        return term == 0 && index == 0 ? Version.NONE : new Version(term, index);
    }

    static void version(ByteWriter out, Version version) {
        out.varint(version.term()).varint(version.index());
    }

    static int bytesOf(Version version) {
        return ByteWriter.varintLength(version.term()) + ByteWriter.varintLength(version.index());
    }

    static ShardSet shards(ByteReader in) {
        int total = (int) number(in, "shards", Limits.SHARDS_MAX);
        Bytes bitmap = copy(in, (total + 7) / 8);
        whole(in, "shards");
        return ShardSet.ofBitmap(total, bitmap);
    }

    static void shards(ByteWriter out, ShardSet shards) {
        out.varint(shards.total()).bytes(shards.bitmap());
    }

    static int bytesOf(ShardSet shards) {
        return ByteWriter.varintLength(shards.total()) + (shards.total() + 7) / 8;
    }

    static int bytesOf(Bytes counted) {
        return ByteWriter.varintLength(counted.length()) + counted.length();
    }

    /// {@return a varint of 0 to `max`}
    static long number(ByteReader in, String name, long max) {
        long value = in.varint();
        if (value < 0 || value > max) {
            throw NoriException.invalid(
                    "%s: 0 to %d, got %s".formatted(name, max, Long.toUnsignedString(value)));
        }
        return value;
    }

    /// Passes over the tagged fields of an operation or a reply: `bytes varint`, then fields of
    /// `tag varint, length varint, length bytes`. None is known to this version: all are skipped.
    static void skipTagged(ByteReader in) {
        int bytes = length(in, "tagged", TAGGED_BYTES_MAX, ErrorCode.MALFORMED_FRAME);
        int end = in.position() + bytes;
        while (in.position() < end && !in.overrun()) {
            long tag = in.varint();
            int length = in.varintUpTo(TAGGED_BYTES_MAX);
            in.skip(length);
            if (tag == 0 || in.position() > end) {
                throw broken("tagged", in, "fields of tag 1 and up that end at byte " + end);
            }
        }
    }

    /// Takes the value of one tagged field.
    @FunctionalInterface
    interface TaggedField {
        void take(long tag, ByteReader value);
    }

    /// Shows every tagged field of an operation or a reply to `each`, which skips what it does not
    /// know.
    static void tagged(ByteReader in, TaggedField each) {
        int bytes = length(in, "tagged", TAGGED_BYTES_MAX, ErrorCode.MALFORMED_FRAME);
        int end = in.position() + bytes;
        while (in.position() < end && !in.overrun()) {
            long tag = in.varint();
            Bytes value = in.bytes(in.varintUpTo(TAGGED_BYTES_MAX));
            if (tag == 0 || in.position() > end || in.overrun()) {
                throw broken("tagged", in, "fields of tag 1 and up that end at byte " + end);
            }
            each.take(tag, ByteReader.of(value));
        }
    }

    /// {@return the text in the field `wanted` of the tagged fields, which are passed over; empty
    /// if it is not there}
    static String taggedText(ByteReader in, int wanted) {
        int bytes = length(in, "tagged", TAGGED_BYTES_MAX, ErrorCode.MALFORMED_FRAME);
        int end = in.position() + bytes;
        String found = "";
        while (in.position() < end && !in.overrun()) {
            long tag = in.varint();
            int length = in.varintUpTo(TAGGED_BYTES_MAX);
            if (tag == wanted && length <= TEXT_BYTES_MAX) {
                found = in.bytes(length).toUtf8();
            } else {
                in.skip(length);
            }
            if (tag == 0 || in.position() > end) {
                throw broken("tagged", in, "fields of tag 1 and up that end at byte " + end);
            }
        }
        return found;
    }

    /// Writes one tagged field, unless `text` is empty.
    static void taggedText(ByteWriter out, int tag, String text) {
        Bytes field = cut(text, TEXT_BYTES_MAX);
        if (field.isEmpty()) {
            noTagged(out);
        } else {
            out.varint(ByteWriter.varintLength(tag) + bytesOf(field));
            out.varint(tag).lengthAndBytes(field);
        }
    }

    static void noTagged(ByteWriter out) {
        out.u8(0);
    }

    /// Refuses a payload that ended too early.
    static void whole(ByteReader in, String what) {
        if (in.overrun()) {
            throw broken(what, in, "more bytes");
        }
    }

    /// Refuses a payload that ended too early or goes on too long.
    static void exactly(ByteReader in, String what) {
        whole(in, what);
        if (in.remaining() > 0) {
            throw broken(what, in, "the end");
        }
    }

    private static NoriException broken(String what, ByteReader in, String expected) {
        return new NoriException.Malformed(
                ErrorCode.MALFORMED_FRAME,
                "%s: %s at byte %d of the payload, got %s"
                        .formatted(
                                what,
                                expected,
                                in.position(),
                                in.overrun() ? "none" : in.remaining() + " bytes"));
    }

    private static Bytes atMost(ByteReader in, String name, int max, ErrorCode code) {
        return copy(in, length(in, name, max, code));
    }

    private static int length(ByteReader in, String name, int max, ErrorCode code) {
        long length = in.varint();
        if (tooLong(length, max)) {
            throw new NoriException.Malformed(
                    code, "%s: at most %d bytes, got %s".formatted(name, max, shown(length)));
        }
        return (int) length;
    }

    private static boolean tooLong(long length, int max) {
        return length < 0 || length > max;
    }

    private static String shown(long length) {
        return Long.toUnsignedString(length);
    }

    static Bytes copy(ByteReader in, int length) {
        Bytes shared = in.bytes(length);
        return Bytes.copyOf(shared.array(), shared.offset(), shared.length());
    }
}
