package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A node that is there and says nothing costs a call its deadline at the most, and the next one
/// nothing; reads go on elsewhere. Judged by a clock that only the test moves.
final class FrozenNodeTest {
    private static final Duration TICK = Duration.ofNanos(Calls.TICK_NANOS);
    private static final int LOOKS_MAX = 5_000;

    private final ManualLoops loops = new ManualLoops();
    private final FakeNode frozen = FakeNode.silent();
    private final FakeNode other =
            new FakeNode(
                    (peer, id, request) ->
                            peer.reply(
                                    id,
                                    request instanceof Request.Get
                                            ? new Reply.Missing()
                                            : new Reply.Written(new Version(2, 2))));
    private final Norikv db =
            new Norikv(
                    loops,
                    List.of(
                            new Endpoint("127.0.0.1", frozen.port()),
                            new Endpoint("127.0.0.1", other.port())),
                    ClientOptions.defaults().withConnectTimeout(Duration.ofHours(1)),
                    new SplittableRandom(1));

    @AfterEach
    void close() {
        frozen.close();
        other.close();
    }

    @Test
    void aStaleReadAsksAnotherReplicaSoon() {
        var how = GetOptions.defaults().withConsistency(Consistency.STALE);
        var get = db.async().get(Bytes.utf8("k"), how);
        frozen.next();
        loops.advance(Duration.ofNanos(Calls.STALE_PATIENCE_NANOS).minus(TICK));
        assertEquals(0, other.connections());
        answered(get);
        assertEquals(1, other.pending());
    }

    @Test
    void aReadAsksWhoLeadsNow() {
        var get = db.async().get("k");
        frozen.next();
        loops.advance(Duration.ofNanos(Calls.READ_PATIENCE_NANOS).minus(TICK));
        assertEquals(0, other.connections());
        answered(get);
        assertEquals(1, other.pending());
    }

    @Test
    void aWriteThatItsShardKnowsAgainIsSentToAnotherNode() {
        db.async().put("k", "before a node was met");
        frozen.next();
        var put = db.async().put("k", "v");
        Request sent = frozen.next().request();
        loops.advance(Duration.ofNanos(Calls.WRITE_PATIENCE_NANOS).minus(TICK));
        assertEquals(0, other.connections());
        answered(put);
        assertEquals(sent, other.next().request());
    }

    @Test
    void aWriteThatNobodyKnowsAgainIsNotTriedTwiceButTheNextOneGoesElsewhere() {
        var first = db.async().put("k", "v");
        frozen.next();
        loops.advance(Duration.ofSeconds(5));
        assertThrows(CompletionException.class, first::join);
        assertEquals(0, other.pending());

        answered(db.async().put("k", "w"));
        assertEquals(1, other.pending());
        assertEquals(0, frozen.pending());
    }

    @Test
    void aNodeThatIsAloneIsWaitedFor() {
        var alone =
                new Norikv(
                        loops,
                        List.of(new Endpoint("127.0.0.1", frozen.port())),
                        ClientOptions.defaults().withConnectTimeout(Duration.ofHours(1)),
                    new SplittableRandom(1));
        var get = alone.async().get("k");
        frozen.next();
        loops.advance(Duration.ofMillis(4_900));
        assertFalse(get.isDone());
        assertEquals(0, frozen.pending());
    }

    /// Lets time pass tick by tick, with a little real time in each for what the sockets do.
    private void answered(CompletableFuture<?> call) {
        var never = new CountDownLatch(1);
        for (int looks = 0; !call.isDone() && looks < LOOKS_MAX; looks++) {
            loops.advance(TICK);
            try {
                assertFalse(never.await(1, TimeUnit.MILLISECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        call.join();
    }
}
