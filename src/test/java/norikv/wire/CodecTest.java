package norikv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// Requests and replies to bytes and back, and the limits on the way.
final class CodecTest {
    private static final long SEED = Long.getLong("seed", 42);
    private static final Bytes KEY = Bytes.utf8("key");

    private final ByteWriter out = new ByteWriter(64, 2 * Frame.BYTES_MAX);

    @Test
    void everyRequestComesBackAsItWas() {
        System.getLogger("norikv.wire").log(System.Logger.Level.DEBUG, "seed=" + SEED);
        var samples = new Samples(new Random(SEED));
        for (int i = 0; i < 2000; i++) {
            Request request = samples.request();
            out.clear();
            RequestCodec.encode(out, i, 5000 + i, request);
            FrameReader reader = only(out);
            assertEquals(FrameType.REQUEST, reader.type());
            assertEquals(i, reader.requestId());
            assertEquals(
                    new RequestCodec.Asked(5000 + i, request),
                    RequestCodec.decode(reader.payload()),
                    "seed " + SEED);
            assertEquals(
                    out.length() - 28 - 2, RequestCodec.bytesOf(request), "seed " + SEED);
        }
    }

    @Test
    void everyReplyComesBackAsItWas() {
        var samples = new Samples(new Random(SEED));
        for (int i = 0; i < 2000; i++) {
            Reply reply = samples.reply();
            out.clear();
            ReplyCodec.encode(out, i, reply);
            FrameReader reader = only(out);
            assertEquals(FrameType.REPLY, reader.type());
            assertEquals(i, reader.requestId());
            assertEquals(reply, ReplyCodec.decode(reader.payload()), "seed " + SEED);
            assertTrue(ReplyCodec.bytesOf(reply) >= out.length() - 28, "seed " + SEED);
        }
    }

    @Test
    void helloAndWelcomeComeBackAsTheyWere() {
        Hello hello = new Hello(1, 3, 0x8000_0000_0000_0001L, "test/1");
        hello.encode(out, 7);
        FrameReader reader = only(out);
        assertEquals(FrameType.HELLO, reader.type());
        assertEquals(hello, Hello.decode(reader.payload()));

        Welcome welcome = Welcome.to(hello, new NodeId("n1"), "c1", new Sharding(1024), 1_000);
        out.clear();
        welcome.encode(out, 7);
        reader = only(out);
        assertEquals(FrameType.WELCOME, reader.type());
        assertEquals(welcome, Welcome.decode(reader.payload()));
        assertEquals(Hello.ONCE, welcome.features());
    }

    @Test
    void aClientThatSpeaksNoVersionOfOursIsRefused() {
        for (Hello hello : List.of(new Hello(2, 9, 0, ""), new Hello(0, 0, 0, ""))) {
            NoriException refused =
                    assertThrows(
                            NoriException.Refused.class,
                            () -> Welcome.to(hello, new NodeId("n"), "", new Sharding(1), 0));
            assertEquals(ErrorCode.VERSION_UNSUPPORTED, refused.code());
        }
    }

    @Test
    void whatIsDecodedOutlivesTheBuffer() {
        var put = new Request.Put(KEY, Bytes.utf8("value"), 0, Precondition.NONE);
        RequestCodec.encode(out, 1, 1, put);
        byte[] payload = payloadOf(out);
        Request decoded = decode(payload);
        java.util.Arrays.fill(payload, (byte) 0x55);
        assertEquals(put, decoded);
    }

    @Test
    void keysAndValuesBeyondTheirLimitsAreNamedWithLimitAndValue() {
        byte[] noKey = {1, 1, 0, 0, 0};
        refused(ErrorCode.INVALID_ARGUMENT, "key: 1 to 1024 bytes, got 0", noKey);
        byte[] longKey = {1, 1, 0, 0, (byte) 0x81, 8};
        refused(ErrorCode.KEY_TOO_LARGE, "key: 1 to 1024 bytes, got 1025", longKey);
        byte[] longValue = {1, 2, 0, 0, 0, 1, 'k', (byte) 0x81, (byte) 0x80, 0x40};
        refused(ErrorCode.VALUE_TOO_LARGE, "value: at most 1048576 bytes, got 1048577", longValue);
        byte[] huge = {1, 1, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1};
        refused(ErrorCode.KEY_TOO_LARGE, "got 18446744073709551615", huge);
    }

