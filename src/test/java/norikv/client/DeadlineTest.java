package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Deadlines, judged by a clock that only the test moves.
final class DeadlineTest {
    private static final Duration TICK = Duration.ofNanos(Calls.TICK_NANOS);
    private static final Duration NEARLY = Duration.ofMillis(4_990);

    private final ManualLoops loops = new ManualLoops();
    private final FakeNode node = FakeNode.silent();
    private final ClientOptions options =
            ClientOptions.defaults().withConnectTimeout(Duration.ofHours(1));
    private final Norikv db = client(options);

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void aWriteToAFrozenNodeIsIndeterminateAtItsDeadline() {
        var put = db.async().put("k", "v");
        node.next();
        loops.advance(NEARLY);
        assertFalse(put.isDone());
        loops.advance(TICK);
        var failure = failureOf(put, NoriException.Indeterminate.class);
        assertEquals(ErrorCode.INDETERMINATE, failure.code());
        assertEquals(
                "put: it may have been written, or may yet be: no answer within 5000 ms",
                failure.getMessage());
    }

    @Test
    void aReadFromAFrozenNodeFailsAtItsDeadline() {
        var get = db.async().get("k");
        node.next();
        loops.advance(NEARLY);
        assertFalse(get.isDone());
        loops.advance(TICK);
        var failure = failureOf(get, NoriException.Unavailable.class);
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, failure.code());
    }

    @Test
    void aWriteThatWasNeverSentIsDefinite() {
        // The node takes the connection and says nothing: no welcome, so nothing is sent.
        node.greeting(DeadlineTest::hold);
        Norikv patient = client(options);
        var put = patient.async().put("k", "v");
        loops.advance(Duration.ofSeconds(5));
        var failure = failureOf(put, NoriException.Unavailable.class);
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, failure.code());
        assertEquals(
                "put: no answer within 5000 ms; nothing was written", failure.getMessage());
        assertEquals(0, node.pending());
        patient.close();
    }

    @Test
    void aConnectionThatGetsNoWelcomeIsGivenUp() {
        node.greeting(DeadlineTest::hold);
        Norikv hasty = client(ClientOptions.defaults());
        var put = hasty.async().put("k", "v");
        loops.advance(Duration.ofSeconds(2));
        advanceUntil(put::isDone);
        var failure = failureOf(put, NoriException.Unavailable.class);
        assertTrue(failure.getMessage().contains("no welcome within PT2S"), failure.getMessage());
    }

    @Test
    void aSynchronousCallEndsAtItsDeadlineToo() {
        var call = new CompletableFuture<Version>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                call.complete(db.put("k", "v"));
                            } catch (NoriException e) {
                                call.completeExceptionally(e);
                            }
                        });
        node.next();
        loops.advance(Duration.ofSeconds(5));
        failureOf(call, NoriException.Indeterminate.class);
    }

    @Test
    void aLateAnswerGoesToNobody() throws Exception {
        Norikv one = client(options.withMaxInFlight(1));
        var first = one.async().put("a", "1");
        FakeNode.Received asked = node.next();
        loops.advance(Duration.ofSeconds(5));
        failureOf(first, NoriException.Indeterminate.class);

        var second = one.async().put("b", "2");
        FakeNode.Received next = node.next();
        assertEquals(asked.id() & 0xffff, next.id() & 0xffff);
        asked.peer().reply(asked.id(), new Reply.Written(new Version(1, 1)));
        next.peer().reply(next.id(), new Reply.Written(new Version(2, 2)));
        assertEquals(new Version(2, 2), second.join());
        one.close();
    }

    @Test
    void theNodeIsToldHowLongTheCallerStillWaits() {
        db.async().get(Bytes.utf8("k"), GetOptions.defaults().withDeadline(Duration.ofMillis(77)));
        assertEquals(77, node.next().deadlineMillis());
    }

    @Test
    void aWaitForASlotEndsAtTheDeadline() {
        Norikv one = client(options.withMaxInFlight(1));
        var patient = GetOptions.defaults().withDeadline(Duration.ofMinutes(1));
        one.async().get(Bytes.utf8("k"), patient);
        node.next();
        var call = new CompletableFuture<Version>();
        Thread waiter =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        call.complete(one.put("k", "v"));
                                    } catch (NoriException e) {
                                        call.completeExceptionally(e);
                                    }
                                });
        while (waiter.getState() != Thread.State.WAITING && !call.isDone()) {
            Thread.onSpinWait();
        }
        assertFalse(call.isDone());
        loops.advance(Duration.ofSeconds(5));
        var failure = failureOf(call, NoriException.Overloaded.class);
        assertTrue(failure.getMessage().contains("at most 1 calls in flight"));
        assertEquals(0, node.pending());
    }

    @Test
    void aCallIsTriedSoManyTimesAtMostAndSaysSo() {
        node.script((peer, id, _) -> peer.reply(id, new Reply.Failed(ErrorCode.NOT_LEADER, "", 0)));
        var patient = PutOptions.defaults().withDeadline(Duration.ofHours(1));
        var put = db.async().put(Bytes.utf8("k"), Bytes.EMPTY, patient);
        advanceUntil(put::isDone);
        var failure = failureOf(put, NoriException.NotLeader.class);
        assertEquals(RetryRules.ATTEMPTS_MAX, failure.attempts());
        assertEquals(RetryRules.ATTEMPTS_MAX, node.pending());
        assertTrue(failure.getMessage().endsWith("(200 attempts)"), failure.getMessage());
    }

    @Test
    void aCallIsNotTriedAgainBeforeTheNodeWantsIt() {
        node.script(
                (peer, id, _) -> {
                    var busy = new Reply.Failed(ErrorCode.RESOURCE_EXHAUSTED, "", 300);
                    peer.reply(id, busy);
                });
        var patient = PutOptions.defaults().withDeadline(Duration.ofHours(1));
        long began = loops.clock().nanoTime();
        var put = db.async().put(Bytes.utf8("k"), Bytes.EMPTY, patient);
        node.next();
        advanceUntil(() -> node.pending() > 0);
        assertTrue(loops.clock().nanoTime() - began >= Duration.ofMillis(300).toNanos());
        advanceUntil(put::isDone);
        assertEquals(300, failureOf(put, NoriException.Overloaded.class).retryAfterMillis());
    }

    @Test
    void aCallThatCouldNotBeTriedAgainInTimeFailsAtOnce() {
        node.script(
                (peer, id, _) ->
                        peer.reply(id, new Reply.Failed(ErrorCode.WRITE_STALL, "full", 6_000)));
        var put = db.async().put("k", "v");
        var failure = failureOf(put, NoriException.Overloaded.class);
        assertEquals(ErrorCode.WRITE_STALL, failure.code());
        assertEquals(1, failure.attempts());
    }

    @Test
    void aNodeThatOwesAnswersIsPingedThenGivenUp() {
        var patient = GetOptions.defaults().withDeadline(Duration.ofMinutes(10));
        var pings = new LinkedBlockingQueue<Long>();
        node.pings(pings::add);
        var get = db.async().get(Bytes.utf8("k"), patient);
        node.next();
        loops.advance(Duration.ofSeconds(6));
        assertDoesNotHang(() -> pings.take());
        // The fake swallowed the ping: nothing was heard for ten seconds.
        loops.advance(Duration.ofSeconds(5));
        advanceUntil(() -> node.pending() > 0);
        FakeNode.Received again = node.next();
        assertEquals(2, node.connections());
        assertFalse(get.isDone());
        assertDoesNotHang(
                () -> {
                    again.peer().reply(again.id(), new Reply.Missing());
                    return 0;
                });
        assertTrue(get.join().isEmpty());
    }

    @Test
    void closingEndsAtItsBoundAndFailsWhatIsLeft() {
        var patient = PutOptions.defaults().withDeadline(Duration.ofMinutes(10));
        var put = db.async().put(Bytes.utf8("k"), Bytes.EMPTY, patient);
        node.next();
        Thread closer = Thread.ofVirtual().start(db::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        loops.advance(Duration.ofSeconds(5));
        failureOf(put, NoriException.Indeterminate.class);
    }

    /// Lets time pass tick by tick, with a little real time in each for what the sockets do.
    private void advanceUntil(BooleanSupplier condition) {
        var never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            loops.advance(TICK);
            try {
                assertFalse(never.await(1, TimeUnit.MILLISECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Norikv client(ClientOptions options) {
        return new Norikv(
                loops,
                List.of(new Endpoint("127.0.0.1", node.port())),
                options,
                new SplittableRandom(1));
    }

    private static boolean hold(FakeNode.Peer peer) {
        peer.awaitEnd();
        return false;
    }

    private static void assertDoesNotHang(java.util.concurrent.Callable<?> action) {
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20), action::call);
    }

    private static <T extends NoriException> T failureOf(
            CompletableFuture<?> future, Class<T> kind) {
        var thrown =
                assertThrows(
                        CompletionException.class,
                        () -> future.orTimeout(20, TimeUnit.SECONDS).join());
        return assertInstanceOf(kind, thrown.getCause());
    }
}
