package norikv.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.wire.Hello;

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

    /// Whoever is believed to serve it is asked.
    static final int ANY_NODE = -1;

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
    final int node;
    final int slot;
    final int attempt;
    final int attemptsMax;
    final Sink sink;

    /// When to try, if it waits.
    final long notBeforeNanos;

    /// Why the attempt before failed; null for the first.
    final Reply.Failed before;

    /// What a node said that saw too few replicas; null: none did.
    private final Reply.Failed noQuorum;

    /// An attempt before may have been written, or may yet be.
    final boolean isUnsure;

    /// The number by which the shard knows all attempts again, if it has one.
    final Sessions.Lease lease;

    Connection connection;
    long id;
    private volatile int state;

    /// The first attempt, claimed by whoever makes it.
    ///
    /// @param node whom to ask, or [#ANY_NODE]
    Call(
            Request request,
            Sessions.Lease lease,
            long startNanos,
            long deadlineNanos,
            int node,
            int slot,
            int attemptsMax,
            Sink sink) {
        this.request = request;
        this.lease = lease;
        this.isUnsure = false;
        this.noQuorum = null;
        this.node = node;
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

    private Call(
            Call last, Request request, long notBeforeNanos, Reply.Failed why, boolean isUnsure) {
        this.node = last.node;
        this.request = request;
        this.lease = last.lease;
        this.isUnsure = isUnsure;
        this.noQuorum = why.code() == ErrorCode.NO_QUORUM ? why : last.noQuorum;
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
    ///
    /// @param unsure whether this one, or one before, may have been written
    Call again(long notBefore, Reply.Failed why, boolean unsure) {
        return new Call(this, request, notBefore, why, unsure);
    }

    /// {@return the next attempt, which no shard knows again}
    Call againUnknown(long notBefore, Reply.Failed why) {
        assert !isUnsure : "what may have been written is forgotten";
        return new Call(this, withoutSession(request), notBefore, why, false);
    }

    /// {@return whether the request has a number that was given to this call}
    boolean isKnownAgain() {
        return request instanceof Request.Write write && !write.once().session().isNone();
    }

    private static Request withoutSession(Request request) {
        return request instanceof Request.Write write
                ? write.with(write.once().withSession(Session.NONE))
                : request;
    }

    /// {@return whether doing it twice is the same as once: the shard knows each write in it again}
    boolean isRepeatable() {
        return switch (request) {
            case null -> true;
            case Request.Write write -> !write.once().session().isNone();
            case Request.Get _, Request.Scan _, Request.ScanPart _, Request.Admin _ -> true;
            case Request.Batch(var operations) ->
                    operations.stream()
                            .noneMatch(
                                    one ->
                                            one instanceof Request.Write write
                                                    && write.once().session().isNone());
        };
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
            case Request.Get _,
                    Request.Scan _,
                    Request.ScanPart _,
                    Request.Admin _ ->
                    false;
            case Request.Put _, Request.Delete _ -> true;
            case Request.Batch(var operations) ->
                    !operations.stream().allMatch(Request.Get.class::isInstance);
        };
    }

    /// {@return the features of [Hello] without which a node must not get it: it would pass over
    /// what it does not know}
    long features() {
        return switch (request) {
            case Request.Single single -> featuresOf(single);
            case Request.Batch(var operations) -> {
                long all = 0;
                for (Request.Single one : operations) {
                    all |= featuresOf(one);
                }
                yield all;
            }
            case Request.Scan scan -> featuresOf(scan);
            case Request.ScanPart(_, var scan) -> featuresOf(scan);
            case null -> 0;
            case Request.Admin _ -> 0;
        };
    }

    private static long featuresOf(Request.Single single) {
        return switch (single) {
            case Request.Get get -> get.bounds().isNone() ? 0 : Hello.BOUNDS;
            case Request.Write write -> write.once().isNone() ? 0 : Hello.ONCE;
        };
    }

    private static long featuresOf(Request.Scan scan) {
        return scan.maxStalenessMillis() == ReadBounds.ANY_AGE ? 0 : Hello.SCAN_BOUNDS;
    }

    /// {@return that it may have been written, or may yet be}
    Reply.Failed indeterminate(String why) {
        return new Reply.Failed(
                ErrorCode.INDETERMINATE,
                "%s: it may have been written, or may yet be: %s".formatted(verb(), why),
                0);
    }

    /// {@return what the caller is told instead of `reply`} That a node saw too few replicas says
    /// more than that another one could not be reached, or did not know who leads.
    Reply told(Reply reply) {
        boolean says =
                reply instanceof Reply.Failed why
                        && why != Calls.CLOSED
                        && switch (why.code()) {
                            case UNAVAILABLE, DEADLINE_EXCEEDED, NOT_LEADER -> true;
                            default -> false;
                        };
        return says && noQuorum != null ? noQuorum : reply;
    }

    /// {@return what an answer says}: of a batch of which an earlier attempt may have been written
    /// no write failed for certain.
    Reply meant(Reply reply) {
        if (!isUnsure
                || !(reply instanceof Reply.Batched(var replies))
                || !(request instanceof Request.Batch(var operations))
                || replies.size() != operations.size()) {
            return reply;
        }
        List<Reply> meant = new ArrayList<>(replies);
        for (int i = 0; i < meant.size(); i++) {
            if (meant.get(i) instanceof Reply.Failed why
                    && operations.get(i) instanceof Request.Write) {
                meant.set(i, indeterminate(why.message()));
            }
        }
        return new Reply.Batched(meant);
    }

    /// {@return what it is, for messages}
    String verb() {
        return switch (request) {
            case null -> "ping";
            case Request.Get _ -> "get";
            case Request.Scan _, Request.ScanPart _ -> "scan";
            case Request.Status _ -> "status";
            case Request.Topology _ -> "topology";
            case Request.ShowReplica _ -> "shard show";
            case Request.MoveLeader _ -> "shard move-leader";
            case Request.HashShard _ -> "shard hash";
            case Request.Put _ -> "put";
            case Request.Delete _ -> "delete";
            case Request.Batch _ -> "batch";
        };
    }
}