    @Test
    void numbersBeyondTheirLimitsAreNamedWithLimitAndValue() {
        refused(ErrorCode.INVALID_ARGUMENT, "or 2 (stale), got 3", new byte[] {1, 1, 0, 3, 1, 'k'});
        refused(
                ErrorCode.INVALID_ARGUMENT,
                "or 2 (if version), got 9",
                new byte[] {1, 3, 0, 9, 1, 'k'});
        refused(
                ErrorCode.INVALID_ARGUMENT,
                "deadline_ms: 0 to 3600000, got 3600001",
                new byte[] {(byte) 0x81, (byte) 0xdd, (byte) 0xdb, 1, 6, 0});
        byte[] noLimit = {1, 5, 0, 0, 0, 0, 0, 1, 0, 0, 0};
        refused(ErrorCode.INVALID_ARGUMENT, "limit: at least 1, got 0", noLimit);
        refused(
                ErrorCode.INVALID_ARGUMENT,
                "at most 10000 operations, got 10001",
                new byte[] {1, 4, 0, (byte) 0x91, 0x4e});
        refused(
                ErrorCode.INVALID_ARGUMENT,
                "kind 1 to 3, got 4",
                new byte[] {1, 4, 0, 1, 4, 0, 0});
        refused(
                ErrorCode.INVALID_ARGUMENT,
                "shards: 0 to 3, got 4",
                new byte[] {1, 7, 0, 4, 0x10, 0, 0, 0, 1, 1, 0, 0, 0});
        byte[] backwards = {1, 5, 0, 0, 0, 0, 1, 1, 1, 'b', 1, 'a', 0};
        refused(ErrorCode.INVALID_ARGUMENT, "from <= to, got from 0x62 > to 0x61", backwards);
        byte[] longCursor = {1, 5, 0, 0, 0, 0, 1, 1, 0, 0, (byte) 0x81, (byte) 0x80, 1};
        refused(ErrorCode.BAD_CURSOR, "cursor: at most 16384 bytes, got 16385", longCursor);
    }

    @Test
    void anUnknownKindOfRequestIsRefusedByItsOwnCode() {
        refused(
                ErrorCode.VERSION_UNSUPPORTED,
                "request kind: 1 to 11, got 12",
                new byte[] {1, 12, 0, 1, 2, 3});
    }

    @Test
    void aPayloadThatEndsTooEarlyOrTooLateIsMalformed() {
        RequestCodec.encode(
                out, 1, 1, new Request.Put(KEY, Bytes.utf8("v"), 9, Precondition.IF_ABSENT));
        byte[] whole = payloadOf(out);
        for (int length = 0; length < whole.length; length++) {
            refused(ErrorCode.MALFORMED_FRAME, "", java.util.Arrays.copyOf(whole, length));
        }
        refused(
                ErrorCode.MALFORMED_FRAME,
                "the end at byte",
                java.util.Arrays.copyOf(whole, whole.length + 1));
    }

    @Test
    void unknownTaggedFieldsAreSkipped() {
        byte[] tagged = {1, 1, 6, 99, 2, 7, 7, 5, 0, 2, 1, 'k'};
        assertEquals(new Request.Get(Bytes.utf8("k"), Consistency.STALE), decode(tagged));
        byte[] beyond = {1, 1, 3, 99, 3, 7, 7, 5, 0, 2, 1, 'k'};
        refused(ErrorCode.MALFORMED_FRAME, "tagged", beyond);
        byte[] zero = {1, 1, 2, 0, 0, 0, 1, 'k'};
        refused(ErrorCode.MALFORMED_FRAME, "tagged", zero);
    }

