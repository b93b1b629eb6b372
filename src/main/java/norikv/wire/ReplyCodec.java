package norikv.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;

/// What stands in a [FrameType#REPLY] and a [FrameType#GOAWAY].
///
/// ```
/// reply      = kind u8 ‖ tagged ‖ body
/// 1 WRITTEN  = version
/// 2 DELETED  = existed u8 ‖ version
/// 3 FOUND    = version ‖ expires_at_ms varint ‖ value
/// 4 MISSING  = nothing
/// 5 MISMATCH = version
/// 6 BATCHED  = count varint ‖ count replies, each 1 to 5 or 9
/// 7 PAGE     = count varint ‖ items varint ‖ items × item ‖ cursor
/// 8 STATUS   = facts varint ‖ facts × (name ‖ text) ‖ checks varint
///              ‖ checks × (name ‖ ok u8 ‖ detail) ‖ counters varint ‖ counters × (name ‖ varint)
/// 9 FAILED   = code varint ‖ outcome u8 (1: it may have happened)
///              ‖ retry_after_ms varint ‖ message
/// 10 PAGE_PART = shards ‖ as PAGE
/// 11 TOPOLOGY = members varint ‖ members × (name ‖ address) ‖ shards varint
///              ‖ shards × (leader varint ‖ term varint ‖ holders varint ‖ holders × varint)
/// 12 REPLICA = role u8 ‖ leader name ‖ term varint ‖ first_index varint ‖ last version
///              ‖ commit varint ‖ applied version ‖ log_time_ms varint ‖ log_bytes varint
/// 13 LED     = leader name ‖ term varint
/// 14 HASHED  = version ‖ log_time_ms varint ‖ rows varint ‖ hash u64
/// item       = key ‖ version ‖ expires_at_ms varint ‖ value
/// version    = term varint ‖ index varint
/// ```
///
/// **Limits.** A reply without its envelope has at most [Limits#REQUEST_BYTES_MAX] bytes and a
/// little: whoever fills a page or a batch counts [Limits#ANSWER_OVERHEAD_BYTES_MAX] an entry and
/// stops in time. One that is longer all the same is sent as a failure that says so. The messages
/// of the failures in a batch share [#BATCH_MESSAGES_BYTES_MAX]; those beyond it are empty.
/// **Source.** `wire/requests.md`.
public final class ReplyCodec {
    /// What the messages of all failures of one batch may take together.
    static final int BATCH_MESSAGES_BYTES_MAX = 32 << 10;

    /// The most facts, checks or counters of a status.
    static final int STATUS_ENTRIES_MAX = 1000;

    private static final int WRITTEN = 1;
    private static final int DELETED = 2;
    private static final int FOUND = 3;
    private static final int MISSING = 4;
    private static final int MISMATCH = 5;
    private static final int BATCHED = 6;
    private static final int PAGE = 7;
    private static final int STATUS = 8;
    private static final int FAILED = 9;
    private static final int PAGE_PART = 10;
    private static final int TOPOLOGY = 11;
    private static final int REPLICA = 12;
    private static final int LED = 13;
    private static final int HASHED = 14;
    private static final int KIND_MAX = HASHED;

    private ReplyCodec() {}

    /// Writes a whole [FrameType#REPLY] at the end of `out`, which has room for [Frame#BYTES_MAX]
    /// more.
    public static void encode(ByteWriter out, long requestId, Reply reply) {
        long bytes = bytesOf(reply);
        int frame = Frame.begin(out, FrameType.REPLY, requestId);
        if (bytes > Frame.PAYLOAD_BYTES_MAX) {
            failed(out, tooLong(reply, bytes), Parts.TEXT_BYTES_MAX);
        } else {
            reply(out, reply);
        }
        Frame.end(out, frame);
    }

    /// Writes a whole [FrameType#GOAWAY].
    ///
    /// @param lastRead the greatest request id that was read from this connection, 0: none
    public static void encodeGoAway(ByteWriter out, long lastRead, Reply.Failed why) {
        int frame = Frame.begin(out, FrameType.GOAWAY, lastRead);
        failed(out, why, Parts.TEXT_BYTES_MAX);
        Frame.end(out, frame);
    }

