package norikv.client;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;
import norikv.domain.Consistency;
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

    /// How long a replica may say nothing before a stale read asks another one.
    static final long STALE_PATIENCE_NANOS = 250_000_000;

    /// How long a leader may say nothing before a read asks who leads now.
    static final long READ_PATIENCE_NANOS = 1_000_000_000;

    /// How long a leader may say nothing before a write that is known again is sent to another.
    static final long WRITE_PATIENCE_NANOS = 1_000_000_000;

    /// How many attempts of a call may follow at once on the one before. Nodes that each believe
    /// another one to lead would use all of them up within milliseconds.
    static final int REDIRECTS_MAX = 3;

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
    private final Sessions sessions;
    private final AtomicLong chance;
    private final Signal drained;
    private final Loop loop;
    private volatile boolean ticking;
    private volatile boolean closing;
    private volatile boolean closed;
    private int idleTicks;

    /// @param random what tells this client from all others
    Calls(
            Loops loops,
            List<Endpoint> endpoints,
            ClientOptions options,
            RandomGenerator random) {
        this.loops = loops;
        this.sessions = new Sessions(random);
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
        askWaiting(Call.ANY_NODE, request, budgetNanos, attemptsMax, sink);
    }

    /// Starts a call to one node, or any, waiting for a slot while all are taken.
    void askWaiting(int node, Request request, long budgetNanos, int attemptsMax, Sink sink) {
        long now = nanoTime();
        int slot = closing ? -1 : slots.take(now + budgetNanos);
        if (slot < 0) {
            refuse(closing, sink);
        } else {
            begin(call(request, now, now + budgetNanos, node, slot, attemptsMax, sink));
        }
    }

    /// Starts a call, or tells its sink at once that all slots are taken.
    void submit(Request request, long budgetNanos, Sink sink) {
        ask(Call.ANY_NODE, request, budgetNanos, RetryRules.ATTEMPTS_MAX, sink);
    }

    /// Starts a call to one node, or any, or tells its sink at once that all slots are taken.
    void ask(int node, Request request, long budgetNanos, int attemptsMax, Sink sink) {
        int slot = closing ? -1 : slots.tryTake();
        if (slot < 0) {
            refuse(closing, sink);
        } else {
            long now = nanoTime();
            begin(call(request, now, now + budgetNanos, node, slot, attemptsMax, sink));
        }
    }

    /// Starts a call after a pause, or tells its sink at once that all slots are taken.
    void submitAfter(long pauseNanos, Request request, long budgetNanos, Sink sink) {
        if (pauseNanos == 0) {
            submit(request, budgetNanos, sink);
            return;
        }
        int slot = closing ? -1 : slots.tryTake();
        if (slot < 0) {
            refuse(closing, sink);
            return;
        }
        long now = nanoTime();
        int attemptsMax = RetryRules.ATTEMPTS_MAX;
        long deadline = now + budgetNanos;
        Call call = call(request, now, deadline, Call.ANY_NODE, slot, attemptsMax, sink);
        var why = new Reply.Failed(ErrorCode.NOT_LEADER, "no leader", 0);
        again(call.again(now + pauseNanos, why, false));
        if (!ticking) {
            loop.wake();
        }
    }

    private Call call(
            Request request,
            long startNanos,
            long deadlineNanos,
            int node,
            int slot,
            int attemptsMax,
            Sink sink) {
        if (request instanceof Request.Write write && write.once().session().isNone()) {
            Sessions.Numbered numbered = numbered(write, deadlineNanos);
            return new Call(
                    numbered.write(),
                    numbered.lease(),
                    startNanos,
                    deadlineNanos,
                    node,
                    slot,
                    attemptsMax,
                    sink);
        }
        return new Call(
                request,
                Sessions.Lease.NONE,
                startNanos,
                deadlineNanos,
                node,
                slot,
                attemptsMax,
                sink);
    }

    /// Gives `write` a number by which its shard knows it again, until [#forget], once a node was
    /// met.
    Sessions.Numbered numbered(Request.Write write, long deadlineNanos) {
        return nodes.sharding()
                .map(
                        sharding ->
                                sessions.begin(
                                        write,
                                        sharding.shardOf(write.key()),
                                        nodes.wallMillis(deadlineNanos) + Sessions.SLACK_MILLIS))
                .orElseGet(() -> new Sessions.Numbered(write, Sessions.Lease.NONE));
    }

    /// The outcome is known, or will never be asked for again.
    void forget(Sessions.Lease lease) {
        if (lease != Sessions.Lease.NONE) {
            sessions.end(lease);
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
        Connection connection = nodes.pick(call);
        if (connection == null) {
            if (call.move(Call.CLAIMED, Call.DONE)) {
                tryAgain(call, nodes.unreachable(), false, true);
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
        if (!(reply instanceof Reply.Failed why)) {
            nodes.served(call, connection);
            call.sink.servedBy(connection.node());
            end(call, call.meant(reply));
            return;
        }
        if (why.code() == ErrorCode.SESSION_EXPIRED && call.isKnownAgain() && !call.isUnsure) {
            // Its clock and ours are far apart. It was not done: it may be done once, unknown.
            again(call.againUnknown(nanoTime(), why));
            return;
        }
        if (call.request instanceof Request.Scan && why.code() == ErrorCode.NOT_LEADER) {
            // Nobody leads all shards: whoever asked asks for some of them at each node.
            end(call, why);
            return;
        }
        boolean isNodesOwn =
                why.code().retry() == ErrorCode.Retry.AUTOMATIC
                        || why.code() == ErrorCode.NO_QUORUM;
        boolean isElsewhere = isNodesOwn && nodes.avoid(call, connection, why.leader());
        int redirectsMax = Math.min(REDIRECTS_MAX, call.attemptsMax - 1);
        if (isElsewhere && call.attempt <= redirectsMax && !closed) {
            again(call.again(nanoTime(), why, call.isUnsure));
        } else {
            failed(call, why, why.code().isIndeterminate());
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
            notSent(call, why);
            if (call.move(Call.SENT, Call.DONE)) {
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

    /// A connection will not send a call that it had taken: nobody has worked on it.
    void notSent(Call call, Reply.Failed why) {
        if (call.move(Call.QUEUED, Call.DONE)) {
            tryAgain(call, why, false, why.code() != ErrorCode.RESOURCE_EXHAUSTED);
        }
    }

    /// Tries a call that is done again, or tells its sink that it failed.
    ///
    /// @param mayHaveHappened whether a write may have been written all the same
    private void failed(Call call, Reply.Failed why, boolean mayHaveHappened) {
        // Whoever lost its connection under way looks elsewhere, once; where one node sees too few
        // others, another one may see enough.
        boolean isFree =
                mayHaveHappened && call.attempt == 1
                        || why.code() == ErrorCode.NO_QUORUM && call.attempt < nodes.count();
        tryAgain(call, why, mayHaveHappened, isFree);
    }

    private void tryAgain(
            Call call, Reply.Failed why, boolean mayHaveHappened, boolean isFree) {
        boolean unsure = call.isUnsure || mayHaveHappened && call.writes();
        long now = nanoTime();
        long left = call.deadlineNanos - now;
        boolean isOver = closed || unsure && !call.isRepeatable();
        long wait =
                isOver
                        ? RetryRules.NEVER
                        : rules.waitNanos(
                                why, call.attempt, call.attemptsMax, left, random(), isFree);
        if (wait != RetryRules.NEVER) {
            again(call.again(now + wait, why, unsure));
        } else {
            end(call, unsure ? call.indeterminate(why.message()) : why);
        }
    }

    private void again(Call next) {
        long notBeforeNanos = next.notBeforeNanos;
        calls.set(next.slot, next);
        // Closing sets its flag, then looks at the slots.
        if (closed && next.finish() != Call.DONE) {
            end(next, next.isUnsure ? next.indeterminate(CLOSED.message()) : CLOSED);
        } else if (notBeforeNanos <= nanoTime() && next.move(Call.WAITING, Call.CLAIMED)) {
            dispatch(next);
        }
    }

    private void end(Call call, Reply reply) {
        forget(call.lease);
        calls.set(call.slot, null);
        slots.free(call.slot);
        if (closing && isEmpty()) {
            drained.raise();
        }
        call.sink.done(call.told(reply), call.attempt);
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
        } else if (isSilent(call, nowNanos) && call.move(Call.SENT, Call.DONE)) {
            // The node may be frozen, and another one can answer as well: reading twice is nothing,
            // and a write that its shard knows again is done once.
            nodes.avoid(call, call.connection, "");
            var why = new Reply.Failed(ErrorCode.UNAVAILABLE, "no answer", 0);
            tryAgain(call, why, call.writes(), false);
        } else if (call.notBeforeNanos <= nowNanos && call.move(Call.WAITING, Call.CLAIMED)) {
            dispatch(call);
        }
    }

    /// {@return whether `call` may be done twice and waits too long for a node that another may
    /// stand in for}
    private boolean isSilent(Call call, long nowNanos) {
        if (call.state() != Call.SENT
                || nodes.count() == 1
                || call.attempt >= call.attemptsMax
                || !rules.hasSaved()) {
            return false;
        }
        return switch (call.request) {
            case Request.Get(_, var level, _) ->
                    isOverdue(
                            call,
                            nowNanos,
                            level == Consistency.STALE
                                    ? STALE_PATIENCE_NANOS
                                    : READ_PATIENCE_NANOS);
            case Request.Write _, Request.Batch _ ->
                    isOverdue(call, nowNanos, WRITE_PATIENCE_NANOS) && call.isRepeatable();
            case null -> false;
            case Request.Scan _, Request.ScanPart _, Request.Admin _ -> false;
        };
    }

    private static boolean isOverdue(Call call, long nowNanos, long patienceNanos) {
        return nowNanos - call.notBeforeNanos >= patienceNanos;
    }

    private void expire(Call call) {
        int state = call.finish();
        if (state == Call.DONE) {
            return;
        }
        if (state == Call.SENT) {
            nodes.avoid(call, call.connection, ""); // it may be frozen: the next call asks another
        }
        long millis = (call.deadlineNanos - call.startNanos) / 1_000_000;
        String late = "no answer within %d ms".formatted(millis);
        String before = call.before == null ? "" : "; before that: " + call.before.message();
        if (state == Call.SENT && call.writes() || call.isUnsure) {
            end(call, call.indeterminate(late + before));
            return;
        }
        String what = call.writes() ? "; nothing was written" : "";
        String message = call.verb() + ": " + late + what + before;
        end(call, new Reply.Failed(ErrorCode.DEADLINE_EXCEEDED, message, 0));
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
