package norikv.kv;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Xxh64;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.Version;

/// Turns writes into commands of the log and back.
///
/// ```
/// command  = ""                            the entry that a term begins with
///          | format u8, kind u8, field*
/// format   = 1
/// kind     = 1 PUT | 2 DELETE | 3 TIME
/// field    = tag varint, length varint, length bytes; tags ascending, each at most once
///
/// tag  name        in            bytes
/// 1    key         PUT, DELETE   1 to 1024
/// 2    value       PUT           0 to 1048576
/// 3    ttl         PUT           varint milliseconds, at least 1; absent: lives for ever
/// 4    if_absent   PUT, DELETE   none
/// 5    if_version  PUT, DELETE   varint term, varint index; never together with if_absent
/// 6    session     PUT, DELETE   id (varint length, bytes), varint sequence,
///                                varint acknowledged, varint not_after milliseconds,
///                                varint sessions of a shard, varint bytes that they may take
/// 7    idempotency PUT, DELETE   u64 fingerprint, varint window milliseconds,
///                                varint bytes that a shard's may take, then the key, 1 to 255
/// ```
///
/// The fingerprint is the XXH64, seed 0, of the command up to tag 5.
///
/// Time is not in it: whoever leads the log stamps the entry beside its command.
///
/// **Errors.** Every replica must make the same of an entry, so nothing unknown is skipped: an
/// unknown format, kind or tag is [NoriException.Broken] and stops the group. A new one is proposed
/// only when all replicas know it. **Source.** `wire/files.md`, commands.
final class EntryFormat {
    private static final int FORMAT = 1;
    private static final int KIND_PUT = 1;
    private static final int KIND_DELETE = 2;
    private static final int KIND_TIME = 3;

    /// The command of a time entry.
    static final Bytes TIME = Bytes.wrap(new byte[] {FORMAT, KIND_TIME});

    private static final int KEY = 1;
    private static final int VALUE = 2;
    private static final int TTL = 3;
    private static final int IF_ABSENT = 4;
    private static final int IF_VERSION = 5;
    private static final int SESSION = 6;
    private static final int IDEMPOTENCY = 7;

    /// What a command is longer than its key and value, but for an idempotency key, at most.
    private static final int OVERHEAD_BYTES_MAX = 128;

    private static final Entry.Time TIME_ENTRY = new Entry.Time();
    private static final Entry.TermStart TERM_START = new Entry.TermStart();

    private EntryFormat() {}

    /// {@return the command that does `write`}
    ///
    /// @param terms on which it is remembered, if it is
    static Bytes encode(Request.Write write, OnceTerms terms) {
        ByteWriter out =
                switch (write) {
                    case Request.Put put -> encode(put);
                    case Request.Delete delete -> encode(delete);
                };
        condition(out, write.condition());
        once(out, write.once(), terms);
        return Bytes.wrap(out.array(), 0, out.length());
    }

    private static ByteWriter encode(Request.Put put) {
        var out = begin(KIND_PUT, put.key().length() + put.value().length());
        field(out, KEY, put.key());
        field(out, VALUE, put.value());
        if (put.ttlMillis() != Request.Put.NO_TTL) {
            out.varint(TTL).varint(ByteWriter.varintLength(put.ttlMillis()));
            out.varint(put.ttlMillis());
        }
        return out;
    }

    private static ByteWriter encode(Request.Delete delete) {
        var out = begin(KIND_DELETE, delete.key().length());
        field(out, KEY, delete.key());
        return out;
    }

    /// {@return what `command` asks for; keys and values share its memory}
    static Entry decode(Bytes command) {
        if (command.isEmpty()) {
            return TERM_START;
        }
        var in = ByteReader.of(command);
        int format = in.u8();
        int kind = in.u8();
        if (format != FORMAT) {
            throw broken("format", "1", format);
        }
        try {
            return switch (kind) {
                case KIND_PUT -> putOf(new Fields(in));
                case KIND_DELETE -> deleteOf(new Fields(in));
                case KIND_TIME -> timeOf(in);
                default -> throw broken("kind", "1 to 3", kind);
            };
        } catch (NoriException.Malformed e) {
            throw new NoriException.Broken(ErrorCode.INTERNAL, "entry: " + e.getMessage(), e);
        }
    }

