package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.Test;

/// The stack under many real threads: counters that all of them raise by compare-and-set must come
/// out exact, and everybody is answered once, also those whom a stop overtakes.
final class StackThreadsTest {
    private static final int CALLERS = 12;
    private static final int COUNTERS = 5;
    private static final int RAISES = 60;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final ThreadLoops loops =
            new ThreadLoops((where, cause) -> faults.add(where + ": " + cause));
    private final SimDisk disk = new SimDisk(1);

    @Test
    void countersThatManyRaiseAreExact() throws InterruptedException {
        Stack stack = open(3);
        var raised = new AtomicLong();
        List<Thread> callers = new ArrayList<>();
        for (int c = 0; c < CALLERS; c++) {
            int first = c;
            callers.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        for (int i = 0; i < RAISES; i++) {
                                            raise(stack, "n" + (first + i) % COUNTERS);
                                            raised.incrementAndGet();
                                        }
                                    }));
        }
        for (Thread caller : callers) {
            caller.join();
        }

        assertEquals(CALLERS * RAISES, raised.get());
        assertEquals(CALLERS * RAISES, sum(stack));
        stack.close();
        Stack again = open(1);
        assertEquals(CALLERS * RAISES, sum(again));
        again.close();
        assertTrue(faults.isEmpty(), faults::toString);
    }

    @Test
    void aStopAnswersEverybodyAndKeepsWhatItAcknowledged() throws InterruptedException {
        Stack stack = open(2);
        var answers = new AtomicLong();
        var written = new AtomicLong();
        List<Thread> callers = new ArrayList<>();
        for (int c = 0; c < CALLERS; c++) {
            int first = c * RAISES;
            callers.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        for (int i = first; i < first + RAISES; i++) {
                                            Reply reply = ask(stack, put("k" + i, "v"));
                                            boolean done = reply instanceof Reply.Written;
                                            written.addAndGet(done ? 1 : 0);
                                            answers.incrementAndGet();
                                        }
                                    }));
        }
        while (written.get() < RAISES) {
            Thread.onSpinWait();
        }
        stack.close();
        for (Thread caller : callers) {
            caller.join();
        }

        assertEquals(CALLERS * RAISES, answers.get());
        Stack again = open(1);
        var page = assertInstanceOf(Reply.Page.class, ask(again, scanAll()));
        assertTrue(page.count() >= written.get(), page.count() + " of " + written);
        again.close();
        assertTrue(faults.isEmpty(), faults::toString);
    }

    /// Raises the counter by one, however often others are faster.
    private static void raise(Stack stack, String counter) {
        while (true) {
            Reply before = ask(stack, get(counter));
            long value = 0;
            Precondition condition = Precondition.IF_ABSENT;
            if (before instanceof Reply.Found(Bytes bytes, var at, _, _)) {
                value = Long.parseLong(bytes.toUtf8());
                condition = new Precondition.IfVersion(at);
            }
            var name = Bytes.utf8(counter);
            var next = Bytes.utf8(Long.toString(value + 1));
            Reply reply = ask(stack, new Request.Put(name, next, Request.Put.NO_TTL, condition));
            if (reply instanceof Reply.Written) {
                return;
            }
            assertInstanceOf(Reply.Mismatch.class, reply);
        }
    }

    private static long sum(Stack stack) {
        long sum = 0;
        for (int i = 0; i < COUNTERS; i++) {
            var found = assertInstanceOf(Reply.Found.class, ask(stack, get("n" + i)));
            sum += Long.parseLong(found.value().toUtf8());
        }
        return sum;
    }

    /// {@return the answer; an error must be that of a node that closes: definite for a read, while
    /// a write that was in the log already may happen yet}
    private static Reply ask(Stack stack, Request request) {
        var reply = new CompletableFuture<Reply>();
        stack.keyValue()
                .submit(
                        request,
                        System.nanoTime() + DEADLINE_NANOS,
                        one -> assertTrue(reply.complete(one), "answered twice"));
        Reply answered = reply.join();
        if (answered instanceof Reply.Failed(ErrorCode code, String message, _, _)) {
            boolean read = request instanceof Request.Get || request instanceof Request.Scan;
            boolean mayBe = code == ErrorCode.INDETERMINATE && !read;
            assertTrue(mayBe || code == ErrorCode.UNAVAILABLE, code + ": " + message);
        }
        return answered;
    }

    private static Request get(String key) {
        return new Request.Get(Bytes.utf8(key), Consistency.LINEARIZABLE);
    }

    private static Request put(String key, String value) {
        return new Request.Put(
                Bytes.utf8(key), Bytes.utf8(value), Request.Put.NO_TTL, Precondition.NONE);
    }

    private static Request scanAll() {
        return new Request.Scan(
                Bytes.EMPTY,
                Bytes.EMPTY,
                10_000,
                1 << 20,
                false,
                Request.Projection.COUNT,
                Consistency.LINEARIZABLE,
                Bytes.EMPTY);
    }

    private Stack open(int workers) {
        var options =
                new Stack.Options(
                        new Sharding(16),
                        LsmOptions.defaults().withMemtableBytes(1 << 20),
                        1 << 20,
                        0,
                        32 << 20,
                        Host.Options.defaults(2)
                                .withWorkers(workers)
                                .withUnflushed(64 << 20, 100_000),
                        KeyValueNode.Options.defaults());
        Stack stack = SimStack.open(disk, loops, faults, options);
        while (!stack.isRecovered()) {
            assertTrue(faults.isEmpty(), faults::toString);
            Thread.onSpinWait();
        }
        return stack;
    }
}
