package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A write whose fate is not known is sent again under its first number; and nothing that may have
/// been written is ever called certain.
final class SessionsTest {
    private static final ClientOptions OPTIONS =
            ClientOptions.defaults().withDeadline(Duration.ofSeconds(30));
    private static final ShardId SHARD = new ShardId(7);

    private final FakeStore store = new FakeStore();
    private final FakeNode node = new FakeNode(store);
    private final Norikv db = Norikv.connect(node.endpoint(), OPTIONS);

    @AfterEach
    void close() {
        node.script(store);
        db.close();
        node.close();
    }

    /// The first request gets this, all others are answered as `then` says.
    private void first(FakeNode.Script fault, FakeNode.Script then) {
        var count = new AtomicInteger();
        node.script(
                (peer, id, request) ->
                        (count.getAndIncrement() == 0 ? fault : then).request(peer, id, request));
    }

    private static FakeNode.Script failing(ErrorCode code) {
        return (peer, id, _) -> peer.reply(id, new Reply.Failed(code, "no", 0));
    }

    private Request.Write nextWrite() {
        return assertInstanceOf(Request.Write.class, node.next().request());
    }

    @Test
    void aWriteIsSentAgainUnderItsFirstNumber() {
        first((peer, _, _) -> peer.cut(), store);
        db.put("k", "v");

        Request.Write attempt = nextWrite();
        assertEquals(1, attempt.once().session().sequence());
        assertEquals(attempt, nextWrite());
    }

    @Test
    void aNodeThatDoesNotKnowWhatBecameOfAWriteIsAskedAgain() {
        first(failing(ErrorCode.INDETERMINATE), store);
        db.delete("k");

        assertEquals(nextWrite(), nextWrite());
    }

    @Test
    void aFailureAfterAnAttemptThatMayHaveBeenWrittenIsNotCertain() {
        for (var code :
                List.of(ErrorCode.INTERNAL, ErrorCode.SESSION_EXPIRED, ErrorCode.KEY_REUSED)) {
            first((peer, _, _) -> peer.cut(), failing(code));

            var lost = assertThrows(NoriException.Indeterminate.class, () -> db.put("k", "v"));
            assertEquals(2, lost.attempts());
        }
    }

    @Test
    void anotherNumberIsAnotherWriteAndWhatIsOverIsAcknowledged() {
        db.put("k", "1");
        db.put("k", "2");
        Session one = nextWrite().once().session();
        Session two = nextWrite().once().session();

        assertEquals(one.id(), two.id());
        assertEquals(List.of(1L, 0L), List.of(one.sequence(), one.acknowledged()));
        assertEquals(List.of(2L, 1L), List.of(two.sequence(), two.acknowledged()));
    }

    @Test
    void clientsAreToldApart() {
        try (var other = Norikv.connect(node.endpoint(), OPTIONS)) {
            db.put("k", "1");
            other.put("k", "2");
        }

        assertNotEquals(nextWrite().once().session().id(), nextWrite().once().session().id());
    }

    @Test
    void aSessionThatIsRefusedAtOnceIsDoneWithout() {
        first(failing(ErrorCode.SESSION_EXPIRED), store);
        db.put("k", "v");

        assertEquals(Session.NONE.isNone(), !nextWrite().once().session().isNone());
        assertTrue(nextWrite().once().session().isNone());
    }

    @Test
    void aBatchIsSentAgainUnderTheNumbersOfItsWrites() {
        first((peer, _, _) -> peer.cut(), store);
        db.batch().put("a", "1").get("b").delete("c").execute();

        Request attempt = node.next().request();
        assertEquals(attempt, node.next().request());
    }

