package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// While nobody leads, nodes name each other, or one that is gone: a call goes on asking until its
/// deadline, without using its attempts up at once. Judged by a clock that only the test moves.
final class RedirectTest {
    private static final Duration TICK = Duration.ofNanos(Calls.TICK_NANOS);
    private static final int LOOKS_MAX = 20_000;

    /// More calls than there are retries saved up.
    private static final int CROWD = 300;

    private final ManualLoops loops = new ManualLoops();

    /// Each says that a node of the same name leads: to the one, that is the other.
    private final FakeNode.Script named =
            (peer, id, _) ->
                    peer.reply(id, new Reply.Failed(ErrorCode.NOT_LEADER, "not here", 0, "fake"));
    private final FakeNode one = new FakeNode(named);
    private final FakeNode two = new FakeNode(named);
    private final Norikv db =
            new Norikv(
                    loops,
                    List.of(
                            new Endpoint("127.0.0.1", one.port()),
                            new Endpoint("127.0.0.1", two.port())),
                    ClientOptions.defaults().withConnectTimeout(Duration.ofHours(1)),
                    new SplittableRandom(1));

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    @Test
    void nodesThatNameEachOtherAreAskedUntilTheDeadline() {
        long began = loops.clock().nanoTime();
        var put = db.async().put("k", "v");
        end(put);
        assertThrows(CompletionException.class, put::join);
        Duration taken = Duration.ofNanos(loops.clock().nanoTime() - began);
        assertTrue(taken.toMillis() > 2_000, () -> "gave up after " + taken);
        assertTrue(one.pending() + two.pending() <= RetryRules.ATTEMPTS_MAX);
    }

    @Test
    void whoWasElectedMeanwhileIsFound() {
        var put = db.async().put("k", "v");
        for (int i = 0; i < 100; i++) {
            tick();
        }
        assertFalse(put.isDone());
        two.script((peer, id, _) -> peer.reply(id, new Reply.Written(new Version(2, 2))));
        end(put);
        assertEquals(new Version(2, 2), put.join());
    }

    @Test
    void callsThatReachNobodyCostNobodyARetryAndLiveUntilTheirDeadline() {
        one.close();
        two.close();
        List<CompletableFuture<?>> puts = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            puts.add(db.async().put("k", "v"));
        }
        for (int i = 0; i < 200; i++) {
            tick();
        }
        assertTrue(puts.stream().noneMatch(CompletableFuture::isDone));
        puts.forEach(this::end);
        assertTrue(puts.stream().allMatch(CompletableFuture::isCompletedExceptionally));
    }

    private void end(CompletableFuture<?> call) {
        for (int looks = 0; !call.isDone() && looks < LOOKS_MAX; looks++) {
            tick();
        }
        assertTrue(call.isDone());
    }

    /// Lets a tick pass, with a little real time in it for what the sockets do.
    private void tick() {
        loops.advance(TICK);
        try {
            assertFalse(new CountDownLatch(1).await(1, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
