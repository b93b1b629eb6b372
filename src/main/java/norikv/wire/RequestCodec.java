package norikv.wire;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Request;

/// What stands in a [FrameType#REQUEST]: the caller's remaining time, then one operation.
///
/// ```
/// request   = deadline_ms varint ‖ operation
/// operation = kind u8 ‖ tagged ‖ body
/// tagged    = bytes varint ‖ { tag varint ‖ length varint ‖ length bytes }
/// 1 GET     = consistency u8 ‖ key
/// 2 PUT     = condition ‖ ttl_ms varint ‖ key ‖ value
/// 3 DELETE  = condition ‖ key
/// 4 BATCH   = count varint ‖ count operations, each 1, 2 or 3
/// 5 SCAN    = flags u8 (bit 0: reverse) ‖ projection u8 ‖ consistency u8 ‖ limit varint
///             ‖ page_bytes varint ‖ from ‖ to ‖ cursor
/// 6 STATUS  = nothing
/// condition = 0 | 1 (if absent) | 2 ‖ term varint ‖ index varint (if version)
/// key, value, from, to, cursor = length varint ‖ bytes
/// ```
///
/// **Limits.** Those of [Limits]; each error names limit and value. Decoding allocates the domain
/// objects and one copy of each byte string, never more than the payload is long. **Errors.** A
/// payload that does not decode throws [NoriException.Malformed]: the framing is intact, so it is
/// answered on its request id and the connection goes on. **Source.** `wire/requests.md`.
public final class RequestCodec {
    /// The longest time that a caller may say it waits.
    public static final long DEADLINE_MILLIS_MAX = 3_600_000;

    private static final int GET = 1;
    private static final int PUT = 2;
    private static final int DELETE = 3;
    private static final int BATCH = 4;
    private static final int SCAN = 5;
    private static final int STATUS = 6;

    private static final int REVERSE = 1;

    private static final Consistency[] CONSISTENCIES = {
        Consistency.LINEARIZABLE, Consistency.LEASE, Consistency.STALE
    };
    private static final Request.Projection[] PROJECTIONS = {
        Request.Projection.ITEMS, Request.Projection.KEYS, Request.Projection.COUNT
    };

    private RequestCodec() {}

    /// A decoded request.
    ///
    /// @param deadlineMillis how long its caller waits from now on; 0: no longer
    public record Asked(long deadlineMillis, Request request) {}

    /// Writes a whole frame at the end of `out`, which has room for [Frame#BYTES_MAX] more.
    ///
    /// @param deadlineMillis 0 to [#DEADLINE_MILLIS_MAX]
    public static void encode(
            ByteWriter out, long requestId, long deadlineMillis, Request request) {
        assert deadlineMillis >= 0 && deadlineMillis <= DEADLINE_MILLIS_MAX : deadlineMillis;
        int frame = Frame.begin(out, FrameType.REQUEST, requestId);
        out.varint(deadlineMillis);
        operation(out, request);
        Frame.end(out, frame);
    }

    /// {@return the request in the payload `in`}
    public static Asked decode(ByteReader in) {
        long deadlineMillis = Parts.number(in, "deadline_ms", DEADLINE_MILLIS_MAX);
        int head = in.position();
        int kind = kind(in);
        if (in.remaining() + in.position() - head > Limits.REQUEST_BYTES_MAX) {
            throw tooLarge(in.remaining() + in.position() - head);
        }
        Request request =
                switch (kind) {
                    case GET, PUT, DELETE -> single(in, kind);
                    case BATCH -> batch(in);
                    case SCAN -> scan(in);
                    case STATUS -> new Request.Status();
                    default ->
                            throw new NoriException.Malformed(
                                    ErrorCode.VERSION_UNSUPPORTED,
                                    "request kind: 1 to %d, got %d".formatted(STATUS, kind));
                };
        Parts.exactly(in, "request");
        return new Asked(deadlineMillis, request);
    }

    /// Refuses a request that is too large to be sent: a batch whose operations are large together.
    public static void checkSize(Request request) {
        int bytes = bytesOf(request);
        if (bytes > Limits.REQUEST_BYTES_MAX) {
            throw tooLarge(bytes);
        }
    }

    /// {@return how many bytes the operation `request` takes in a payload} Saturates at
    /// [Integer#MAX_VALUE].
    public static int bytesOf(Request request) {
        return switch (request) {
            case Request.Get get -> 3 + Parts.bytesOf(get.key());
            case Request.Put put ->
                    2
                            + bytesOf(put.condition())
                            + ByteWriter.varintLength(put.ttlMillis())
                            + Parts.bytesOf(put.key())
                            + Parts.bytesOf(put.value());
            case Request.Delete delete ->
                    2 + bytesOf(delete.condition()) + Parts.bytesOf(delete.key());
            case Request.Batch batch -> {
                long sum = 2 + ByteWriter.varintLength(batch.operations().size());
                for (Request.Single operation : batch.operations()) {
                    sum += bytesOf(operation);
                }
                yield (int) Math.min(sum, Integer.MAX_VALUE);
            }
            case Request.Scan scan ->
                    5
                            + ByteWriter.varintLength(scan.limit())
                            + ByteWriter.varintLength(scan.pageBytes())
                            + Parts.bytesOf(scan.from())
                            + Parts.bytesOf(scan.to())
                            + Parts.bytesOf(scan.cursor());
            case Request.Status _ -> 2;
        };
    }