    @Test
    void whatFailsInABatchThatMayHaveBeenWrittenIsNotCertain() {
        first(
                (peer, _, _) -> peer.cut(),
                (peer, id, request) -> {
                    var failed = new Reply.Failed(ErrorCode.INTERNAL, "no", 0);
                    int count = ((Request.Batch) request).operations().size();
                    peer.reply(id, new Reply.Batched(Collections.nCopies(count, failed)));
                });
        List<Reply> replies = db.batch().put("a", "1").get("b").execute();

        var write = assertInstanceOf(Reply.Failed.class, replies.getFirst());
        var read = assertInstanceOf(Reply.Failed.class, replies.getLast());
        assertEquals(ErrorCode.INDETERMINATE, write.code());
        assertEquals(ErrorCode.INTERNAL, read.code());
    }

    @Test
    void anOperationOfABatchThatMayHaveBeenWrittenIsSentAgainUnderItsNumber() {
        first(
                (peer, id, _) ->
                        peer.reply(
                                id,
                                new Reply.Batched(
                                        List.of(
                                                new Reply.Failed(ErrorCode.INDETERMINATE, "?", 0),
                                                new Reply.Written(new Version(1, 1))))),
                store);
        List<Reply> replies = db.batch().put("a", "1").put("b", "2").execute();

        assertInstanceOf(Reply.Written.class, replies.getFirst());
        var both = assertInstanceOf(Request.Batch.class, node.next().request());
        var again = assertInstanceOf(Request.Batch.class, node.next().request());
        assertEquals(List.of(both.operations().getFirst()), again.operations());
    }

    @Test
    void aKeyedWriteIsNotGivenToANodeThatDoesNotKnowKeys() {
        try (var old = FakeNode.old(store);
                var own = Norikv.connect(old.endpoint(), OPTIONS)) {
            var how = PutOptions.defaults().withIdempotencyKey("order-1");
            var refused =
                    assertThrows(NoriException.Refused.class, () -> own.put("k", "v", how));

            assertEquals(ErrorCode.VERSION_UNSUPPORTED, refused.code());
            assertEquals(0, old.pending());
        }
    }

    @Test
    void theUsersOwnKeyTravelsWithTheWrite() {
        db.put("k", "v", PutOptions.defaults().withIdempotencyKey("order-1"));
        db.delete(
                Bytes.utf8("k"), DeleteOptions.defaults().withIdempotencyKey("order-2"));

        assertEquals(Bytes.utf8("order-1"), nextWrite().once().idempotencyKey());
        assertEquals(Bytes.utf8("order-2"), nextWrite().once().idempotencyKey());
    }

    @Test
    void manyWritesUnderWayOnOneShardTakeSeveralSessions() {
        var sessions = new Sessions(new SplittableRandom(1));
        var leases = new ArrayList<Sessions.Lease>();
        var seen = new HashSet<String>();
        for (int i = 0; i < 5 * Session.OPEN_MAX; i++) {
            Sessions.Numbered numbered = sessions.begin(put(), SHARD, 1_000);
            Session session = numbered.write().once().session();
            String name = session.id().toHex() + "/" + session.sequence();
            assertTrue(seen.add(name), name);
            leases.add(numbered.lease());
        }
        leases.forEach(sessions::end);

        Session next = sessions.begin(put(), SHARD, 1_000).write().once().session();
        assertEquals(next.sequence() - 1, next.acknowledged());
        assertEquals(Session.OPEN_MAX + 1, next.sequence());
    }

    @Test
    void beyondTheLanesAWriteGoesWithoutANumber() {
        var sessions = new Sessions(new SplittableRandom(1));
        for (int i = 0; i < Sessions.LANES_MAX * Session.OPEN_MAX; i++) {
            sessions.begin(put(), SHARD, 1_000);
        }
        Sessions.Numbered beyond = sessions.begin(put(), SHARD, 1_000);

        assertSame(Sessions.Lease.NONE, beyond.lease());
        assertTrue(beyond.write().once().isNone());
    }

    private static Request.Put put() {
        return new Request.Put(Bytes.utf8("k"), Bytes.EMPTY, 0, Precondition.NONE);
    }
}
