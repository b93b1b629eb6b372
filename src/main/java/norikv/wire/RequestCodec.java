package norikv.wire;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.ReadBounds;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Version;

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
/// 7 SCAN_PART = shards ‖ as SCAN
/// 8 TOPOLOGY = nothing
/// 9 SHOW_REPLICA = shard varint
/// 10 MOVE_LEADER = shard varint ‖ node name
/// 11 HASH_SHARD = shard varint ‖ index varint
/// shards    = total_shards varint ‖ a bit for each, in whole bytes
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
    private static final int SCAN_PART = 7;
    private static final int TOPOLOGY = 8;
    private static final int SHOW_REPLICA = 9;
    private static final int MOVE_LEADER = 10;
    private static final int HASH_SHARD = 11;
    private static final int KIND_MAX = HASH_SHARD;

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
        int kind = in.u8();
        Parts.whole(in, "request");
        if (in.remaining() + in.position() - head > Limits.REQUEST_BYTES_MAX) {
            throw tooLarge(in.remaining() + in.position() - head);
        }
        Request request =
                switch (kind) {
                    case GET, PUT, DELETE -> single(in, kind);
                    case BATCH -> batch(in);
                    case SCAN -> scan(in, BoundsCodec.bounds(in));
                    case STATUS -> {
                        Parts.skipTagged(in);
                        yield new Request.Status();
                    }
                    case SCAN_PART -> {
                        ReadBounds bounds = BoundsCodec.bounds(in);
                        yield new Request.ScanPart(Parts.shards(in), scan(in, bounds));
                    }
                    case TOPOLOGY -> {
                        Parts.skipTagged(in);
                        yield new Request.Topology();
                    }
                    case SHOW_REPLICA, MOVE_LEADER, HASH_SHARD -> {
                        Parts.skipTagged(in);
                        yield ofShard(in, kind);
                    }
                    default ->
                            throw new NoriException.Malformed(
                                    ErrorCode.VERSION_UNSUPPORTED,
                                    "request kind: 1 to %d, got %d".formatted(KIND_MAX, kind));
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
            case Request.Get get ->
                    2 + BoundsCodec.bytesOf(get.bounds()) + Parts.bytesOf(get.key());
            case Request.Put put ->
                    1
                            + OnceCodec.bytesOf(put.once())
                            + bytesOf(put.condition())
                            + ByteWriter.varintLength(put.ttlMillis())
                            + Parts.bytesOf(put.key())
                            + Parts.bytesOf(put.value());
            case Request.Delete delete ->
                    1
                            + OnceCodec.bytesOf(delete.once())
                            + bytesOf(delete.condition())
                            + Parts.bytesOf(delete.key());
            case Request.Batch batch -> {
                long sum = 2 + ByteWriter.varintLength(batch.operations().size());
                for (Request.Single operation : batch.operations()) {
                    sum += bytesOf(operation);
                }
                yield (int) Math.min(sum, Integer.MAX_VALUE);
            }
            case Request.Scan scan -> bytesOf(scan);
            case Request.ScanPart(var shards, var scan) ->
                    Parts.bytesOf(shards) + bytesOf(scan);
            case Request.Status _, Request.Topology _ -> 2;
            case Request.ShowReplica(var shard) -> 2 + bytesOf(shard);
            case Request.MoveLeader(var shard, var to) ->
                    2 + bytesOf(shard) + Parts.bytesOf(Bytes.utf8(to.name()));
            case Request.HashShard(var shard, var index) ->
                    2 + bytesOf(shard) + ByteWriter.varintLength(index);
        };
    }

    private static int bytesOf(ShardId shard) {
        return ByteWriter.varintLength(shard.number());
    }

    private static int bytesOf(Request.Scan scan) {
        return 4
                + BoundsCodec.bytesOf(scan.maxStalenessMillis())
                + ByteWriter.varintLength(scan.limit())
                + ByteWriter.varintLength(scan.pageBytes())
                + Parts.bytesOf(scan.from())
                + Parts.bytesOf(scan.to())
                + Parts.bytesOf(scan.cursor());
    }

    private static void operation(ByteWriter out, Request request) {
        switch (request) {
            case Request.Get get -> {
                BoundsCodec.encode(out.u8(GET), get.bounds());
                out.u8(number(get.consistency())).lengthAndBytes(get.key());
            }
            case Request.Put put -> {
                out.u8(PUT);
                OnceCodec.encode(out, put.once());
                condition(out, put.condition());
                out.varint(put.ttlMillis()).lengthAndBytes(put.key()).lengthAndBytes(put.value());
            }
            case Request.Delete delete -> {
                out.u8(DELETE);
                OnceCodec.encode(out, delete.once());
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
                BoundsCodec.encode(out.u8(SCAN), scan.maxStalenessMillis());
                scan(out, scan);
            }
            case Request.Status _ -> head(out, STATUS);
            case Request.ScanPart(var shards, var scan) -> {
                BoundsCodec.encode(out.u8(SCAN_PART), scan.maxStalenessMillis());
                Parts.shards(out, shards);
                scan(out, scan);
            }
            case Request.Topology _ -> head(out, TOPOLOGY);
            case Request.ShowReplica(var shard) -> {
                head(out, SHOW_REPLICA);
                out.varint(shard.number());
            }
            case Request.MoveLeader(var shard, var to) -> {
                head(out, MOVE_LEADER);
                Parts.text(out.varint(shard.number()), to.name());
            }
            case Request.HashShard(var shard, var index) -> {
                head(out, HASH_SHARD);
                out.varint(shard.number()).varint(index);
            }
        }
    }

    private static void scan(ByteWriter out, Request.Scan scan) {
        out.u8(scan.reverse() ? REVERSE : 0);
        out.u8(number(scan.projection())).u8(number(scan.consistency()));
        out.varint(scan.limit()).varint(scan.pageBytes());
        out.lengthAndBytes(scan.from()).lengthAndBytes(scan.to());
        out.lengthAndBytes(scan.cursor());
    }

    private static void head(ByteWriter out, int kind) {
        out.u8(kind);
        Parts.noTagged(out);
    }

    private static Request.Single single(ByteReader in, int kind) {
        return switch (kind) {
            case GET -> {
                ReadBounds bounds = BoundsCodec.bounds(in);
                Consistency consistency = consistency(in);
                Bytes key = Parts.key(in);
                Parts.whole(in, "get");
                yield new Request.Get(key, consistency, bounds);
            }
            case PUT -> {
                Once once = OnceCodec.decode(in);
                Precondition condition = condition(in);
                long ttlMillis = Parts.number(in, "ttl_ms", Limits.TTL_MILLIS_MAX);
                Bytes key = Parts.key(in);
                Bytes value = Parts.value(in);
                Parts.whole(in, "put");
                yield new Request.Put(key, value, ttlMillis, condition, once);
            }
            case DELETE -> {
                Once once = OnceCodec.decode(in);
                Precondition condition = condition(in);
                Bytes key = Parts.key(in);
                Parts.whole(in, "delete");
                yield new Request.Delete(key, condition, once);
            }
            default ->
                    throw NoriException.invalid(
                            "operation of a batch: kind 1 to %d, got %d".formatted(DELETE, kind));
        };
    }

    private static Request.OfShard ofShard(ByteReader in, int kind) {
        var shard = new ShardId((int) Parts.number(in, "shard", Limits.SHARDS_MAX - 1));
        return switch (kind) {
            case SHOW_REPLICA -> new Request.ShowReplica(shard);
            case MOVE_LEADER -> {
                String to = Parts.text(in, "node");
                Parts.whole(in, "request");
                yield new Request.MoveLeader(shard, new NodeId(to));
            }
            default ->
                    new Request.HashShard(shard, Parts.number(in, "index", Long.MAX_VALUE));
        };
    }

    private static Request batch(ByteReader in) {
        Parts.skipTagged(in);
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
            int kind = in.u8();
            Parts.whole(in, "request");
            operations.add(single(in, kind));
        }
        return new Request.Batch(operations);
    }

    private static Request.Scan scan(ByteReader in, ReadBounds bounds) {
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
        if (!bounds.minVersion().equals(Version.NONE)) {
            throw NoriException.invalid(
                    "min_version: none of a scan, for it is a place of one shard, got "
                            + bounds.minVersion());
        }
        return new Request.Scan(
                from,
                to,
                limit,
                pageBytes,
                (flags & REVERSE) != 0,
                PROJECTIONS[projection],
                consistency,
                cursor,
                bounds.maxStalenessMillis());
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