    private static ByteWriter begin(int kind, int payloadBytes) {
        return new ByteWriter(payloadBytes + OVERHEAD_BYTES_MAX).u8(FORMAT).u8(kind);
    }

    private static void field(ByteWriter out, int tag, Bytes bytes) {
        out.varint(tag).lengthAndBytes(bytes);
    }

    private static void condition(ByteWriter out, Precondition condition) {
        switch (condition) {
            case Precondition.None _ -> {}
            case Precondition.IfAbsent _ -> field(out, IF_ABSENT, Bytes.EMPTY);
            case Precondition.IfVersion(Version at) -> {
                int length =
                        ByteWriter.varintLength(at.term()) + ByteWriter.varintLength(at.index());
                out.varint(IF_VERSION).varint(length).varint(at.term()).varint(at.index());
            }
        }
    }

    private static void once(ByteWriter out, Once once, OnceTerms terms) {
        long fingerprint =
                once.idempotencyKey().isEmpty() ? 0 : Xxh64.hash(out.array(), 0, out.length(), 0);
        Session session = once.session();
        if (!session.isNone()) {
            var field = new ByteWriter(64).lengthAndBytes(session.id());
            field.varint(session.sequence()).varint(session.acknowledged());
            field.varint(session.notAfterMillis());
            field.varint(terms.sessions().shardCountMax());
            field.varint(terms.sessions().shardBytesMax());
            field(out, SESSION, Bytes.wrap(field.array(), 0, field.length()));
        }
        if (!once.idempotencyKey().isEmpty()) {
            var field = new ByteWriter(288).i64(fingerprint);
            field.varint(terms.keys().windowMillis()).varint(terms.keys().shardBytesMax());
            field.bytes(once.idempotencyKey());
            field(out, IDEMPOTENCY, Bytes.wrap(field.array(), 0, field.length()));
        }
    }

    private static Entry.Put putOf(Fields fields) {
        if (!fields.hasValue) {
            throw broken("fields of a put", "a value", "none");
        }
        // The request's constructor knows the limits; a replica that sees others must stop.
        var put =
                new Request.Put(fields.key, fields.value, fields.ttlMillis, fields.condition);
        return new Entry.Put(
                put.key(),
                put.value(),
                put.ttlMillis(),
                put.condition(),
                fields.numbered,
                fields.keyed);
    }

    private static Entry.Delete deleteOf(Fields fields) {
        if (fields.hasValue || fields.ttlMillis != Request.Put.NO_TTL) {
            throw broken("fields of a delete", "key and condition", "more");
        }
        var delete = new Request.Delete(fields.key, fields.condition);
        return new Entry.Delete(
                delete.key(), delete.condition(), fields.numbered, fields.keyed);
    }

    private static Entry.Time timeOf(ByteReader in) {
        if (in.remaining() > 0) {
            throw broken("length of a time entry", 2, 2 + in.remaining());
        }
        return TIME_ENTRY;
    }

    private static NoriException.Broken broken(String what, Object expected, Object found) {
        return new NoriException.Broken(
                ErrorCode.INTERNAL,
                "entry: %s: expected %s, got %s".formatted(what, expected, found));
    }

    /// The fields of a put or a delete, read in one go.
    private static final class Fields {
        private Bytes key = Bytes.EMPTY;
        private Bytes value = Bytes.EMPTY;
        private boolean hasValue;
        private long ttlMillis = Request.Put.NO_TTL;
        private Precondition condition = Precondition.NONE;
        private Numbered numbered = Numbered.NONE;
        private Keyed keyed = Keyed.NONE;

