package norikv.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import norikv.bytes.Bytes;
import norikv.client.Batch;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.work.Loops;

/// Sends operations in batches, several of them under way at a time, and tells what became of each,
/// in their order. Operations on the same key are done in their order, too.
///
/// **Limits.** [#BATCHES_MAX] batches of [#OPERATIONS_MAX] operations and about [#BYTES_MAX] bytes,
/// among them [#READS_MAX] reads, each of which may bring the longest value. **Threads.** Confined
/// to one.
final class BatchPipe {
    private static final int BATCHES_MAX = 16;
    private static final int OPERATIONS_MAX = 500;
    private static final int BYTES_MAX = 256 << 10;
    private static final int READS_MAX = 64;

    /// What is tried again waits at least so long.
    private static final long PAUSE_MILLIS_MIN = 10;

    private final Norikv client;
    private final Loops loops;
    private final Duration timeout;
    private final Sink sink;
    private final Deque<Sent> underWay = new ArrayDeque<>();
    private Gathered gathered = new Gathered();
    private int readsUnderWay;
    private boolean isOpen = true;

    BatchPipe(Norikv client, Loops loops, Duration timeout, Sink sink) {
        this.client = client;
        this.loops = loops;
        this.timeout = timeout;
        this.sink = sink;
    }

    /// An operation and the line that it stands in.
    record Line(long number, Request.Single operation) {}

    /// Hears what became of each operation that was sent, in their order.
    @FunctionalInterface
    interface Sink {
        /// {@return whether more is to be sent} What is under way ends in any case.
        boolean answered(Line line, Reply reply) throws IOException;
    }

    /// What goes together.
    private static final class Gathered {
        final List<Line> lines = new ArrayList<>();
        final Set<Bytes> keys = new HashSet<>();
        int bytes;
        int reads;
    }

    private record Sent(Gathered what, CompletableFuture<List<Reply>> replies) {}

    /// {@return whether more is sent}
    boolean isOpen() {
        return isOpen;
    }

    /// Sends an operation, now or with those that follow.
    void put(long line, Request.Single operation) throws IOException {
        if (isUnderWay(operation.key())) {
            finish(); // or the earlier line might be done after the later one
        }
        gathered.lines.add(new Line(line, operation));
        gathered.keys.add(operation.key());
        gathered.bytes += bytesOf(operation);
        gathered.reads += operation instanceof Request.Get ? 1 : 0;
        if (gathered.lines.size() >= OPERATIONS_MAX
                || gathered.bytes >= BYTES_MAX
                || gathered.reads >= READS_MAX) {
            send();
        }
    }

    /// Sends what was gathered and waits until all is answered.
    void finish() throws IOException {
        send();
        drain();
    }

    /// Waits until what was sent is answered; what was gathered since is never sent.
    void drain() throws IOException {
        while (!underWay.isEmpty()) {
            settle(underWay.removeFirst());
        }
    }

    private boolean isUnderWay(Bytes key) {
        if (gathered.keys.contains(key)) {
            return true;
        }
        for (Sent sent : underWay) {
            if (sent.what().keys.contains(key)) {
                return true;
            }
        }
        return false;
    }

    private void send() throws IOException {
        while (underWay.size() == BATCHES_MAX
                || gathered.reads > 0 && readsUnderWay + gathered.reads > READS_MAX) {
            settle(underWay.removeFirst());
        }
        if (!isOpen || gathered.lines.isEmpty()) {
            return;
        }
        Gathered what = gathered;
        gathered = new Gathered();
        readsUnderWay += what.reads;
        underWay.addLast(new Sent(what, client.async().execute(batch(what.lines))));
    }

    private Batch batch(List<Line> lines) {
        Batch batch = client.batch().withDeadline(timeout);
        lines.forEach(line -> batch.add(line.operation()));
        return batch;
    }

    /// Waits for a batch, does again what was certainly not done, and tells all of it.
    private void settle(Sent sent) throws IOException {
        long deadline = loops.clock().nanoTime() + timeout.toNanos();
        List<Line> lines = sent.what().lines;
        var replies = new Reply[lines.size()];
        List<Integer> waiting = new ArrayList<>();
        for (int i = 0; i < replies.length; i++) {
            waiting.add(i);
        }
        CompletableFuture<List<Reply>> coming = sent.replies();
        while (true) {
            boolean isWhole = join(lines, waiting, coming, replies);
            boolean late = !isWhole || loops.clock().nanoTime() >= deadline;
            waiting.removeIf(i -> late || !mayBeTriedAgain(replies[i]));
            if (waiting.isEmpty()) {
                break;
            }
            long pauseMillis = PAUSE_MILLIS_MIN;
            for (int i : waiting) {
                long advice = ((Reply.Failed) replies[i]).retryAfterMillis();
                pauseMillis = Math.max(pauseMillis, advice);
            }
            // Nobody raises it: this is a pause.
            loops.signal().await(loops.clock().nanoTime() + pauseMillis * 1_000_000);
            coming = client.async().execute(batch(waiting.stream().map(lines::get).toList()));
        }
        readsUnderWay -= sent.what().reads;
        for (int i = 0; i < replies.length; i++) {
            isOpen &= sink.answered(lines.get(i), replies[i]);
        }
    }

    /// Fills in the replies to those that wait.
    ///
    /// @return false if the batch failed as a whole
    private static boolean join(
            List<Line> lines,
            List<Integer> waiting,
            CompletableFuture<List<Reply>> coming,
            Reply[] replies) {
        try {
            List<Reply> came = coming.join();
            for (int i = 0; i < came.size(); i++) {
                replies[waiting.get(i)] = came.get(i);
            }
            return true;
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof NoriException cause)) {
                throw e;
            }
            for (int i : waiting) {
                boolean isRead = lines.get(i).operation() instanceof Request.Get;
                replies[i] =
                        isRead && cause.code().isIndeterminate()
                                ? new Reply.Failed(ErrorCode.UNAVAILABLE, cause.getMessage(), 0)
                                : cause.toReply();
            }
            return false;
        }
    }

    private static int bytesOf(Request.Single operation) {
        int value = operation instanceof Request.Put put ? put.value().length() : 0;
        return operation.key().length() + value;
    }

    private static boolean mayBeTriedAgain(Reply reply) {
        if (!(reply instanceof Reply.Failed failed)) {
            return false;
        }
        return switch (failed.code().retry()) {
            case AUTOMATIC, BACKOFF -> true;
            case NO, APPLICATION, IF_IDEMPOTENT -> false;
        };
    }
}
