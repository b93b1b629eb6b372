package norikv.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import norikv.wire.RequestCodec;

/// The calls of [Norikv], answered by futures.
///
/// Nothing here waits: at [ClientOptions#maxInFlight()] a call fails at once with
/// [NoriException.Overloaded]. A failed future holds a [NoriException]. Cancelling a future does
/// not take the request back. **Threads.** Any; futures are completed by
/// [ClientOptions#callbacks()], by default the thread that read the answer, which must not block.
public final class AsyncNorikv {
    private final Calls calls;
    private final ClientOptions options;

    AsyncNorikv(Calls calls, ClientOptions options) {
        this.calls = calls;
        this.options = options;
    }

    public CompletableFuture<Optional<Item>> get(Bytes key) {
        return get(key, options.toGet());
    }

    public CompletableFuture<Optional<Item>> get(Bytes key, GetOptions how) {
        return ask(
                how.request(key),
                how.deadline(),
                (reply, attempts) -> Answers.item(key, reply, attempts));
    }

    public CompletableFuture<Optional<Item>> get(String key) {
        return get(Bytes.utf8(key));
    }

    public CompletableFuture<Version> put(Bytes key, Bytes value) {
        return put(key, value, options.toPut());
    }

    public CompletableFuture<Version> put(Bytes key, Bytes value, PutOptions how) {
        return ask(
                new Request.Put(key, value, how.ttlMillis(), how.condition(), how.once()),
                how.deadline(),
                (reply, attempts) -> Answers.version(how.condition(), reply, attempts));
    }

    public CompletableFuture<Version> put(String key, String value) {
        return put(Bytes.utf8(key), Bytes.utf8(value));
    }

    public CompletableFuture<Reply.Deleted> delete(Bytes key) {
        return delete(key, options.toDelete());
    }

    public CompletableFuture<Reply.Deleted> delete(Bytes key, DeleteOptions how) {
        return ask(
                new Request.Delete(key, how.condition(), how.once()),
                how.deadline(),
                (reply, attempts) -> Answers.deleted(how.condition(), reply, attempts));
    }

    public CompletableFuture<Reply.Deleted> delete(String key) {
        return delete(Bytes.utf8(key));
    }

    /// Sends a batch. Its answers are those of [Batch#execute()].
    public CompletableFuture<List<Reply>> execute(Batch batch) {
        Request.Batch request = batch.request();
        RequestCodec.checkSize(request);
        var future = new CompletableFuture<List<Reply>>();
        long budget = batch.deadline().toNanos();
        Sink sink =
                completing(
                        future,
                        (reply, attempts) ->
                                Answers.batched(request, reply, attempts).replies());
        new BatchRun(calls, request, calls.nanoTime() + budget, sink).start();
        return future;
    }

    /// Fetches one page of a scan; the cursor of the page is where the next one begins. The limit
    /// is that of the page.
    public CompletableFuture<ScanPage> page(ScanOptions how) {
        var projection = how.keysOnly() ? Request.Projection.KEYS : Request.Projection.ITEMS;
        long most = Math.min(how.limit(), Limits.PAGE_ITEMS_MAX);
        ScanRun run = Scan.run(calls, how, projection);
        var future = new CompletableFuture<ScanPage>();
        Sink sink =
                completing(
                        future,
                        (reply, attempts) -> {
                            if (run.trouble().isPresent()) {
                                throw Answers.failure("scan", reply, attempts);
                            }
                            return Scan.page(run, most);
                        });
        run.fill(
                most,
                how.deadline().toNanos(),
                false,
                () -> sink.done(run.trouble().orElse(Calls.CLOSED), run.attempts()));
        return future;
    }

    /// {@return how long a node took to answer nothing at all}
    public CompletableFuture<Duration> ping() {
        var future = new CompletableFuture<Duration>();
        long start = calls.nanoTime();
        calls.submit(
                null,
                options.deadline().toNanos(),
                completing(
                        future,
                        (reply, attempts) -> {
                            Answers.pong(reply, attempts);
                            return Duration.ofNanos(calls.nanoTime() - start);
                        }));
        return future;
    }

    public CompletableFuture<Reply.Status> status() {
        return ask(new Request.Status(), options.deadline(), Answers::status);
    }

    /// Turns a reply into a value, or throws [NoriException].
    @FunctionalInterface
    private interface Reading<T> {
        T read(Reply reply, int attempts);
    }

    private <T> CompletableFuture<T> ask(Request request, Duration deadline, Reading<T> reading) {
        var future = new CompletableFuture<T>();
        calls.submit(request, deadline.toNanos(), completing(future, reading));
        return future;
    }

    private <T> Sink completing(CompletableFuture<T> future, Reading<T> reading) {
        return (reply, attempts) -> {
            Runnable completion = () -> complete(future, reading, reply, attempts);
            try {
                options.callbacks().execute(completion);
            } catch (RejectedExecutionException _) {
                // Whoever waits must not wait for ever because the executor was stopped.
                completion.run();
            }
        };
    }

    private static <T> void complete(
            CompletableFuture<T> future, Reading<T> reading, Reply reply, int attempts) {
        T value;
        try {
            value = reading.read(reply, attempts);
        } catch (NoriException e) {
            future.completeExceptionally(e);
            return;
        }
        future.complete(value);
    }
}