    /// {@return the reply in the payload `in`, of a [FrameType#REPLY] or a [FrameType#GOAWAY]}
    public static Reply decode(ByteReader in) {
        int kind = in.u8();
        BoundsCodec.Answer tagged = tagged(in);
        Reply reply =
                switch (kind) {
                    case BATCHED -> batched(in);
                    case PAGE -> page(in, tagged);
                    case STATUS -> status(in);
                    case PAGE_PART -> new Reply.PagePart(Parts.shards(in), page(in, tagged));
                    case TOPOLOGY -> TopologyCodec.decode(in);
                    case REPLICA -> ShardCodec.replica(in);
                    case LED -> ShardCodec.led(in);
                    case HASHED -> ShardCodec.hashed(in);
                    default -> single(in, kind, tagged);
                };
        Parts.exactly(in, "reply");
        return reply;
    }

    /// {@return how many bytes `reply` takes in a payload, at most} Exact but for failures.
    public static long bytesOf(Reply reply) {
        return switch (reply) {
            case Reply.Written(var at) -> 2 + Parts.bytesOf(at);
            case Reply.Deleted(_, var at) -> 3 + Parts.bytesOf(at);
            case Reply.Found(var value, var at, var expiresAtMillis, var age) ->
                    1
                            + BoundsCodec.bytesOf(age)
                            + Parts.bytesOf(at)
                            + ByteWriter.varintLength(expiresAtMillis)
                            + Parts.bytesOf(value);
            case Reply.Missing(var age) -> 1 + BoundsCodec.bytesOf(age);
            case Reply.Mismatch(var actual) -> 2 + Parts.bytesOf(actual);
            case Reply.Batched(var replies) -> {
                long sum = 2 + ByteWriter.varintLength(replies.size()) + BATCH_MESSAGES_BYTES_MAX;
                for (Reply one : replies) {
                    sum += one instanceof Reply.Failed failed ? headOf(failed) : bytesOf(one);
                }
                yield sum;
            }
            case Reply.Page page -> bytesOf(page);
            case Reply.PagePart(var shards, var page) -> Parts.bytesOf(shards) + bytesOf(page);
            case Reply.Topology topology -> 2 + TopologyCodec.bytesOf(topology);
            case Reply.Replica replica -> 2 + ShardCodec.bytesOf(replica);
            case Reply.Led led -> 2 + ShardCodec.bytesOf(led);
            case Reply.Hashed hashed -> 2 + ShardCodec.bytesOf(hashed);
            case Reply.Status status -> bytesOf(status);
            case Reply.Failed failed -> headOf(failed) + Parts.TEXT_BYTES_MAX;
        };
    }

    private static long bytesOf(Reply.Page page) {
        long sum =
                1
                        + BoundsCodec.bytesOfBehind(page.behindMillis())
                        + ByteWriter.varintLength(page.count())
                        + ByteWriter.varintLength(page.items().size())
                        + Parts.bytesOf(page.cursor());
        for (Item item : page.items()) {
            sum += bytesOf(item);
        }
        return sum;
    }

    /// {@return how many bytes `item` takes in a page} At most its key and value and
    /// [Limits#ANSWER_OVERHEAD_BYTES_MAX].
    public static int bytesOf(Item item) {
        return Parts.bytesOf(item.key())
                + Parts.bytesOf(item.version())
                + ByteWriter.varintLength(item.expiresAtMillis())
                + Parts.bytesOf(item.value());
    }

    private static void reply(ByteWriter out, Reply reply) {
        switch (reply) {
            case Reply.Written(var at) -> Parts.version(head(out, WRITTEN), at);
            case Reply.Deleted(var existed, var at) ->
                    Parts.version(head(out, DELETED).u8(existed ? 1 : 0), at);
            case Reply.Found(var value, var at, var expiresAtMillis, var age) -> {
                BoundsCodec.encode(out.u8(FOUND), age);
                Parts.version(out, at);
                out.varint(expiresAtMillis).lengthAndBytes(value);
            }
            case Reply.Missing(var age) -> BoundsCodec.encode(out.u8(MISSING), age);
            case Reply.Mismatch(var actual) -> Parts.version(head(out, MISMATCH), actual);
            case Reply.Batched(var replies) -> batched(head(out, BATCHED), replies);
            case Reply.Page page -> {
                BoundsCodec.encodeBehind(out.u8(PAGE), page.behindMillis());
                page(out, page);
            }
            case Reply.PagePart(var shards, var page) -> {
                BoundsCodec.encodeBehind(out.u8(PAGE_PART), page.behindMillis());
                Parts.shards(out, shards);
                page(out, page);
            }
            case Reply.Topology topology ->
                    TopologyCodec.encode(head(out, TOPOLOGY), topology);
            case Reply.Replica replica -> ShardCodec.encode(head(out, REPLICA), replica);
            case Reply.Led led -> ShardCodec.encode(head(out, LED), led);
            case Reply.Hashed hashed -> ShardCodec.encode(head(out, HASHED), hashed);
            case Reply.Status status -> status(head(out, STATUS), status);
            case Reply.Failed failed -> failed(out, failed, Parts.TEXT_BYTES_MAX);
        }
    }

