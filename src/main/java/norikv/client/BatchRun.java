package norikv.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Request;

/// Sends a batch, and again what the bounds of a reply left no room for, until every operation has
/// its answer.
///
/// **Threads.** One at a time: each answer comes after the request that it belongs to.
final class BatchRun implements Sink {
    private final Calls calls;
    private final long deadlineNanos;
    private final Sink sink;
    private final List<Request.Single> operations;
    private final Reply[] replies;

    /// The operations that were sent last, by index.
    private List<Integer> sent;

    BatchRun(Calls calls, Request.Batch batch, long deadlineNanos, Sink sink) {
        this.calls = calls;
        this.deadlineNanos = deadlineNanos;
        this.sink = sink;
        this.operations = batch.operations();
        this.replies = new Reply[operations.size()];
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < replies.length; i++) {
            all.add(i);
        }
        this.sent = all;
    }

    @Override
    public void done(Reply reply, int attempts) {
        if (!(reply instanceof Reply.Batched(var answers)) || answers.size() != sent.size()) {
            finish(reply, attempts);
            return;
        }
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            replies[sent.get(i)] = answers.get(i);
            if (answers.get(i) instanceof Reply.Failed why
                    && why.code() == ErrorCode.NOT_EXECUTED) {
                left.add(sent.get(i));
            }
        }
        long budget = deadlineNanos - calls.nanoTime();
        // Each round must get something done, so there are no more rounds than operations.
        if (left.isEmpty() || left.size() == sent.size() || budget <= 0) {
            sink.done(new Reply.Batched(Arrays.asList(replies)), attempts);
            return;
        }
        sent = left;
        calls.submit(
                new Request.Batch(left.stream().map(operations::get).toList()), budget, this);
    }

    /// A round failed as a whole: alone it is the answer to all, later it is that of what is left.
    private void finish(Reply reply, int attempts) {
        boolean alone = sent.size() == replies.length;
        if (alone || !(reply instanceof Reply.Failed)) {
            sink.done(reply, attempts);
            return;
        }
        for (int i : sent) {
            replies[i] = reply;
        }
        sink.done(new Reply.Batched(Arrays.asList(replies)), attempts);
    }
}