        Fields(ByteReader in) {
            int next = KEY;
            while (in.remaining() > 0 && !in.overrun()) {
                int tag = in.varintUpTo(Integer.MAX_VALUE);
                Bytes bytes = in.lengthAndBytes();
                if (in.overrun()) {
                    break;
                }
                if (tag < next || tag > IDEMPOTENCY) {
                    throw broken("tag", next + " to " + IDEMPOTENCY, tag);
                }
                take(tag, bytes);
                next = tag + 1;
            }
            if (in.overrun()) {
                throw broken("fields", "whole ones", "a cut or overlong one");
            }
        }

        private void take(int tag, Bytes bytes) {
            switch (tag) {
                case KEY -> key = bytes;
                case VALUE -> {
                    value = bytes;
                    hasValue = true;
                }
                case TTL -> ttlMillis = ttlOf(bytes);
                case IF_ABSENT -> condition = ifAbsentOf(bytes);
                case IF_VERSION -> condition = ifVersionOf(bytes);
                case SESSION -> numbered = numberedOf(bytes);
                case IDEMPOTENCY -> keyed = keyedOf(bytes);
                default -> throw broken("tag", "1 to 7", tag);
            }
        }

        private static Numbered numberedOf(Bytes bytes) {
            var in = ByteReader.of(bytes);
            Bytes id = in.lengthAndBytes();
            long sequence = in.varint();
            long acknowledged = in.varint();
            long notAfterMillis = in.varint();
            // Entries of before there were bounds have none.
            boolean isBounded = in.remaining() > 0;
            long countMax = isBounded ? in.varint() : SessionTerms.SHARD_COUNT_MAX;
            long bytesMax = isBounded ? in.varint() : SessionTerms.SHARD_BYTES_MAX;
            checkWhole("session", in);
            if (id.isEmpty()) {
                throw broken("session", "an id", "none");
            }
            var session = new Session(id, sequence, acknowledged, notAfterMillis);
            return new Numbered(session, new SessionTerms(countOf(countMax), bytesMax));
        }

        private static int countOf(long countMax) {
            if (countMax < 0 || countMax > SessionTerms.SHARD_COUNT_MAX) {
                throw broken("sessions", "0 to " + SessionTerms.SHARD_COUNT_MAX, countMax);
            }
            return (int) countMax;
        }

        private static Keyed keyedOf(Bytes bytes) {
            var in = ByteReader.of(bytes);
            long fingerprint = in.i64();
            var terms = new KeyTerms(in.varint(), in.varint());
            Bytes key = in.bytes(in.remaining());
            checkWhole("idempotency", in);
            if (key.isEmpty() || key.length() > Once.KEY_BYTES_MAX) {
                throw broken("idempotency key", "1 to 255 bytes", key.length());
            }
            return new Keyed(key, fingerprint, terms);
        }

        private static long ttlOf(Bytes bytes) {
            var in = ByteReader.of(bytes);
            long millis = in.varint();
            checkWhole("ttl", in);
            if (millis == Request.Put.NO_TTL) {
                throw broken("ttl", "at least 1 ms", millis);
            }
            return millis;
        }

        private static Precondition ifAbsentOf(Bytes bytes) {
            checkWhole("if_absent", ByteReader.of(bytes));
            return Precondition.IF_ABSENT;
        }

        private Precondition ifVersionOf(Bytes bytes) {
            if (condition != Precondition.NONE) {
                throw broken("conditions", "at most one", "two");
            }
            var in = ByteReader.of(bytes);
            var required = new Version(in.varint(), in.varint());
            checkWhole("if_version", in);
            return new Precondition.IfVersion(required);
        }

        private static void checkWhole(String field, ByteReader in) {
            if (in.overrun() || in.remaining() > 0) {
                throw broken(field, "its own bytes, no more and no less", "others");
            }
        }
    }
}