    private static void batched(ByteWriter out, List<Reply> replies) {
        out.varint(replies.size());
        int messagesLeft = BATCH_MESSAGES_BYTES_MAX;
        for (Reply reply : replies) {
            if (reply instanceof Reply.Failed failed) {
                messagesLeft -= failed(out, failed, messagesLeft);
            } else {
                reply(out, reply);
            }
        }
    }

    private static void page(ByteWriter out, Reply.Page page) {
        out.varint(page.count()).varint(page.items().size());
        for (Item item : page.items()) {
            item(out, item);
        }
        out.lengthAndBytes(page.cursor());
    }

    private static void item(ByteWriter out, Item item) {
        Parts.version(out.lengthAndBytes(item.key()), item.version());
        out.varint(item.expiresAtMillis()).lengthAndBytes(item.value());
    }

    private static void status(ByteWriter out, Reply.Status status) {
        out.varint(status.facts().size());
        status.facts()
                .forEach(
                        (name, fact) -> {
                            Parts.text(out, name);
                            Parts.text(out, fact);
                        });
        out.varint(status.checks().size());
        for (Reply.Check check : status.checks()) {
            Parts.text(out, check.name());
            out.u8(check.ok() ? 1 : 0);
            Parts.text(out, check.detail());
        }
        out.varint(status.counters().size());
        status.counters()
                .forEach(
                        (name, count) -> {
                            Parts.text(out, name);
                            out.varint(count);
                        });
    }

    /// @return how many bytes the message took
    private static int failed(ByteWriter out, Reply.Failed failed, int messageBytesMax) {
        out.u8(FAILED);
        Parts.taggedText(out, Tag.LEADER_HINT, failed.leader());
        out.varint(failed.code().number());
        out.u8(failed.code().isIndeterminate() ? 1 : 0).varint(failed.retryAfterMillis());
        Bytes message =
                Parts.cut(failed.message(), Math.min(messageBytesMax, Parts.TEXT_BYTES_MAX));
        out.lengthAndBytes(message);
        return message.length();
    }

    private static ByteWriter head(ByteWriter out, int kind) {
        out.u8(kind);
        Parts.noTagged(out);
        return out;
    }

    private static BoundsCodec.Answer tagged(ByteReader in) {
        Parts.whole(in, "reply");
        return BoundsCodec.Answer.read(in);
    }

    private static Reply single(ByteReader in, int kind, BoundsCodec.Answer tagged) {
        Reply reply =
                switch (kind) {
                    case WRITTEN -> new Reply.Written(Parts.version(in));
                    case DELETED -> new Reply.Deleted(flag(in, "existed"), Parts.version(in));
                    case FOUND -> {
                        Version at = Parts.version(in);
                        long expiresAtMillis = expiry(in);
                        yield new Reply.Found(Parts.value(in), at, expiresAtMillis, tagged.age());
                    }
                    case MISSING -> new Reply.Missing(tagged.age());
                    case MISMATCH -> new Reply.Mismatch(Parts.version(in));
                    case FAILED -> failed(in, tagged.leader());
                    default ->
                            throw new NoriException.Malformed(
                                    ErrorCode.VERSION_UNSUPPORTED,
                                    "reply kind: 1 to %d, got %d".formatted(KIND_MAX, kind));
                };
        Parts.whole(in, "reply");
        return reply;
    }

    private static Reply batched(ByteReader in) {
        int count = (int) Parts.number(in, "replies", Limits.BATCH_OPERATIONS_MAX);
        // No reply is shorter than two bytes, so a false count reserves nothing.
        List<Reply> replies = new ArrayList<>(Math.min(count, in.remaining() / 2));
        for (int i = 0; i < count; i++) {
            int kind = in.u8();
            replies.add(single(in, kind, tagged(in)));
        }
        return new Reply.Batched(replies);
    }

