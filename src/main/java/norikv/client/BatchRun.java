package norikv.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;

/// Sends a batch, and again what was not executed: because the bounds of a reply left no room for
/// it, or because another node leads its shard. Each round goes to one node; what belongs to others
/// waits for its turn.
///
/// **Threads.** One at a time: each answer comes after the request that it belongs to.
final class BatchRun implements Sink {
    private final Calls calls;
    private final long deadlineNanos;
    private final Sink sink;
    private final List<Request.Single> operations = new ArrayList<>();
    private final Reply[] replies;

    /// By which the shards know the writes again, by index.
    private final Sessions.Lease[] leases;

    /// The writes that may have been written, or may yet be, by index.
    private final BitSet unsure = new BitSet();

    /// What has no answer yet and was not sent last, by index.
    private final List<Integer> waiting = new ArrayList<>();

    /// The operations that were sent last, by index.
    private List<Integer> sent = List.of();

    /// How many rounds in a row brought no answer.
    private int futile;

    private int attempts;

    BatchRun(Calls calls, Request.Batch batch, long deadlineNanos, Sink sink) {
        this.calls = calls;
        this.deadlineNanos = deadlineNanos;
        this.sink = sink;
        this.replies = new Reply[batch.operations().size()];
        this.leases = new Sessions.Lease[replies.length];
        for (int i = 0; i < replies.length; i++) {
            operations.add(numbered(i, batch.operations().get(i)));
            waiting.add(i);
        }
    }

    private Request.Single numbered(int i, Request.Single operation) {
        leases[i] = Sessions.Lease.NONE;
        if (!(operation instanceof Request.Write write)) {
            return operation;
        }
        Sessions.Numbered numbered = calls.numbered(write, deadlineNanos);
        leases[i] = numbered.lease();
        return numbered.write();
    }

    /// Sends the first round, or is told at once that all slots are taken.
    void start() {
        sendNext(0);
    }

    /// Sends the first round, waiting for a slot while all are taken.
    void startWaiting() {
        choose();
        long budget = deadlineNanos - calls.nanoTime();
        calls.submitWaiting(round(), budget, RetryRules.ATTEMPTS_MAX, this);
    }

    @Override
    public void done(Reply reply, int tries) {
        attempts = Math.max(attempts, tries);
        if (!(reply instanceof Reply.Batched(var answers)) || answers.size() != sent.size()) {
            finish(reply);
            return;
        }
        int left = 0;
        for (int i = 0; i < answers.size(); i++) {
            int place = sent.get(i);
            replies[place] = answers.get(i);
            if (answers.get(i) instanceof Reply.Failed why) {
                replies[place] = meant(place, why);
                if (isToBeSentAgain(place, why)) {
                    calls.nodes().redirect(operations.get(place).key(), why.leader());
                    waiting.add(place);
                    left++;
                }
            }
        }
        futile = left == sent.size() ? futile + 1 : 0;
        if (waiting.isEmpty() || futile > RetryRules.ATTEMPTS_MAX) {
            conclude();
        } else {
            sendNext(futile == 0 ? 0 : RetryRules.lookNanos(futile, calls.random()));
        }
    }

    /// {@return what the failure says of the operation, whose earlier attempts may have been
    /// written}
    private Reply.Failed meant(int place, Reply.Failed why) {
        if (why.code().isIndeterminate() && operations.get(place) instanceof Request.Write) {
            unsure.set(place);
        }
        return unsure.get(place) && !why.code().isIndeterminate()
                ? new Reply.Failed(ErrorCode.INDETERMINATE, why.message(), 0)
                : why;
    }

    private boolean isToBeSentAgain(int place, Reply.Failed why) {
        return switch (why.code()) {
            case NOT_EXECUTED, NOT_LEADER, NO_QUORUM -> true;
            case INDETERMINATE -> leases[place] != Sessions.Lease.NONE;
            case SESSION_EXPIRED -> isToBeSentUnknown(place);
            default -> false;
        };
    }

    /// Its clock and ours are far apart, and it was not done: it may be done once, unknown.
    private boolean isToBeSentUnknown(int place) {
        if (leases[place] == Sessions.Lease.NONE || unsure.get(place)) {
            return false;
        }
        calls.forget(leases[place]);
        leases[place] = Sessions.Lease.NONE;
        var write = (Request.Write) operations.get(place);
        operations.set(place, write.with(write.once().withSession(Session.NONE)));
        return true;
    }

    private void sendNext(long pauseNanos) {
        long budget = deadlineNanos - calls.nanoTime();
        if (budget <= pauseNanos) {
            conclude();
        } else {
            choose();
            calls.submitAfter(pauseNanos, round(), budget, this);
        }
    }

    /// Takes what goes to the same node as the first that waits.
    private void choose() {
        if (waiting.isEmpty()) {
            sent = List.of();
            return;
        }
        int route = calls.nodes().route(operations.get(waiting.getFirst()).key());
        sent =
                waiting.stream()
                        .filter(i -> calls.nodes().route(operations.get(i).key()) == route)
                        .toList();
        waiting.removeAll(new HashSet<>(sent));
    }

    private Request.Batch round() {
        return new Request.Batch(sent.stream().map(operations::get).toList());
    }

    /// A round failed as a whole: alone it is the answer to all, later it is that of what is left.
    private void finish(Reply reply) {
        boolean isFirst = Arrays.stream(replies).allMatch(Objects::isNull);
        if (isFirst && sent.size() == replies.length && unsure.isEmpty()) {
            end(reply);
            return;
        }
        Reply.Failed why =
                reply instanceof Reply.Failed failed
                        ? failed
                        : new Reply.Failed(
                                ErrorCode.INTERNAL, "batch: the answer to another question", 0);
        for (int i : sent) {
            replies[i] = meant(i, more(replies[i], why));
        }
        conclude();
    }

    /// {@return which says more: the answer that an operation had before, or why its last round
    /// failed} That it may have been written is never left out.
    private static Reply.Failed more(Reply before, Reply.Failed why) {
        return before instanceof Reply.Failed known
                        && known.code() == ErrorCode.NO_QUORUM
                        && !why.code().isIndeterminate()
                ? known
                : why;
    }

    private void end(Reply reply) {
        for (Sessions.Lease lease : leases) {
            calls.forget(lease);
        }
        sink.done(reply, attempts);
    }

    /// What was never sent did not happen.
    private void conclude() {
        for (int i : waiting) {
            if (replies[i] == null) {
                replies[i] =
                        new Reply.Failed(
                                ErrorCode.DEADLINE_EXCEEDED,
                                "batch: no time was left; nothing was written",
                                0);
            }
        }
        end(new Reply.Batched(Arrays.asList(replies)));
    }
}
