package norikv.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NodeId;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ScanCursor;
import norikv.domain.Session;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.wal.HexVector;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The examples of `wire/frames.md` and `wire/requests.md`, byte for byte, both ways.
final class FrameVectorTest {
    private static final Bytes USER = Bytes.utf8("user:42");
    private static final Bytes ADA = Bytes.utf8("Ada");
    private static final Bytes CURSOR = Bytes.hex("010203");
    private static final Version V17 = new Version(1, 7);
    private static final long NEW_YEAR = 1_735_689_600_000L;

    /// What a frame says, and how it is written.
    private record Frames(FrameType type, long id, Object content, Writing writing) {}

    @FunctionalInterface
    private interface Writing {
        void to(ByteWriter out);
    }

    @TestFactory
    Stream<DynamicTest> everyVectorIsReadAndWrittenByteForByte() {
        return vectors().entrySet().stream()
                .map(e -> dynamicTest(e.getKey(), () -> check(e.getKey(), e.getValue())));
    }

    @Test
    void everyVectorIsKnownHereAndNamedInTheProse() throws IOException {
        Set<String> known = new TreeSet<>(vectors().keySet());
        // A field that we skip cannot be written again.
        known.add("request-get-tagged");
        String prose =
                Files.readString(Path.of("wire", "frames.md"))
                        + Files.readString(Path.of("wire", "requests.md"));
        try (Stream<Path> files = Files.list(Path.of("wire", "vectors"))) {
            Set<String> existing =
                    files.map(file -> file.getFileName().toString().replace(".hex", ""))
                            .filter(name -> name.matches("(frame|hello|request|reply)-.*"))
                            .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(existing, known);
            assertEquals(
                    List.of(),
                    existing.stream().filter(name -> !prose.contains("`" + name + "`")).toList());
        }
    }

    @Test
    void aVectorWithTaggedFieldsIsReadAsIfTheyWereNotThere() throws IOException {
        FrameReader reader = read(HexVector.read("request-get-tagged"));
        assertEquals(
                new RequestCodec.Asked(5000, new Request.Get(USER, Consistency.LINEARIZABLE)),
                RequestCodec.decode(reader.payload()));
    }

    private static void check(String name, Frames expected) throws IOException {
        byte[] vector = HexVector.read(name);
        FrameReader reader = read(vector);
        assertEquals(expected.type, reader.type());
        assertEquals(expected.id, reader.requestId());
        Object content =
                switch (reader.type()) {
                    case HELLO -> Hello.decode(reader.payload());
                    case WELCOME -> Welcome.decode(reader.payload());
                    case REQUEST -> RequestCodec.decode(reader.payload());
                    case REPLY, GOAWAY -> ReplyCodec.decode(reader.payload());
                    case PING, PONG -> Frame.decodeEcho(reader.payload());
                    case PEER_HELLO -> PeerHello.decode(reader.payload());
                    case PEER_WELCOME -> PeerWelcome.decode(reader.payload());
                    case PEER_PROOF -> PeerProof.decode(reader.payload());
                    case PEER_MESSAGES ->
                            reader.payload().bytes(reader.payload().remaining());
                };
        assertEquals(expected.content, content);
        var out = new ByteWriter(16);
        expected.writing.to(out);
        assertArrayEquals(vector, Arrays.copyOf(out.array(), out.length()));
    }

    private static FrameReader read(byte[] frame) {
        var reader = new FrameReader();
        reader.room().put(frame);
        reader.filled(frame.length);
        assertTrue(reader.next());
        assertTrue(reader.isEmpty());
        return reader;
    }

    private static Map<String, Frames> vectors() {
        Map<String, Frames> all = new TreeMap<>();
        all.put("frame-ping", echo(FrameType.PING, 9, Bytes.utf8("hi")));
        all.put("frame-pong", echo(FrameType.PONG, 9, Bytes.utf8("hi")));
        all.put("frame-pong-empty", echo(FrameType.PONG, 1L << 40, Bytes.EMPTY));
        all.put("frame-goaway", goAway(77, failed(ErrorCode.UNAVAILABLE, "draining", 100)));
        Hello hello = Hello.of("norikv-java");
        all.put("hello-client", new Frames(FrameType.HELLO, 0, hello, out -> hello.encode(out, 0)));
        Welcome welcome =
                Welcome.to(hello, new NodeId("n1"), "7d3f", new Sharding(1024), NEW_YEAR);
        all.put(
                "hello-welcome",
                new Frames(FrameType.WELCOME, 0, welcome, out -> welcome.encode(out, 0)));
        String refusal = "protocol version: 1, got 2 to 3";
        all.put("hello-refused", goAway(0, failed(ErrorCode.VERSION_UNSUPPORTED, refusal, 0)));
        requests(all);
        requestsDoneOnce(all);
        replies(all);
        return all;
    }