    private static Reply.Page page(ByteReader in, BoundsCodec.Answer tagged) {
        long count = Parts.number(in, "count", Long.MAX_VALUE);
        int size = (int) Parts.number(in, "items", Limits.PAGE_ITEMS_MAX);
        // No item is shorter than six bytes.
        List<Item> items = new ArrayList<>(Math.min(size, in.remaining() / 6));
        for (int i = 0; i < size; i++) {
            Bytes key = Parts.key(in);
            Version version = Parts.version(in);
            long expiresAtMillis = expiry(in);
            items.add(new Item(key, Parts.value(in), version, expiresAtMillis));
            Parts.whole(in, "page");
        }
        return new Reply.Page(items, count, Parts.cursor(in), tagged.behindMillis());
    }

    private static Reply status(ByteReader in) {
        Map<String, String> facts = new LinkedHashMap<>();
        for (int left = entries(in, "facts"); left > 0 && !in.overrun(); left--) {
            facts.put(Parts.text(in, "fact"), Parts.text(in, "fact"));
        }
        List<Reply.Check> checks = new ArrayList<>();
        for (int left = entries(in, "checks"); left > 0 && !in.overrun(); left--) {
            String name = Parts.text(in, "check");
            boolean ok = flag(in, "ok");
            checks.add(new Reply.Check(name, ok, Parts.text(in, "detail")));
        }
        Map<String, Long> counters = new LinkedHashMap<>();
        for (int left = entries(in, "counters"); left > 0 && !in.overrun(); left--) {
            counters.put(
                    Parts.text(in, "counter"), Parts.number(in, "counter", Long.MAX_VALUE));
        }
        return new Reply.Status(facts, checks, counters);
    }

    private static int entries(ByteReader in, String name) {
        return (int) Parts.number(in, name, STATUS_ENTRIES_MAX);
    }

    private static Reply.Failed failed(ByteReader in, String leader) {
        int number = (int) Parts.number(in, "code", Integer.MAX_VALUE);
        boolean indeterminate = flag(in, "outcome");
        long retryAfterMillis = Parts.number(in, "retry_after_ms", Long.MAX_VALUE);
        String message = Parts.text(in, "message");
        // A newer node may know more causes than we do; whether it happened is never lost.
        return ErrorCode.byNumber(number)
                .map(code -> new Reply.Failed(code, message, retryAfterMillis, leader))
                .orElseGet(
                        () ->
                                new Reply.Failed(
                                        indeterminate
                                                ? ErrorCode.INDETERMINATE
                                                : ErrorCode.INTERNAL,
                                        "code %d, unknown here: %s".formatted(number, message),
                                        retryAfterMillis));
    }

    private static long expiry(ByteReader in) {
        return Parts.number(in, "expires_at_ms", Long.MAX_VALUE);
    }

    private static boolean flag(ByteReader in, String name) {
        return Parts.number(in, name, 1) == 1;
    }

    private static int headOf(Reply.Failed failed) {
        int hint = Parts.cut(failed.leader(), Parts.TEXT_BYTES_MAX).length();
        return 6
                + (hint == 0 ? 0 : 6 + hint)
                + ByteWriter.varintLength(failed.code().number())
                + ByteWriter.varintLength(failed.retryAfterMillis());
    }

    private static long bytesOf(Reply.Status status) {
        long entries =
                2L * status.facts().size() + 2L * status.checks().size() + status.counters().size();
        if (status.facts().size() > STATUS_ENTRIES_MAX
                || status.checks().size() > STATUS_ENTRIES_MAX
                || status.counters().size() > STATUS_ENTRIES_MAX) {
            return Long.MAX_VALUE;
        }
        // A status is rare and small: its texts are counted at three bytes a character.
        long sum = 16 + 12 * entries;
        for (var fact : status.facts().entrySet()) {
            sum += textOf(fact.getKey()) + textOf(fact.getValue());
        }
        for (Reply.Check check : status.checks()) {
            sum += textOf(check.name()) + textOf(check.detail());
        }
        for (String name : status.counters().keySet()) {
            sum += textOf(name);
        }
        return sum;
    }

    private static int textOf(String text) {
        return Math.min(3 * text.length(), Parts.TEXT_BYTES_MAX);
    }

    /// A bug of ours, reported instead of a frame that nobody would take. A batch may have written.
    private static Reply.Failed tooLong(Reply reply, long bytes) {
        return new Reply.Failed(
                reply instanceof Reply.Batched ? ErrorCode.INDETERMINATE : ErrorCode.INTERNAL,
                "reply: at most %d bytes, got %d".formatted(Frame.PAYLOAD_BYTES_MAX, bytes),
                0);
    }
}
