package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One node sees too few others: another one may see enough, and is asked before that is believed.
final class NoQuorumTest {
    private static final Reply.Failed TOO_FEW =
            new Reply.Failed(ErrorCode.NO_QUORUM, "shard 7: too few", 0);

    private final FakeStore store = new FakeStore();
    private final FakeNode one = new FakeNode(each(TOO_FEW));
    private final FakeNode two = new FakeNode(store);
    private final Norikv db =
            Norikv.connect(
                    one.endpoint() + "," + two.endpoint(),
                    ClientOptions.defaults().withDeadline(Duration.ofSeconds(2)));

    @AfterEach
    void close() {
        db.close();
        one.close();
        two.close();
    }

    @Test
    void whoSeesEnoughIsFoundHoweverOftenOthersWereRefused() {
        for (int i = 0; i < 300; i++) {
            db.put("k" + i, "v");
            assertEquals("v", db.get("k" + i).orElseThrow().value().toUtf8());
        }
        db.batch().put("a", "1").put("b", "2").get("k1").execute().forEach(
                reply -> assertTrue(!(reply instanceof Reply.Failed), reply::toString));
    }

    @Test
    void whatOneNodeSawIsToldThoughAnotherCouldNotBeReachedLast() {
        two.script(each(new Reply.Failed(ErrorCode.UNAVAILABLE, "closing", 0)));
        assertEquals(ErrorCode.NO_QUORUM, failureOf(() -> db.get("k")).code());
        two.script((_, _, _) -> {}); // frozen: reads look elsewhere, and time runs out
        assertEquals(ErrorCode.NO_QUORUM, failureOf(() -> db.get("k")).code());
        List<Reply> replies = db.batch().put("a", "1").get("b").execute();
        for (Reply reply : replies) {
            ErrorCode code = ((Reply.Failed) reply).code();
            assertTrue(code == ErrorCode.NO_QUORUM || code.isIndeterminate(), reply::toString);
        }
    }

    @Test
    void whatMayHaveBeenWrittenIsNeverHiddenByIt() {
        var perhaps = new Reply.Failed(ErrorCode.INDETERMINATE, "perhaps", 0);
        two.script((peer, id, _) -> peer.reply(id, perhaps));
        Reply whole = db.batch().put("b", "1").execute().getFirst();
        assertEquals(ErrorCode.INDETERMINATE, ((Reply.Failed) whole).code());
        two.script(each(perhaps));
        assertEquals(ErrorCode.INDETERMINATE, failureOf(() -> db.put("k", "v")).code());
        Reply reply = db.batch().put("a", "1").execute().getFirst();
        assertEquals(ErrorCode.INDETERMINATE, ((Reply.Failed) reply).code());
    }

    private static FakeNode.Script each(Reply.Failed why) {
        return (peer, id, request) ->
                peer.reply(
                        id,
                        request instanceof Request.Batch(var operations)
                                ? new Reply.Batched(
                                        operations.stream().map(_ -> (Reply) why).toList())
                                : why);
    }

    private static NoriException failureOf(Runnable call) {
        return assertThrows(NoriException.class, call::run);
    }
}