    private static void requests(Map<String, Frames> all) {
        var none = Precondition.NONE;
        all.put("request-get", request(1, 5000, new Request.Get(USER, Consistency.LINEARIZABLE)));
        all.put("request-get-stale", request(2, 250, new Request.Get(USER, Consistency.STALE)));
        all.put("request-put", request(4, 5000, new Request.Put(USER, ADA, 0, none)));
        all.put(
                "request-put-ttl-if-absent",
                request(5, 5000, new Request.Put(USER, ADA, 3_600_000, Precondition.IF_ABSENT)));
        Bytes lovelace = Bytes.utf8("Ada Lovelace");
        all.put(
                "request-put-if-version",
                request(6, 5000, new Request.Put(USER, lovelace, 0, ifVersion(V17))));
        Bytes zero = Bytes.hex("00");
        all.put("request-put-empty", request(7, 5000, new Request.Put(zero, Bytes.EMPTY, 0, none)));
        all.put("request-delete", request(8, 5000, new Request.Delete(USER, none)));
        var required = new Version(3, 300);
        all.put(
                "request-delete-if-version",
                request(9, 5000, new Request.Delete(USER, ifVersion(required))));
        all.put(
                "request-batch",
                request(
                        10,
                        5000,
                        new Request.Batch(
                                List.of(
                                        new Request.Put(utf8("a"), utf8("1"), 0, none),
                                        new Request.Get(utf8("b"), Consistency.LINEARIZABLE),
                                        new Request.Delete(utf8("c"), none)))));
        scans(all);
        all.put("request-status", request(14, 1000, new Request.Status()));
        all.put("request-topology", request(16, 1000, new Request.Topology()));
        all.put(
                "request-get-bounded",
                request(
                        20,
                        5000,
                        new Request.Get(USER, Consistency.STALE, new ReadBounds(V17, 2000))));
        var shard = new ShardId(717);
        all.put("request-show-replica", request(17, 1000, new Request.ShowReplica(shard)));
        all.put(
                "request-move-leader",
                request(18, 1000, new Request.MoveLeader(shard, new NodeId("n2"))));
        all.put("request-hash-shard", request(19, 1000, new Request.HashShard(shard, 300)));
    }

    private static void scans(Map<String, Frames> all) {
        all.put(
                "request-scan",
                request(
                        11,
                        5000,
                        new Request.Scan(
                                utf8("user:"), utf8("user;"), 100, 65_536, false,
                                Request.Projection.ITEMS, Consistency.LINEARIZABLE, Bytes.EMPTY)));
        all.put(
                "request-scan-reverse-keys",
                request(
                        12,
                        5000,
                        new Request.Scan(
                                Bytes.EMPTY, Bytes.EMPTY, 10, 4096, true,
                                Request.Projection.KEYS, Consistency.STALE, CURSOR)));
        all.put(
                "request-scan-count",
                request(
                        13,
                        5000,
                        new Request.Scan(
                                Bytes.EMPTY, Bytes.EMPTY, Integer.MAX_VALUE, 2 << 20, false,
                                Request.Projection.COUNT, Consistency.LEASE, Bytes.EMPTY)));
        all.put(
                "request-scan-bounded",
                request(
                        21,
                        5000,
                        new Request.Scan(
                                Bytes.EMPTY, Bytes.EMPTY, 100, 65_536, false,
                                Request.Projection.ITEMS, Consistency.STALE, Bytes.EMPTY, 2000)));
        Bytes cursor = new ScanCursor(false, utf8("user:3")).encode();
        all.put(
                "request-scan-part",
                request(
                        15,
                        5000,
                        new Request.ScanPart(
                                ShardSet.of(12, shard -> shard % 5 == 0),
                                new Request.Scan(
                                        utf8("user:"), utf8("user;"), 100, 65_536, false,
                                        Request.Projection.ITEMS, Consistency.LINEARIZABLE,
                                        cursor))));
    }

    private static void requestsDoneOnce(Map<String, Frames> all) {
        var none = Precondition.NONE;
        var session =
                new Session(
                        Bytes.hex("101112131415161718191a1b1c1d1e1f00"), 300, 298, NEW_YEAR);
        Once keyed = Once.keyed(utf8("order-17"));
        all.put(
                "request-put-once",
                request(
                        15,
                        5000,
                        new Request.Put(USER, ADA, 0, none, keyed.withSession(session))));
        all.put("request-delete-once", request(16, 5000, new Request.Delete(USER, none, keyed)));
    }

