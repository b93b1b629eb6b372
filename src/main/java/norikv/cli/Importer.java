package norikv.cli;

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
import norikv.client.PutOptions;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.work.Loops;

/// Writes items in batches, several of them under way at a time, and knows what became of each.
///
/// **Limits.** [#BATCHES_MAX] batches of [#ITEMS_MAX] items and about [#BYTES_MAX] bytes.
/// **Threads.** Confined to one.
final class Importer {
    static final long NO_TTL = Request.Put.NO_TTL;

    private static final int BATCHES_MAX = 16;
    private static final int ITEMS_MAX = 500;
    private static final int BYTES_MAX = 256 << 10;

    /// What is tried again waits at least so long.
    private static final long PAUSE_MILLIS_MIN = 10;

    private final Norikv client;
    private final Loops loops;
    private final Duration timeout;
    private final Deque<Sent> underWay = new ArrayDeque<>();
    private List<Line> gathered = new ArrayList<>();
    private Set<Bytes> gatheredKeys = new HashSet<>();
    private int gatheredBytes;
    private long written;
    private long expired;
    private long unsure;

    Importer(Norikv client, Loops loops, Duration timeout) {
        this.client = client;
        this.loops = loops;
        this.timeout = timeout;
    }

    private record Line(long number, JsonItem item, long ttlMillis) {}

    private record Sent(
            List<Line> lines, Set<Bytes> keys, CompletableFuture<List<Reply>> replies) {}

    /// {@return how many items are known to be written}
    long written() {
        return written;
    }

    /// {@return how many items had expired before they could be written}
    long expired() {
        return expired;
    }

    /// {@return how many items may be written or not}
    long unsure() {
        return unsure;
    }

    void skipExpired() {
        expired++;
    }

    /// Writes an item, now or with those that follow.
    void put(long line, JsonItem item, long ttlMillis) throws BadLine {
        if (isUnderWay(item.key())) {
            finish(); // or the earlier line might overwrite the later one
        }
        gathered.add(new Line(line, item, ttlMillis));
        gatheredKeys.add(item.key());
        gatheredBytes += item.key().length() + item.value().length();
        if (gathered.size() >= ITEMS_MAX || gatheredBytes >= BYTES_MAX) {
            send();
        }
    }

    /// Waits until everything is written.
    void finish() throws BadLine {
        if (!gathered.isEmpty()) {
            send();
        }
        while (!underWay.isEmpty()) {
            settle(underWay.removeFirst());
        }
    }

    /// Ends because of `found`: writes what was gathered before it, and waits for all that is under
    /// way.
    ///
    /// @return the bad line that comes first
    BadLine stopBefore(BadLine found) {
        BadLine first = found;
        if (!found.wasSent()) {
            try {
                finish();
            } catch (BadLine earlier) {
                first = earlier;
            }
        }
        while (!underWay.isEmpty()) {
            try {
                settle(underWay.removeFirst());
            } catch (BadLine _) {
                // it comes after the first
            }
        }
        return first;
    }

    private boolean isUnderWay(Bytes key) {
        if (gatheredKeys.contains(key)) {
            return true;
        }
        for (Sent sent : underWay) {
            if (sent.keys().contains(key)) {
                return true;
            }
        }
        return false;
    }

    private void send() throws BadLine {
        List<Line> lines = gathered;
        Set<Bytes> keys = gatheredKeys;
        gathered = new ArrayList<>();
        gatheredKeys = new HashSet<>();
        gatheredBytes = 0;
        if (underWay.size() == BATCHES_MAX) {
            settle(underWay.removeFirst());
        }
        underWay.addLast(new Sent(lines, keys, client.async().execute(batch(lines))));
    }

    private Batch batch(List<Line> lines) {
        Batch batch = client.batch().withDeadline(timeout);
        PutOptions plain = client.options().toPut();
        for (Line line : lines) {
            PutOptions how = new PutOptions(line.ttlMillis(), plain.condition(), timeout);
            batch.put(line.item().key(), line.item().value(), how);
        }
        return batch;
    }

    /// Waits for a batch, and writes again what it certainly did not write.
    private void settle(Sent sent) throws BadLine {
        long deadline = loops.clock().nanoTime() + timeout.toNanos();
        List<Line> lines = sent.lines();
        List<Reply> replies = join(lines, sent.replies());
        while (true) {
            boolean late = loops.clock().nanoTime() >= deadline;
            List<Line> again = new ArrayList<>();
            List<BadLine> bad = new ArrayList<>();
            long pauseMillis = PAUSE_MILLIS_MIN;
            for (int i = 0; i < lines.size(); i++) {
                switch (replies.get(i)) {
                    case Reply.Written _ -> written++;
                    case Reply.Failed failed when !late && mayBeTriedAgain(failed.code()) -> {
                        again.add(lines.get(i));
                        pauseMillis = Math.max(pauseMillis, failed.retryAfterMillis());
                    }
                    case Reply other -> bad.add(badLine(lines.get(i), other));
                }
            }
            if (!bad.isEmpty()) {
                throw bad.getFirst();
            }
            if (again.isEmpty()) {
                return;
            }
            // Nobody raises it: this is a pause.
            loops.signal().await(loops.clock().nanoTime() + pauseMillis * 1_000_000);
            lines = again;
            replies = join(again, client.async().execute(batch(again)));
        }
    }

    private BadLine badLine(Line line, Reply reply) {
        if (reply instanceof Reply.Failed failed) {
            unsure += failed.code().isIndeterminate() ? 1 : 0;
            return new BadLine(line.number(), NoriException.of(failed)).sent();
        }
        String what = "unexpected answer " + reply.getClass().getSimpleName();
        return new BadLine(line.number(), new NoriException.Broken(ErrorCode.INTERNAL, what))
                .sent();
    }

    private List<Reply> join(List<Line> lines, CompletableFuture<List<Reply>> replies)
            throws BadLine {
        try {
            return replies.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof NoriException cause) {
                unsure += cause.code().isIndeterminate() ? lines.size() : 0;
                throw new BadLine(lines.getFirst().number(), cause).sent();
            }
            throw e;
        }
    }

    private static boolean mayBeTriedAgain(ErrorCode code) {
        return switch (code.retry()) {
            case AUTOMATIC, BACKOFF -> true;
            case NO, APPLICATION, IF_IDEMPOTENT -> false;
        };
    }
}
