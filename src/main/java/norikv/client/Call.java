package norikv.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import norikv.domain.Reply;
import norikv.domain.Request;

/// One attempt of one request. A retry is a new call in the same slot, so that whoever still holds
/// the old one can do nothing with it.
///
/// **Threads.** The state moves by compare-and-set, and whoever moves it to [#DONE] decides what
/// comes of the call. `connection` is written by whoever moved it to [#CLAIMED], before the move to
/// [#QUEUED]; `id` by the writer of the connection, before the move to [#SENT]; both are read after
/// seeing such a state.
final class Call {
    /// It waits for its time to be tried.
    static final int WAITING = 0;

    /// Somebody is about to queue it.
    static final int CLAIMED = 1;

    /// It waits for the writer of its connection: nothing of it was sent.
    static final int QUEUED = 2;

    /// The node may have got it.
    static final int SENT = 3;

    static final int DONE = 4;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Call.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Null for a ping.
    final Request request;

    final long startNanos;
    final long deadlineNanos;
    final int slot;
    final int attempt;
    final int attemptsMax;
    final Sink sink;

    /// When to try, if it waits.
    final long notBeforeNanos;

    /// Why the attempt before failed; null for the first.
    final Reply.Failed before;

    Connection connection;
    long id;
    private volatile int state;

    /// The first attempt, claimed by whoever makes it.
    Call(
            Request request,
            long startNanos,
            long deadlineNanos,
            int slot,
            int attemptsMax,
            Sink sink) {
        this.request = request;
        this.startNanos = startNanos;
        this.deadlineNanos = deadlineNanos;
        this.slot = slot;
        this.attempt = 1;
        this.attemptsMax = attemptsMax;
        this.sink = sink;
        this.notBeforeNanos = startNanos;
        this.before = null;
        this.state = CLAIMED;
    }

    private Call(Call last, long notBeforeNanos, Reply.Failed why) {
        this.request = last.request;
        this.startNanos = last.startNanos;
        this.deadlineNanos = last.deadlineNanos;
        this.slot = last.slot;
        this.attempt = last.attempt + 1;
        this.attemptsMax = last.attemptsMax;
        this.sink = last.sink;
        this.notBeforeNanos = notBeforeNanos;
        this.before = why;
        this.state = WAITING;
    }

    /// {@return the next attempt of the same}
    Call again(long notBefore, Reply.Failed why) {
        return new Call(this, notBefore, why);
    }

    int state() {
        return state;
    }

    boolean move(int from, int to) {
        return STATE.compareAndSet(this, from, to);
    }

    /// Moves to [#DONE] from wherever it is.
    ///
    /// @return the state it was in; [#DONE] if somebody else was first
    int finish() {
        return (int) STATE.getAndSet(this, DONE);
    }

    /// {@return whether doing it twice may differ from doing it once}
    boolean writes() {
        return switch (request) {
            case null -> false;
            case Request.Get _, Request.Scan _, Request.Status _ -> false;
            case Request.Put _, Request.Delete _ -> true;
            case Request.Batch(var operations) ->
                    !operations.stream().allMatch(Request.Get.class::isInstance);
        };
    }

    /// {@return what it is, for messages}
    String verb() {
        return switch (request) {
            case null -> "ping";
            case Request.Get _ -> "get";
            case Request.Scan _ -> "scan";
            case Request.Status _ -> "status";
            case Request.Put _ -> "put";
            case Request.Delete _ -> "delete";
            case Request.Batch _ -> "batch";
        };
    }
}