    @Test
    void aRequestLargerThanTheLimitIsRefusedOnBothSides() {
        var half = new Request.Put(KEY, zeros(Limits.VALUE_BYTES_MAX), 0, Precondition.NONE);
        var batch = new Request.Batch(List.of(half, half));
        assertEquals(
                ErrorCode.REQUEST_TOO_LARGE,
                assertThrows(
                                NoriException.Malformed.class,
                                () -> RequestCodec.checkSize(batch))
                        .code());
        RequestCodec.encode(out, 1, 1, batch);
        refused(ErrorCode.REQUEST_TOO_LARGE, "at most 2097152 bytes", payloadOf(out));
    }

    @Test
    void aCauseThatIsUnknownHereStillSaysWhetherItHappened() {
        byte[] definite = {9, 0, (byte) 0xce, 0x0f, 0, 5, 1, 'm'};
        byte[] indeterminate = {9, 0, (byte) 0xce, 0x0f, 1, 5, 1, 'm'};
        assertEquals(
                new Reply.Failed(ErrorCode.INTERNAL, "code 1998, unknown here: m", 5),
                ReplyCodec.decode(new ByteReader(definite, 0, definite.length)));
        assertEquals(
                new Reply.Failed(ErrorCode.INDETERMINATE, "code 1998, unknown here: m", 5),
                ReplyCodec.decode(new ByteReader(indeterminate, 0, indeterminate.length)));
    }

    @Test
    void anEntryTakesNoMoreThanItsOverheadBesidesKeyAndValue() {
        var huge = new Version(Long.MAX_VALUE, Long.MAX_VALUE);
        var value = zeros(Limits.VALUE_BYTES_MAX);
        var item = new Item(zeros(Limits.KEY_BYTES_MAX), value, huge, Long.MAX_VALUE);
        int most = Limits.ANSWER_OVERHEAD_BYTES_MAX;
        assertTrue(ReplyCodec.bytesOf(item) <= item.key().length() + value.length() + most);
        assertTrue(
                ReplyCodec.bytesOf(new Reply.Found(value, huge, Long.MAX_VALUE))
                        <= value.length() + most);
        assertTrue(ReplyCodec.bytesOf(new Reply.Deleted(true, huge)) <= most);
    }

    @Test
    void aFullBatchOfFailuresAndAFullPageFitIntoAFrame() {
        int most = Limits.ANSWER_OVERHEAD_BYTES_MAX;
        var failed = new Reply.Failed(ErrorCode.WRITE_STALL, "x".repeat(900), Long.MAX_VALUE);
        int room = Limits.REQUEST_BYTES_MAX - Limits.BATCH_OPERATIONS_MAX * most;
        List<Reply> replies =
                new ArrayList<>(Collections.nCopies(Limits.BATCH_OPERATIONS_MAX - 2, failed));
        Version at = new Version(1, 2);
        replies.add(new Reply.Found(zeros(Limits.VALUE_BYTES_MAX), at, 0));
        replies.add(new Reply.Found(zeros(room - Limits.VALUE_BYTES_MAX), at, 0));
        ReplyCodec.encode(out, 1, new Reply.Batched(replies));
        var decoded = (Reply.Batched) ReplyCodec.decode(only(out).payload());
        assertEquals(replies.size(), decoded.replies().size());
        assertEquals(failed, decoded.replies().getFirst());
        assertEquals(replies.getLast(), decoded.replies().getLast());
        var last = (Reply.Failed) decoded.replies().get(replies.size() - 3);
        assertEquals(ErrorCode.WRITE_STALL, last.code());
        assertEquals("", last.message());
    }

    @Test
    void aReplyThatNoFrameCarriesIsSentAsAFailure() {
        var found = new Reply.Found(zeros(Limits.VALUE_BYTES_MAX), new Version(1, 1), 0);
        ReplyCodec.encode(out, 1, new Reply.Batched(List.of(found, found, found)));
        var failed = (Reply.Failed) ReplyCodec.decode(only(out).payload());
        assertEquals(ErrorCode.INDETERMINATE, failed.code());

        var item = new Item(KEY, zeros(Limits.VALUE_BYTES_MAX), new Version(1, 1), 0);
        out.clear();
        ReplyCodec.encode(out, 1, new Reply.Page(List.of(item, item, item), 3, Bytes.EMPTY));
        failed = (Reply.Failed) ReplyCodec.decode(only(out).payload());
        assertEquals(ErrorCode.INTERNAL, failed.code());

        Map<String, String> facts = new java.util.HashMap<>();
        for (int i = 0; i <= ReplyCodec.STATUS_ENTRIES_MAX; i++) {
            facts.put("fact" + i, "");
        }
        out.clear();
        ReplyCodec.encode(out, 1, new Reply.Status(facts, List.of(), Map.of()));
        failed = (Reply.Failed) ReplyCodec.decode(only(out).payload());
        assertEquals(ErrorCode.INTERNAL, failed.code());
    }

