package norikv.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.wire.RequestCodec;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.Step;
import norikv.work.SystemRandom;
import norikv.work.ThreadLoops;

/// A client of a NoriKV node or cluster.
///
/// ```
/// try (var db = Norikv.connect("127.0.0.1:7447", ClientOptions.defaults())) {
///     Version at = db.put("user:42", "Ada");
///     db.get("user:42").ifPresent(item -> show(item.value().toUtf8()));
/// }
/// ```
///
/// **Threads.** Any number, together: all calls share the connections, in flight at once. A call
/// blocks its thread until its answer or its deadline; an interrupt does not end it. Nothing here
/// may be called from a callback of [#async()] but [#async()] itself. **Errors.** [NoriException]:
/// its code says what it was, its kind what to do. `Indeterminate`: a write may have happened, or
/// may yet. With every other kind nothing was written. A missing key is no error. What failed is
/// tried again within the deadline if that may help, at most twenty times, up to 1 s apart at
/// random, and no more than a tenth of all calls in the long run: a write under the number that it
/// had, by which its shard does it once. **Limits.** Those of [norikv.domain.Limits], checked
/// before anything is sent.
public final class Norikv implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("norikv.client");

    private final Loops loops;
    private final Calls calls;
    private final ClientOptions options;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// A client that has not talked to anybody yet.
    ///
    /// @param random what tells this client from all others
    Norikv(
            Loops loops,
            List<Endpoint> endpoints,
            ClientOptions options,
            RandomGenerator random) {
        this.loops = loops;
        this.options = options;
        this.calls = new Calls(loops, endpoints, options, random);
    }

    /// Opens a client with the default options.
    public static Norikv connect(String endpoints) {
        return connect(endpoints, ClientOptions.defaults());
    }

    /// Opens a client and meets a node.
    ///
    /// **Errors.** `Unavailable`, saying what happened at each endpoint, when no node answers.
    ///
    /// @param endpoints `host:port,host:port`; without a port it is 7447
    public static Norikv connect(String endpoints, ClientOptions options) {
        List<Endpoint> nodes = Endpoint.parseAll(endpoints);
        var opened = new AtomicReference<Norikv>();
        var loops =
                new ThreadLoops(
                        (where, cause) -> {
                            LOG.log(
                                    System.Logger.Level.ERROR,
                                    () -> "Client stops. where=%s".formatted(where),
                                    cause);
                            Norikv client = opened.get();
                            if (client != null) {
                                client.stop();
                            }
                        });
        var client = new Norikv(loops, nodes, options, new SystemRandom());
        opened.set(client);
        client.meet();
        return client;
    }

    /// {@return what the client was opened with}
    public ClientOptions options() {
        return options;
    }

    /// {@return which shard each key belongs to, as the nodes say} Throws `Unavailable` before one
    /// was met.
    public Sharding sharding() {
        var welcome = calls.nodes().welcome();
        if (welcome == null) {
            throw new NoriException.Unavailable(ErrorCode.UNAVAILABLE, "no node was met yet");
        }
        return welcome.sharding();
    }

    /// {@return the same client, answering with futures}
    public AsyncNorikv async() {
        return new AsyncNorikv(calls, options);
    }

    /// {@return the live value of `key`, if it has one}
    public Optional<Item> get(Bytes key) {
        return get(key, options.toGet());
    }

    public Optional<Item> get(Bytes key, GetOptions how) {
        Waiter answer = ask(how.request(key), how.deadline());
        return Answers.item(key, answer.reply, answer.attempts);
    }

    /// Reads as [#get(Bytes, GetOptions)], and tells who answered.
    public Read read(Bytes key, GetOptions how) {
        Waiter answer = ask(how.request(key), how.deadline());
        Answers.item(key, answer.reply, answer.attempts); // or throws
        String node = calls.nodes().name(answer.node);
        return new Read(key, answer.reply, sharding().shardOf(key), node, answer.attempts);
    }

    public Optional<Item> get(String key) {
        return get(Bytes.utf8(key));
    }

    /// Writes one key.
    ///
    /// @return the version that it has now
    public Version put(Bytes key, Bytes value) {
        return put(key, value, options.toPut());
    }

    /// Writes one key.
    ///
    /// **Errors.** [NoriException.Mismatch] when the condition does not hold: it carries the
    /// version that the key has.
    public Version put(Bytes key, Bytes value, PutOptions how) {
        Waiter answer =
                ask(
                        new Request.Put(
                                key, value, how.ttlMillis(), how.condition(), how.once()),
                        how.deadline());
        return Answers.version(how.condition(), answer.reply, answer.attempts);
    }

    public Version put(String key, String value) {
        return put(Bytes.utf8(key), Bytes.utf8(value));
    }

    public Version put(String key, String value, PutOptions how) {
        return put(Bytes.utf8(key), Bytes.utf8(value), how);
    }

    /// Removes one key.
    ///
    /// @return whether it had a live value, and the version of the removal
    public Reply.Deleted delete(Bytes key) {
        return delete(key, options.toDelete());
    }

    /// Removes one key. **Errors.** As [#put(Bytes, Bytes, PutOptions)].
    public Reply.Deleted delete(Bytes key, DeleteOptions how) {
        Waiter answer = ask(new Request.Delete(key, how.condition(), how.once()), how.deadline());
        return Answers.deleted(how.condition(), answer.reply, answer.attempts);
    }

    public Reply.Deleted delete(String key) {
        return delete(Bytes.utf8(key));
    }

    /// {@return a scan that has not begun}
    public Scan scan(ScanOptions how) {
        boolean keys = how.keysOnly();
        return new Scan(this, how, keys ? Request.Projection.KEYS : Request.Projection.ITEMS);
    }

    /// {@return a scan of every key that begins with `prefix`}
    public Scan scan(String prefix) {
        return scan(options.toScan().withPrefix(Bytes.utf8(prefix)));
    }

    /// {@return how many live keys the range has, at most the limit} Only the numbers travel.
    public long count(ScanOptions how) {
        return new Scan(this, how, Request.Projection.COUNT).countAll();
    }

    /// {@return an empty batch}
    public Batch batch() {
        return new Batch(this, options.deadline());
    }

    List<Reply> execute(Batch batch) {
        Request.Batch request = batch.request();
        RequestCodec.checkSize(request);
        var answer = new Waiter(loops.signal());
        long budget = batch.deadline().toNanos();
        new BatchRun(calls, request, calls.nanoTime() + budget, answer).startWaiting();
        answer.await();
        return Answers.batched(request, answer.reply, answer.attempts).replies();
    }

    ScanRun run(ScanOptions how, Request.Projection projection) {
        return Scan.run(calls, how, projection);
    }

    /// Gets pages for `run` as [ScanRun#fill] says, and waits for them.
    void fill(ScanRun run, long itemsMax, Duration deadline) {
        Signal done = loops.signal();
        run.fill(itemsMax, deadline.toNanos(), true, done::raise);
        done.await(Step.UNTIL_WOKEN);
        run.trouble()
                .ifPresent(
                        why -> {
                            throw Answers.failure("scan", why, run.attempts());
                        });
    }

    /// {@return how the node is: identity, readiness, counters}
    public Reply.Status status() {
        Waiter answer = ask(new Request.Status(), options.deadline());
        return Answers.status(answer.reply, answer.attempts);
    }

    /// {@return how one node is}
    ///
    /// **Errors.** `Unavailable` when it cannot be reached; it is asked once.
    ///
    /// @param node its name, as [#topology()] has it
    public Reply.Status status(String node) {
        Waiter answer = ask(node, new Request.Status());
        return Answers.status(answer.reply, answer.attempts);
    }

    /// {@return who is in the cluster and who leads what, as far as some node knows}
    public Reply.Topology topology() {
        Waiter answer = ask(new Request.Topology(), options.deadline());
        Reply.Topology topology = Answers.topology(answer.reply, answer.attempts);
        calls.nodes().learn(topology);
        return topology;
    }

    /// {@return the same, as far as one node knows} Errors as those of [#status(String)].
    public Reply.Topology topology(String node) {
        Waiter answer = ask(node, new Request.Topology());
        return Answers.topology(answer.reply, answer.attempts);
    }

    /// {@return what can be asked and ordered about one shard}
    public ShardControl shard(ShardId shard) {
        return new ShardControl(this, shard);
    }

    /// {@return what the nodes of these names answer to `request`} They are asked together, once.
    List<Reply> askOnce(List<String> nodes, Request request, Duration deadline) {
        List<Waiter> asked =
                nodes.stream().map(node -> begin(node, request, deadline)).toList();
        return asked.stream().map(waiter -> waiter.await().reply).toList();
    }

    /// Lets time pass.
    void pause(long nanos) {
        loops.signal().await(calls.nanoTime() + nanos); // nobody raises it
    }

    long nanoTime() {
        return calls.nanoTime();
    }

    private Waiter ask(String node, Request request) {
        return begin(node, request, options.deadline()).await();
    }

    private Waiter begin(String node, Request request, Duration deadline) {
        var answer = new Waiter(loops.signal());
        int number = calls.nodes().numberOf(node);
        if (number < 0) {
            String why = "node %s: its address is not known".formatted(node);
            answer.done(new Reply.Failed(ErrorCode.UNAVAILABLE, why, 0), 1);
        } else {
            calls.askWaiting(number, request, deadline.toNanos(), 1, answer);
        }
        return answer;
    }

    /// {@return how long a node took to answer nothing at all}
    public Duration ping() {
        long start = calls.nanoTime();
        Waiter answer = ping(options.deadline(), RetryRules.ATTEMPTS_MAX);
        Answers.pong(answer.reply, answer.attempts);
        return Duration.ofNanos(calls.nanoTime() - start);
    }

    /// Sends a request as it is: the least there is between a caller and a connection, for load
    /// generators and bridges. Retries, deadline and bounds are those of every call.
    ///
    /// @param whenDone gets the one reply, failures included, from the thread that read it or from
    ///     this one; it must neither block nor throw, and may submit again
    public void submit(Request request, Duration deadline, Consumer<Reply> whenDone) {
        RequestCodec.checkSize(request);
        calls.submit(request, deadline.toNanos(), (reply, _) -> whenDone.accept(reply));
    }

    /// Takes no more calls, waits for those in flight as long as one call may take, then ends. What
    /// had no answer fails. Calling it again does nothing.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            calls.close(calls.nanoTime() + options.deadline().toNanos());
        }
    }

    /// Ends without waiting: something is broken.
    private void stop() {
        if (closed.compareAndSet(false, true)) {
            calls.close(calls.nanoTime());
        }
    }

    /// Asks every endpoint, once, until one answers.
    private void meet() {
        int nodes = calls.nodes().count();
        Duration patience = options.connectTimeout().multipliedBy(nodes);
        boolean shorter = patience.compareTo(options.deadline()) < 0;
        Waiter answer = ping(shorter ? patience : options.deadline(), nodes);
        if (answer.reply instanceof Reply.Failed(var code, _, var retryAfterMillis, _)) {
            String failures = calls.nodes().failures();
            close();
            throw NoriException.of(
                            new Reply.Failed(
                                    code == ErrorCode.DEADLINE_EXCEEDED
                                            ? ErrorCode.UNAVAILABLE
                                            : code,
                                    "connect: no node answers: " + failures,
                                    retryAfterMillis))
                    .after(answer.attempts);
        }
    }

    private Waiter ping(Duration deadline, int attemptsMax) {
        var answer = new Waiter(loops.signal());
        calls.submitWaiting(null, deadline.toNanos(), attemptsMax, answer);
        return answer.await();
    }

    private Waiter ask(Request request, Duration deadline) {
        var answer = new Waiter(loops.signal());
        calls.submitWaiting(request, deadline.toNanos(), RetryRules.ATTEMPTS_MAX, answer);
        return answer.await();
    }

    /// A thread that waits for its answer. The signal publishes the fields; the step of [Calls]
    /// meets the deadline.
    private static final class Waiter implements Sink {
        private final Signal signal;
        private Reply reply;
        private int attempts;
        private int node;

        Waiter(Signal signal) {
            this.signal = signal;
        }

        @Override
        public void done(Reply outcome, int count) {
            reply = outcome;
            attempts = count;
            signal.raise();
        }

        @Override
        public void servedBy(int number) {
            node = number;
        }

        Waiter await() {
            signal.await(Step.UNTIL_WOKEN);
            return this;
        }
    }
}