    private static void operation(ByteWriter out, Request request) {
        switch (request) {
            case Request.Get get -> {
                head(out, GET);
                out.u8(number(get.consistency())).lengthAndBytes(get.key());
            }
            case Request.Put put -> {
                head(out, PUT);
                condition(out, put.condition());
                out.varint(put.ttlMillis()).lengthAndBytes(put.key()).lengthAndBytes(put.value());
            }
            case Request.Delete delete -> {
                head(out, DELETE);
                condition(out, delete.condition());
                out.lengthAndBytes(delete.key());
            }
            case Request.Batch batch -> {
                head(out, BATCH);
                out.varint(batch.operations().size());
                for (Request.Single operation : batch.operations()) {
                    operation(out, operation);
                }
            }
            case Request.Scan scan -> {
                head(out, SCAN);
                out.u8(scan.reverse() ? REVERSE : 0);
                out.u8(number(scan.projection())).u8(number(scan.consistency()));
                out.varint(scan.limit()).varint(scan.pageBytes());
                out.lengthAndBytes(scan.from()).lengthAndBytes(scan.to());
                out.lengthAndBytes(scan.cursor());
            }
            case Request.Status _ -> head(out, STATUS);
        }
    }

    private static void head(ByteWriter out, int kind) {
        out.u8(kind);
        Parts.noTagged(out);
    }

    private static int kind(ByteReader in) {
        int kind = in.u8();
        Parts.whole(in, "request");
        Parts.skipTagged(in);
        return kind;
    }

    private static Request.Single single(ByteReader in, int kind) {
        return switch (kind) {
            case GET -> {
                Consistency consistency = consistency(in);
                Bytes key = Parts.key(in);
                Parts.whole(in, "get");
                yield new Request.Get(key, consistency);
            }
            case PUT -> {
                Precondition condition = condition(in);
                long ttlMillis = Parts.number(in, "ttl_ms", Limits.TTL_MILLIS_MAX);
                Bytes key = Parts.key(in);
                Bytes value = Parts.value(in);
                Parts.whole(in, "put");
                yield new Request.Put(key, value, ttlMillis, condition);
            }
            case DELETE -> {
                Precondition condition = condition(in);
                Bytes key = Parts.key(in);
                Parts.whole(in, "delete");
                yield new Request.Delete(key, condition);
            }
            default ->
                    throw NoriException.invalid(
                            "operation of a batch: kind 1 to %d, got %d".formatted(DELETE, kind));
        };
    }

    private static Request batch(ByteReader in) {
        long count = in.varint();
        if (count < 0 || count > Limits.BATCH_OPERATIONS_MAX) {
            throw NoriException.invalid(
                    "batch: at most %d operations, got %s"
                            .formatted(
                                    Limits.BATCH_OPERATIONS_MAX, Long.toUnsignedString(count)));
        }
        // No operation is shorter than four bytes, so a false count reserves nothing.
        List<Request.Single> operations =
                new ArrayList<>((int) Math.min(count, in.remaining() / 4));
        for (int i = 0; i < count; i++) {
            operations.add(single(in, kind(in)));
        }
        return new Request.Batch(operations);
    }

    private static Request scan(ByteReader in) {
        int flags = in.u8();
        if ((flags & ~REVERSE) != 0) {
            throw NoriException.invalid("scan flags: 0 or 1, got " + flags);
        }
        int projection = in.u8();
        if (projection >= PROJECTIONS.length) {
            throw NoriException.invalid("projection: 0 to 2, got " + projection);
        }
        Consistency consistency = consistency(in);
        int limit = (int) Parts.number(in, "limit", Integer.MAX_VALUE);
        int pageBytes = (int) Parts.number(in, "page_bytes", Integer.MAX_VALUE);
        Bytes from = Parts.bound(in, "from");
        Bytes to = Parts.bound(in, "to");
        Bytes cursor = Parts.cursor(in);
        Parts.whole(in, "scan");
        return new Request.Scan(
                from,
                to,
                limit,
                pageBytes,
                (flags & REVERSE) != 0,
                PROJECTIONS[projection],
                consistency,
                cursor);
    }

    private static Consistency consistency(ByteReader in) {
        int number = in.u8();
        if (number >= CONSISTENCIES.length) {
            throw NoriException.invalid(
                    "consistency: 0 (linearizable), 1 (lease) or 2 (stale), got " + number);
        }
        return CONSISTENCIES[number];
    }

    private static int number(Consistency consistency) {
        return switch (consistency) {
            case LINEARIZABLE -> 0;
            case LEASE -> 1;
            case STALE -> 2;
        };
    }

    private static int number(Request.Projection projection) {
        return switch (projection) {
            case ITEMS -> 0;
            case KEYS -> 1;
            case COUNT -> 2;
        };
    }

    private static Precondition condition(ByteReader in) {
        int number = in.u8();
        return switch (number) {
            case 0 -> Precondition.NONE;
            case 1 -> Precondition.IF_ABSENT;
            case 2 -> new Precondition.IfVersion(Parts.version(in));
            default ->
                    throw NoriException.invalid(
                            "condition: 0 (none), 1 (if absent) or 2 (if version), got " + number);
        };
    }

    private static void condition(ByteWriter out, Precondition condition) {
        switch (condition) {
            case Precondition.None _ -> out.u8(0);
            case Precondition.IfAbsent _ -> out.u8(1);
            case Precondition.IfVersion(var required) -> Parts.version(out.u8(2), required);
        }
    }

    private static int bytesOf(Precondition condition) {
        return condition instanceof Precondition.IfVersion(var required)
                ? 1 + Parts.bytesOf(required)
                : 1;
    }

    private static NoriException tooLarge(long bytes) {
        return new NoriException.Malformed(
                ErrorCode.REQUEST_TOO_LARGE,
                "request: at most %d bytes, got %d".formatted(Limits.REQUEST_BYTES_MAX, bytes));
    }
}
