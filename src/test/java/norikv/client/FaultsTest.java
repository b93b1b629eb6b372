package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import norikv.wire.Frame;
import norikv.wire.ReplyCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the client makes of nodes that misbehave: above all, what it sends again and what it never
/// does.
final class FaultsTest {
    private static final ClientOptions OPTIONS =
            ClientOptions.defaults().withDeadline(Duration.ofSeconds(30));

    private final FakeStore store = new FakeStore();
    private final FakeNode node = new FakeNode(store);
    private final Norikv db = Norikv.connect(node.endpoint(), OPTIONS);

    @AfterEach
    void close() {
        node.script(store);
        db.close();
        node.close();
    }

    @Test
    void requestsAreSentWithoutWaitingForAnswersAndAnsweredInAnyOrder() {
        int count = 200;
        List<FakeNode.Received> held = Collections.synchronizedList(new ArrayList<>());
        node.script(
                (peer, id, request) -> {
                    held.add(new FakeNode.Received(peer, id, 0, request));
                    if (held.size() == count) {
                        Collections.reverse(held);
                        for (FakeNode.Received one : held) {
                            Bytes key = ((Request.Get) one.request()).key();
                            one.peer()
                                    .reply(one.id(), new Reply.Found(key, new Version(1, 1), 0));
                        }
                    }
                });
        List<CompletableFuture<Bytes>> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(db.async().get("k" + i).thenApply(item -> item.orElseThrow().value()));
        }
        for (int i = 0; i < count; i++) {
            assertEquals(Bytes.utf8("k" + i), values.get(i).join());
        }
        assertEquals(1, node.connections());
    }

    @Test
    void aWriteThatNoNodeKnowsAgainIsIndeterminateWhenTheConnectionBreaksAndNotSentAgain() {
        try (var old = FakeNode.old((peer, _, _) -> peer.cut());
                var own = Norikv.connect(old.endpoint(), OPTIONS)) {
            var lost =
                    assertThrows(NoriException.Indeterminate.class, () -> own.put("k", "v"));
            assertEquals(1, lost.attempts());
            assertEquals(1, old.pending());
        }
    }

    @Test
    void aReadThatWasSentWhenTheConnectionBrokeIsSentAgain() {
        db.put("k", "v");
        node.next();
        var cuts = new AtomicInteger();
        node.script(
                (peer, id, request) -> {
                    if (cuts.getAndIncrement() < 2) {
                        peer.cut();
                    } else {
                        store.request(peer, id, request);
                    }
                });
        assertEquals("v", db.get("k").orElseThrow().value().toUtf8());
        assertEquals(List.of("get k", "get k", "get k"), seen());
        assertEquals(3, node.connections());
    }

    @Test
    void aBatchThatOnlyReadsIsSentAgainAndOneWhoseWritesNobodyKnowsAgainIsNot() {
        var cuts = new AtomicInteger();
        FakeNode.Script script =
                (peer, id, request) -> {
                    if (cuts.getAndIncrement() % 2 == 0) {
                        peer.cut();
                    } else {
                        store.request(peer, id, request);
                    }
                };
        try (var old = FakeNode.old(script);
                var own = Norikv.connect(old.endpoint(), OPTIONS)) {
            assertEquals(2, own.batch().get("a").get("b").execute().size());
            Batch writing = own.batch().get("a").delete("b");
            assertThrows(NoriException.Indeterminate.class, writing::execute);
            assertEquals(3, old.pending());
        }
    }

    @Test
    void whatWasNotWrittenForLackOfRoomIsSentAgainAfterTheTimeThatTheNodeAsksFor() {
        var refusals = new AtomicInteger();
        node.script(
                (peer, id, request) -> {
                    if (refusals.getAndIncrement() < 2) {
                        peer.reply(id, new Reply.Failed(ErrorCode.WRITE_STALL, "busy", 20));
                    } else {
                        store.request(peer, id, request);
                    }
                });
        assertEquals("v", put("k", "v"));
        assertEquals(List.of("put k", "put k", "put k"), seen());
    }

    @Test
    void aNodeThatSendsUsElsewhereIsNotAskedAgainWhileThereAreOthers() {
        node.script(
                (peer, id, _) ->
                        peer.reply(id, new Reply.Failed(ErrorCode.UNAVAILABLE, "draining", 0)));
        try (var other = new FakeNode(store);
                var own = Norikv.connect(node.endpoint() + "," + other.endpoint(), OPTIONS)) {
            own.put("a", "1");
            own.put("b", "2");
            assertEquals(List.of("put a"), seen());
            assertEquals(2, other.pending());
        }
    }

    @Test
    void onlyWhatMayHelpIsTriedAgain() {
        for (ErrorCode code : ErrorCode.values()) {
            var first = new AtomicInteger();
            node.script(
                    (peer, id, request) -> {
                        if (first.getAndIncrement() == 0) {
                            peer.reply(id, new Reply.Failed(code, "no", 1));
                        } else {
                            store.request(peer, id, request);
                        }
                    });
            boolean again =
                    switch (code) {
                        case NOT_EXECUTED,
                                NOT_LEADER,
                                NO_QUORUM,
                                UNAVAILABLE,
                                STALE_EPOCH,
                                SHARD_MOVING,
                                RESOURCE_EXHAUSTED,
                                DISK_WATERMARK,
                                WRITE_STALL,
                                INDETERMINATE,
                                SESSION_EXPIRED ->
                                true;
                        default -> false;
                    };
            if (again) {
                assertEquals("v", put("k", "v"));
            } else {
                var thrown = assertThrows(NoriException.class, () -> db.put("k", "v"));
                assertEquals(code, thrown.code());
            }
            assertEquals(again ? 2 : 1, seen().size(), code::name);
        }
    }

    @Test
    void aMalformedReplyEndsTheConnectionAndNothingElse() {
        var faults = new ArrayList<FakeNode.Script>();
        faults.add((peer, _, _) -> peer.raw(new byte[100], 100));
        faults.add((peer, id, _) -> flipped(peer, id, 3));
        faults.add((peer, id, _) -> flipped(peer, id, 14));
        faults.add((peer, id, _) -> flipped(peer, id, 26));
        faults.add((peer, id, _) -> flipped(peer, id, 30));
        faults.add((peer, id, _) -> tooLong(peer, id));
        faults.add((peer, id, _) -> peer.raw(goodFrameOfNonsense(id)));
        for (FakeNode.Script fault : faults) {
            once(fault);
            assertEquals(true, db.get("nothing").isEmpty());
            once(fault);
            db.put("k", "v");
            assertEquals(List.of("get nothing", "get nothing", "put k", "put k"), seen());
        }
    }

    @Test
    void theAnswerToAnotherQuestionIsAnError() {
        node.script((peer, id, _) -> peer.reply(id, new Reply.Written(new Version(1, 1))));
        var broken = assertThrows(NoriException.Broken.class, () -> db.get("k"));
        assertEquals(ErrorCode.INTERNAL, broken.code());
        assertThrows(NoriException.Broken.class, db::status);
        assertThrows(NoriException.Broken.class, () -> db.batch().get("k").execute());
        node.script((peer, id, _) -> peer.reply(id, new Reply.Batched(List.of())));
        assertThrows(NoriException.Broken.class, () -> db.batch().get("k").execute());
    }

    @Test
    void answersToNobodyAreIgnored() {
        node.script(
                (peer, id, request) -> {
                    peer.reply(id + (1 << Calls.SLOT_BITS), new Reply.Missing());
                    peer.reply(id ^ 1, new Reply.Missing());
                    peer.reply(-1, new Reply.Missing());
                    peer.reply(0, new Reply.Missing());
                    store.request(peer, id, request);
                    peer.reply(id, new Reply.Missing());
                });
        assertEquals("v", put("k", "v"));
        assertEquals("v", db.get("k").orElseThrow().value().toUtf8());
    }

    @Test
    void whatANodeHadNotReadWhenItWentAwayIsSentAgainEvenIfItWrites() {
        var requests = new AtomicInteger();
        node.script(
                (peer, id, request) -> {
                    if (requests.getAndIncrement() == 0) {
                        var why = new Reply.Failed(ErrorCode.UNAVAILABLE, "draining", 0);
                        peer.goAway(id - 1, why);
                        peer.cut();
                    } else {
                        store.request(peer, id, request);
                    }
                });
        assertEquals("v", put("k", "v"));
        assertEquals(List.of("put k", "put k"), seen());
    }

    @Test
    void whatANodeHadReadWhenItWentAwayIsStillAnswered() throws IOException {
        node.script(
                (peer, id, _) -> {
                    var why = new Reply.Failed(ErrorCode.UNAVAILABLE, "draining", 0);
                    peer.goAway(id, why);
                });
        var pending = db.async().put("a", "1");
        FakeNode.Received first = node.next();
        node.script(store);
        // The first connection takes nothing more: this goes over a new one, sooner or later.
        while (node.connections() < 2) {
            db.put("b", "2");
        }
        first.peer().reply(first.id(), new Reply.Written(new Version(7, 7)));
        assertEquals(new Version(7, 7), pending.join());
        // With the last answer the client has no more use for the connection.
        first.peer().awaitClosed();

    }

    @Test
    void whatANodeHadReadWhenItWentAwayAndNeverAnsweredIsIndeterminate() {
        FakeNode.Script leaving =
                (peer, id, _) -> {
                    peer.goAway(id, new Reply.Failed(ErrorCode.UNAVAILABLE, "draining", 0));
                    peer.cut();
                };
        try (var old = FakeNode.old(leaving);
                var own = Norikv.connect(old.endpoint(), OPTIONS)) {
            var lost =
                    assertThrows(NoriException.Indeterminate.class, () -> own.put("k", "v"));
            assertTrue(lost.getMessage().endsWith("draining"), lost.getMessage());
            assertEquals(1, old.pending());
        }
    }

    @Test
    void aPingOfTheNodeIsAnswered() throws IOException {
        db.put("k", "v");
        FakeNode.Received put = node.next();
        put.peer().ping(77, Bytes.utf8("echo"));
        assertEquals(77, node.next().id());
    }

    @Test
    void atTheBoundFuturesFailAtOnceAndCallsWait() throws Exception {
        node.script((_, _, _) -> {});
        try (var small = Norikv.connect(node.endpoint(), OPTIONS.withMaxInFlight(3))) {
            List<FakeNode.Received> held = new ArrayList<>();
            List<CompletableFuture<Version>> futures = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                futures.add(small.async().put("k" + i, "v"));
                held.add(node.next());
            }
            var refused = small.async().put("more", "v");
            assertTrue(refused.isDone());
            var thrown = assertThrows(CompletionException.class, refused::join);
            assertInstanceOf(NoriException.Overloaded.class, thrown.getCause());
            assertEquals(0, node.pending());

            var waiting = new CompletableFuture<Version>();
            Thread.ofVirtual().start(() -> waiting.complete(small.put("late", "v")));
            node.script(store);
            FakeNode.Received first = held.getFirst();
            first.peer().reply(first.id(), new Reply.Written(new Version(1, 1)));
            assertEquals(new Version(1, 1), waiting.join());
            held.get(1).peer().reply(held.get(1).id(), new Reply.Written(new Version(1, 1)));
            held.get(2).peer().reply(held.get(2).id(), new Reply.Written(new Version(1, 1)));
            futures.forEach(CompletableFuture::join);
        }
    }

    @Test
    void closingWaitsForWhatIsInFlight() throws Exception {
        node.script((_, _, _) -> {});
        var other = Norikv.connect(node.endpoint(), OPTIONS);
        var pending = other.async().put("k", "v");
        FakeNode.Received put = node.next();
        Thread closer = Thread.ofVirtual().start(other::close);
        while (!other.async().get("k").isDone()) {
            // Until closing has begun, which refuses at once; what came before is answered.
            FakeNode.Received get = node.next();
            get.peer().reply(get.id(), new Reply.Missing());
        }
        assertTrue(closer.isAlive());
        put.peer().reply(put.id(), new Reply.Written(new Version(3, 3)));
        assertEquals(new Version(3, 3), pending.join());
        closer.join();
    }

    private String put(String key, String value) {
        db.put(key, value);
        return ((Reply.Found) store.answer(get(key))).value().toUtf8();
    }

    private static Request.Get get(String key) {
        return new Request.Get(Bytes.utf8(key), norikv.domain.Consistency.LINEARIZABLE);
    }

    /// The requests that arrived since this was last asked.
    private List<String> seen() {
        List<String> seen = new ArrayList<>();
        while (node.pending() > 0) {
            Request request = node.next().request();
            String verb = request.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
            seen.add(
                    request instanceof Request.Single single
                            ? verb + " " + single.key().toUtf8()
                            : verb);
        }
        return seen;
    }

    /// The next request gets this, all others are answered.
    private void once(FakeNode.Script fault) {
        var first = new AtomicInteger();
        node.script(
                (peer, id, request) -> {
                    if (first.getAndIncrement() == 0) {
                        fault.request(peer, id, request);
                    } else {
                        store.request(peer, id, request);
                    }
                });
    }

    private static void flipped(FakeNode.Peer peer, long id, int at) throws IOException {
        var out = new ByteWriter(64);
        ReplyCodec.encode(out, id, new Reply.Written(new Version(300, 300)));
        out.array()[at] ^= 4;
        peer.raw(out);
    }

    private static void tooLong(FakeNode.Peer peer, long id) throws IOException {
        var out = new ByteWriter(64);
        ReplyCodec.encode(out, id, new Reply.Missing());
        out.patchI32(8, Frame.PAYLOAD_BYTES_MAX + 1);
        out.patchI32(20, norikv.bytes.Crc32c.of(out.array(), 0, 20));
        peer.raw(out);
    }

    /// A frame with good checksums whose payload is no reply.
    private static ByteWriter goodFrameOfNonsense(long id) {
        var out = new ByteWriter(64);
        ReplyCodec.encode(out, id, new Reply.Missing());
        out.array()[24] = 99;
        byte[] payload = {99, 0};
        out.patchI32(26, norikv.bytes.Crc32c.of(payload, 0, 2));
        return out;
    }
}
