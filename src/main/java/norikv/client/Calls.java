package norikv.client;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.Step;

/// Every call in flight: hands it to a connection, meets its deadline, tries it again, and tells
/// its sink what came of it.
///
/// Its step looks at every slot each [#TICK_NANOS] while there are calls: that is the only timer,
/// and deadlines are met that late. **Threads.** Any; see [Call] for who decides. Sinks are called
/// by the thread that read the answer, by the step, by whoever submitted or by whoever closes.
final class Calls implements Step {
    /// How often deadlines and retries are looked at.
    static final long TICK_NANOS = 10_000_000;

    /// After so many looks at nothing the step sleeps.
    private static final int IDLE_TICKS_MAX = 100;

    /// The low bits of a request id, which name its slot.
    static final int SLOT_BITS = 16;

    /// What a call gets that comes after closing, or did not end before it.
    static final Reply.Failed CLOSED =
            new Reply.Failed(
                    ErrorCode.UNAVAILABLE, "the client is closed; nothing was written", 0);

    private static final long SLOT_MASK = (1L << SLOT_BITS) - 1;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final Loops loops;
    private final Nodes nodes;
    private final Slots slots;
    private final AtomicReferenceArray<Call> calls;
    private final RetryRules rules = new RetryRules();
    private final AtomicLong chance;
    private final Signal drained;
    private final Loop loop;
    private volatile boolean ticking;
    private volatile boolean closing;
    private volatile boolean closed;
    private int idleTicks;

    Calls(Loops loops, List<Endpoint> endpoints, ClientOptions options) {
        this.loops = loops;
        this.nodes = new Nodes(loops, this, endpoints, options);
        this.slots = new Slots(loops, options.maxInFlight());
        this.calls = new AtomicReferenceArray<>(options.maxInFlight());
        this.chance = new AtomicLong(loops.clock().nanoTime());
        this.drained = loops.signal();
        this.loop = loops.start("norikv-client", this);
    }

    Nodes nodes() {
        return nodes;
    }

    long nanoTime() {
        return loops.clock().nanoTime();
    }

    /// Starts a call, waiting for a slot while all are taken.
    void submitWaiting(Request request, long budgetNanos, int attemptsMax, Sink sink) {
        long now = nanoTime();
        int slot = closing ? -1 : slots.take(now + budgetNanos);
        if (slot < 0) {
            refuse(closing, sink);
        } else {
            begin(new Call(request, now, now + budgetNanos, slot, attemptsMax, sink));
        }
    }

    /// Starts a call, or tells its sink at once that all slots are taken.
    void submit(Request request, long budgetNanos, Sink sink) {
        int slot = closing ? -1 : slots.tryTake();
        if (slot < 0) {
            refuse(closing, sink);
        } else {
            long now = nanoTime();
            long deadline = now + budgetNanos;
            begin(new Call(request, now, deadline, slot, RetryRules.ATTEMPTS_MAX, sink));
        }
    }

    private void refuse(boolean closedNow, Sink sink) {
        sink.done(closedNow ? CLOSED : overloaded(), 1);
    }

    private Reply.Failed overloaded() {
        return new Reply.Failed(
                ErrorCode.RESOURCE_EXHAUSTED,
                "client: at most %d calls in flight; nothing was sent".formatted(calls.length()),
                1);
    }

    private void begin(Call call) {
        rules.began();
        calls.set(call.slot, call);
        if (closing && call.finish() != Call.DONE) {
            end(call, CLOSED);
            return;
        }
        dispatch(call);
        // Set by the step before it looks at the slots a last time, read here after filling one.
        if (!ticking) {
            loop.wake();
        }
    }

    /// Hands a claimed call to a connection.
    private void dispatch(Call call) {
        Connection connection = nodes.pick(call.slot);
        if (connection == null) {
            if (call.move(Call.CLAIMED, Call.DONE)) {
                failed(call, nodes.unreachable(), false);
            }
            return;
        }
        call.connection = connection;
        if (!call.move(Call.CLAIMED, Call.QUEUED)) {
            return;
        }
        if (!connection.offer(call)) {
            notSent(call, overloaded());
        } else if (connection.isClosed()) {
            notSent(call, connection.closedBecause());
        }
    }

    /// A node answered.
    void answered(Connection connection, long id, Reply reply) {
        int slot = (int) (id & SLOT_MASK);
        Call call = slot < calls.length() ? calls.get(slot) : null;
        if (call == null
                || call.state() != Call.SENT
                || call.id != id
                || call.connection != connection
                || !call.move(Call.SENT, Call.DONE)) {
            // Answers to calls that nobody waits for any more.
            return;
        }
        if (reply instanceof Reply.Failed why) {
            if (why.code().retry() == ErrorCode.Retry.AUTOMATIC) {
                nodes.avoid(connection);
            }
            failed(call, why, why.code().isIndeterminate());
        } else {
            end(call, reply);
        }
    }