    private static void replies(Map<String, Frames> all) {
        all.put("reply-written", reply(4, new Reply.Written(V17)));
        all.put("reply-deleted", reply(8, new Reply.Deleted(true, new Version(1, 8))));
        all.put("reply-found", reply(1, new Reply.Found(ADA, V17, 0)));
        all.put("reply-found-expiring", reply(1, new Reply.Found(ADA, V17, NEW_YEAR)));
        all.put("reply-missing", reply(2, new Reply.Missing()));
        all.put("reply-mismatch", reply(9, new Reply.Mismatch(new Version(3, 301))));
        all.put("reply-mismatch-missing", reply(9, new Reply.Mismatch(Version.NONE)));
        all.put(
                "reply-batched",
                reply(
                        10,
                        new Reply.Batched(
                                List.of(
                                        new Reply.Written(new Version(1, 9)),
                                        new Reply.Missing(),
                                        failed(ErrorCode.NOT_EXECUTED, "", 0)))));
        pages(all);
        all.put(
                "reply-status",
                reply(
                        14,
                        new Reply.Status(
                                Map.of("node_id", "n1"),
                                List.of(
                                        new Reply.Check("log", true, ""),
                                        new Reply.Check("disk", false, "full")),
                                Map.of("norikv_requests_total", 300L))));
        all.put(
                "reply-failed",
                reply(4, failed(ErrorCode.RESOURCE_EXHAUSTED, "too many writes", 250)));
        String unknown = "deadline passed after the write was proposed";
        all.put(
                "reply-failed-indeterminate",
                reply(4, failed(ErrorCode.INDETERMINATE, unknown, 0)));
    }

    private static void pages(Map<String, Frames> all) {
        Item first = new Item(utf8("user:1"), ADA, V17, 0);
        Item second = new Item(utf8("user:2"), Bytes.EMPTY, new Version(2, 300), NEW_YEAR);
        all.put("reply-page", reply(11, new Reply.Page(List.of(first, second), 2, CURSOR)));
        all.put("reply-page-count", reply(13, new Reply.Page(List.of(), 123_456, Bytes.EMPTY)));
        Item third = new Item(utf8("user:3"), ADA, V17, 0);
        all.put(
                "reply-page-part",
                reply(
                        15,
                        new Reply.PagePart(
                                ShardSet.of(12, shard -> shard == 0 || shard == 10),
                                new Reply.Page(List.of(third), 1, Bytes.EMPTY))));
        all.put(
                "reply-page-part-stale",
                reply(
                        21,
                        new Reply.PagePart(
                                ShardSet.of(12, shard -> shard == 0 || shard == 10),
                                new Reply.Page(List.of(), 0, Bytes.EMPTY, 1500))));
        all.put(
                "reply-topology",
                reply(
                        16,
                        new Reply.Topology(
                                List.of(
                                        new Reply.Member("n1", "10.0.0.1:7447"),
                                        new Reply.Member("n2", "")),
                                List.of(
                                        new Reply.Seat(2, 300, List.of(1, 2)),
                                        new Reply.Seat(0, 0, List.of(2))))));
        all.put(
                "reply-replica",
                reply(
                        17,
                        new Reply.Replica(
                                Reply.Role.LEADER,
                                "n1",
                                3,
                                5,
                                new Version(3, 300),
                                299,
                                new Version(2, 298),
                                NEW_YEAR,
                                70_000)));
        var age = new Age(new Version(1, 9), 1500);
        all.put("reply-found-stale", reply(20, new Reply.Found(ADA, V17, Item.NEVER, age)));
        all.put("reply-missing-stale", reply(21, new Reply.Missing(age)));
        all.put("reply-led", reply(18, new Reply.Led("n2", 4)));
        all.put(
                "reply-hashed",
                reply(19, new Reply.Hashed(new Version(3, 300), NEW_YEAR, 2, 0x1122334455667788L)));
    }

    private static Frames echo(FrameType type, long id, Bytes payload) {
        return new Frames(type, id, payload, out -> Frame.encodeEcho(out, type, id, payload));
    }

    private static Frames goAway(long lastRead, Reply.Failed why) {
        return new Frames(
                FrameType.GOAWAY,
                lastRead,
                why,
                out -> ReplyCodec.encodeGoAway(out, lastRead, why));
    }

    private static Frames request(long id, long deadlineMillis, Request request) {
        return new Frames(
                FrameType.REQUEST,
                id,
                new RequestCodec.Asked(deadlineMillis, request),
                out -> RequestCodec.encode(out, id, deadlineMillis, request));
    }

    private static Frames reply(long id, Reply reply) {
        return new Frames(FrameType.REPLY, id, reply, out -> ReplyCodec.encode(out, id, reply));
    }

    private static Reply.Failed failed(ErrorCode code, String message, long retryAfterMillis) {
        return new Reply.Failed(code, message, retryAfterMillis);
    }

    private static Precondition ifVersion(Version required) {
        return new Precondition.IfVersion(required);
    }

    private static Bytes utf8(String text) {
        return Bytes.utf8(text);
    }
}