    @Test
    void aLongMessageIsCutBetweenCharacters() {
        assertEquals("", Parts.cut("€", 2).toUtf8());
        assertEquals("€", Parts.cut("€€", 5).toUtf8());
        assertEquals("a€", Parts.cut("a€", 4).toUtf8());
        ReplyCodec.encode(out, 1, new Reply.Failed(ErrorCode.INTERNAL, "€".repeat(1000), 0));
        var failed = (Reply.Failed) ReplyCodec.decode(only(out).payload());
        assertEquals("€".repeat(341), failed.message());
        assertFalse(failed.message().contains("\ufffd"));
    }

    @Test
    void goAwayCarriesTheLastIdThatWasRead() {
        var why = new Reply.Failed(ErrorCode.UNAVAILABLE, "draining", 100);
        ReplyCodec.encodeGoAway(out, 17, why);
        FrameReader reader = only(out);
        assertEquals(FrameType.GOAWAY, reader.type());
        assertEquals(17, reader.requestId());
        assertEquals(why, ReplyCodec.decode(reader.payload()));
    }

    private static Bytes zeros(int length) {
        return Bytes.wrap(new byte[length]);
    }

    private static Request decode(byte[] payload) {
        return RequestCodec.decode(new ByteReader(payload, 0, payload.length)).request();
    }

    private static void refused(ErrorCode code, String part, byte[] payload) {
        var refused = assertThrows(NoriException.Malformed.class, () -> decode(payload));
        assertTrue(refused.getMessage().contains(part), refused.getMessage());
        assertEquals(code, refused.code(), refused.getMessage());
    }

    private static byte[] payloadOf(ByteWriter frame) {
        return java.util.Arrays.copyOfRange(
                frame.array(), Frame.HEADER_BYTES, frame.length() - Frame.TRAILER_BYTES);
    }

    /// A reader that stands on the only frame in `frame`.
    private static FrameReader only(ByteWriter frame) {
        var reader = new FrameReader();
        int at = 0;
        while (!reader.next()) {
            var room = reader.room();
            int count = Math.min(room.remaining(), frame.length() - at);
            room.put(frame.array(), at, count);
            reader.filled(count);
            at += count;
            assertTrue(count > 0, "frame incomplete");
        }
        assertEquals(frame.length(), at);
        assertTrue(reader.isEmpty());
        return reader;
    }

    @Test
    void aLeaderHintTravelsWithTheRefusal() {
        var failed = new Reply.Failed(ErrorCode.NOT_LEADER, "shard 5: not here", 7, "n2");
        var out = new ByteWriter(64);
        ReplyCodec.encode(out, 9, failed);
        var reader = new FrameReader();
        reader.room().put(out.array(), 0, out.length());
        reader.filled(out.length());
        assertTrue(reader.next());

        assertEquals(failed, ReplyCodec.decode(reader.payload()));
        assertEquals(failed, NoriException.of(failed).toReply());
    }

    @Test
    void aWelcomeNamesTheNodesOfTheCluster() {
        Hello hello = Hello.of("norikv-java");
        var welcome =
                Welcome.to(
                        hello, new NodeId("n1"), "c1", new Sharding(8), 1_000, "n1=h:1,n2=h:2");
        var out = new ByteWriter(64);
        welcome.encode(out, 0);
        var reader = new FrameReader();
        reader.room().put(out.array(), 0, out.length());
        reader.filled(out.length());
        assertTrue(reader.next());

        assertEquals(welcome, Welcome.decode(reader.payload()));
    }
}