    /// A connection is no more.
    ///
    /// @param lastRead the greatest id that the node may have read
    void lost(Connection connection, Reply.Failed why, long lastRead) {
        for (int slot = 0; slot < calls.length(); slot++) {
            Call call = calls.get(slot);
            // The state first: it says whether the rest can be read.
            if (call == null || call.state() < Call.QUEUED || call.connection != connection) {
                continue;
            }
            if (call.move(Call.QUEUED, Call.DONE)) {
                failed(call, why, false);
            } else if (call.move(Call.SENT, Call.DONE)) {
                failed(call, why, Long.compareUnsigned(call.id, lastRead) <= 0);
            }
        }
    }

    /// {@return whether some call waits for this connection}
    boolean areOn(Connection connection) {
        for (int slot = 0; slot < calls.length(); slot++) {
            Call call = calls.get(slot);
            int state = call == null ? Call.DONE : call.state();
            if ((state == Call.QUEUED || state == Call.SENT) && call.connection == connection) {
                return true;
            }
        }
        return false;
    }

    /// Makes the step look soon.
    void look() {
        loop.wake();
    }

    /// A connection will not send a call that it had taken.
    void notSent(Call call, Reply.Failed why) {
        if (call.move(Call.QUEUED, Call.DONE)) {
            failed(call, why, false);
        }
    }

    /// Tries a call that is done again, or tells its sink that it failed.
    ///
    /// @param mayHaveHappened whether a write may have been written all the same
    private void failed(Call call, Reply.Failed why, boolean mayHaveHappened) {
        if (mayHaveHappened && call.writes()) {
            end(call, indeterminate(call, why.message()));
            return;
        }
        long now = nanoTime();
        long left = call.deadlineNanos - now;
        long wait =
                closed
                        ? RetryRules.NEVER
                        : rules.waitNanos(why, call.attempt, call.attemptsMax, left, random());
        if (wait == RetryRules.NEVER) {
            end(call, why);
        } else {
            Call next = call.again(now + wait, why);
            calls.set(call.slot, next);
            // Closing sets its flag, then looks at the slots.
            if (closed && next.finish() != Call.DONE) {
                end(next, CLOSED);
            }
        }
    }

    private void end(Call call, Reply reply) {
        calls.set(call.slot, null);
        slots.free(call.slot);
        if (closing && isEmpty()) {
            drained.raise();
        }
        call.sink.done(reply, call.attempt);
    }

    @Override
    public long runOnce(long nowNanos) {
        ticking = true;
        boolean live = nodes.tick(nowNanos);
        for (int slot = 0; slot < calls.length(); slot++) {
            Call call = calls.get(slot);
            if (call != null) {
                live = true;
                look(call, nowNanos);
            }
        }
        idleTicks = live ? 0 : idleTicks + 1;
        if (idleTicks < IDLE_TICKS_MAX) {
            return nowNanos + TICK_NANOS;
        }
        ticking = false;
        return isEmpty() ? UNTIL_WOKEN : nowNanos + TICK_NANOS;
    }

    private void look(Call call, long nowNanos) {
        if (call.deadlineNanos <= nowNanos) {
            expire(call);
        } else if (call.notBeforeNanos <= nowNanos && call.move(Call.WAITING, Call.CLAIMED)) {
            dispatch(call);
        }
    }

    private void expire(Call call) {
        int state = call.finish();
        if (state == Call.DONE) {
            return;
        }
        long millis = (call.deadlineNanos - call.startNanos) / 1_000_000;
        String late = "no answer within %d ms".formatted(millis);
        if (state == Call.SENT && call.writes()) {
            end(call, indeterminate(call, late));
            return;
        }
        String before = call.before == null ? "" : "; before that: " + call.before.message();
        String what = call.writes() ? "; nothing was written" : "";
        String message = call.verb() + ": " + late + what + before;
        end(call, new Reply.Failed(ErrorCode.DEADLINE_EXCEEDED, message, 0));
    }

    private static Reply.Failed indeterminate(Call call, String why) {
        return new Reply.Failed(
                ErrorCode.INDETERMINATE,
                "%s: it may have been written, or may yet be: %s".formatted(call.verb(), why),
                0);
    }

    /// Takes no more calls, waits for those in flight until the deadline, fails the rest.
    void close(long deadlineNanos) {
        closing = true;
        slots.close();
        if (!isEmpty()) {
            drained.await(deadlineNanos);
        }
        closed = true;
        nodes.close(CLOSED);
        for (int slot = 0; slot < calls.length(); slot++) {
            Call call = calls.get(slot);
            int state = call == null ? Call.DONE : call.finish();
            if (state != Call.DONE) {
                failed(call, CLOSED, state == Call.SENT);
            }
        }
        loop.stop();
    }

    private boolean isEmpty() {
        for (int slot = 0; slot < calls.length(); slot++) {
            if (calls.get(slot) != null) {
                return false;
            }
        }
        return true;
    }

    /// {@return a number of [0, 1)}
    double random() {
        return new SplittableRandom(chance.getAndAdd(GOLDEN)).nextDouble();
    }
}
