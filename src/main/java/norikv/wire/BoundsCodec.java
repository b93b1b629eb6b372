package norikv.wire;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.Age;
import norikv.domain.ReadBounds;
import norikv.domain.Version;

/// How fresh a read must be, as tagged fields of a GET or a SCAN, and how old what it saw is, as
/// tagged fields of its answer.
///
/// ```
/// in GET:               6 min version = version   8 max staleness = ms varint
/// in SCAN, SCAN_PART:                             8 max staleness = ms varint
/// in FOUND, MISSING:    6 applied     = version   7 behind        = ms varint
/// in PAGE, PAGE_PART:                             7 behind        = ms varint
/// ```
///
/// **Limits.** An age takes [norikv.domain.Limits#AGE_BYTES_MAX] bytes at most. **Source.**
/// `wire/requests.md`.
final class BoundsCodec {
    private BoundsCodec() {}

    static int bytesOf(ReadBounds bounds) {
        return withLength(fieldsOf(bounds));
    }

    /// {@return what the tagged fields of a scan take}
    static int bytesOf(long maxStalenessMillis) {
        return bytesOf(new ReadBounds(Version.NONE, maxStalenessMillis));
    }

    /// {@return what the tagged fields of a page take}
    static int bytesOfBehind(long behindMillis) {
        return withLength(behindMillis == 0 ? 0 : 2 + ByteWriter.varintLength(behindMillis));
    }

    static int bytesOf(Age age) {
        return withLength(fieldsOf(age));
    }

    private static int withLength(int fields) {
        return ByteWriter.varintLength(fields) + fields;
    }

    private static int fieldsOf(ReadBounds bounds) {
        int bytes = 0;
        if (!bounds.minVersion().equals(Version.NONE)) {
            bytes += 2 + Parts.bytesOf(bounds.minVersion());
        }
        if (bounds.maxStalenessMillis() != ReadBounds.ANY_AGE) {
            bytes += 2 + ByteWriter.varintLength(bounds.maxStalenessMillis());
        }
        return bytes;
    }

    private static int fieldsOf(Age age) {
        return age == Age.NONE || age.equals(Age.NONE)
                ? 0
                : 4 + Parts.bytesOf(age.applied()) + ByteWriter.varintLength(age.behindMillis());
    }

    static void encode(ByteWriter out, ReadBounds bounds) {
        out.varint(fieldsOf(bounds));
        if (!bounds.minVersion().equals(Version.NONE)) {
            version(out, Tag.MIN_VERSION, bounds.minVersion());
        }
        if (bounds.maxStalenessMillis() != ReadBounds.ANY_AGE) {
            number(out, Tag.MAX_STALENESS_MILLIS, bounds.maxStalenessMillis());
        }
    }

    static void encode(ByteWriter out, long maxStalenessMillis) {
        encode(out, new ReadBounds(Version.NONE, maxStalenessMillis));
    }

    static void encodeBehind(ByteWriter out, long behindMillis) {
        out.varint(bytesOfBehind(behindMillis) - 1);
        if (behindMillis != 0) {
            number(out, Tag.BEHIND_MILLIS, behindMillis);
        }
    }

    static void encode(ByteWriter out, Age age) {
        int fields = fieldsOf(age);
        out.varint(fields);
        if (fields > 0) {
            version(out, Tag.APPLIED_VERSION, age.applied());
            number(out, Tag.BEHIND_MILLIS, age.behindMillis());
        }
    }

    private static void version(ByteWriter out, int tag, Version version) {
        out.varint(tag).varint(Parts.bytesOf(version));
        Parts.version(out, version);
    }

    private static void number(ByteWriter out, int tag, long number) {
        out.varint(tag).varint(ByteWriter.varintLength(number)).varint(number);
    }

    /// {@return what the tagged fields of a GET or a scan say} Passes over all of them.
    static ReadBounds bounds(ByteReader in) {
        var fields = new Bounds();
        Parts.tagged(in, fields);
        return fields.minVersion == Version.NONE && fields.maxStalenessMillis == ReadBounds.ANY_AGE
                ? ReadBounds.NONE
                : new ReadBounds(fields.minVersion, fields.maxStalenessMillis);
    }

    private static final class Bounds implements Parts.TaggedField {
        private Version minVersion = Version.NONE;
        private long maxStalenessMillis = ReadBounds.ANY_AGE;

        @Override
        public void take(long tag, ByteReader value) {
            if (tag == Tag.MIN_VERSION) {
                minVersion = Parts.version(value);
                Parts.exactly(value, "min version");
            } else if (tag == Tag.MAX_STALENESS_MILLIS) {
                maxStalenessMillis = Parts.number(value, "max staleness", Long.MAX_VALUE);
                Parts.exactly(value, "max staleness");
            }
        }
    }

    /// The tagged fields of a reply.
    static final class Answer implements Parts.TaggedField {
        private String leader = "";
        private Version applied = Version.NONE;
        private long behindMillis;

        /// {@return what the tagged fields of a reply say} Passes over all of them.
        static Answer read(ByteReader in) {
            var fields = new Answer();
            Parts.tagged(in, fields);
            return fields;
        }

        @Override
        public void take(long tag, ByteReader value) {
            if (tag == Tag.LEADER_HINT && value.remaining() <= Parts.TEXT_BYTES_MAX) {
                leader = value.bytes(value.remaining()).toUtf8();
            } else if (tag == Tag.APPLIED_VERSION) {
                applied = Parts.version(value);
                Parts.exactly(value, "applied");
            } else if (tag == Tag.BEHIND_MILLIS) {
                behindMillis = Parts.number(value, "behind", Long.MAX_VALUE);
                Parts.exactly(value, "behind");
            }
        }

        String leader() {
            return leader;
        }

        long behindMillis() {
            return behindMillis;
        }

        Age age() {
            return applied == Version.NONE && behindMillis == 0
                    ? Age.NONE
                    : new Age(applied, behindMillis);
        }
    }
}
