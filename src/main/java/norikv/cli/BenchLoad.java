package norikv.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardSet;
import norikv.domain.Sharding;
import norikv.server.Address;
import norikv.work.Bell;
import norikv.work.Clock;

/// Drives the connections of a benchmark from one thread: a slot for each request that may be under
/// way, filled again as soon as its reply is there (closed loop), or when its time has come (open
/// loop, measured from then on, however late it really began).
///
/// **Threads.** Confined to one. **Limits.** One request a slot; a slot whose request was refused
/// rests for as long as the server asked, at most [#PAUSE_MILLIS_MAX].
final class BenchLoad implements AutoCloseable {
    private static final long PAUSE_MILLIS_MAX = 1000;
    private static final int LOAD_SLOTS_MAX = 32;
    private static final long SELECT_MILLIS_MAX = 100;

    /// What a selector cannot wait is waited in pieces of this length, looking for replies between.
    private static final long OPEN_LOOP_PAUSE_NANOS = 50_000;

    /// How often a request goes straight to the node that the last one named, before it rests.
    private static final int REDIRECTS_MAX = 3;

    private static final long LEADERLESS_MILLIS = 5;

    /// How much later than its deadline a reply may come before the server counts as gone.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final BenchPlan plan;
    private final BenchRequests requests;
    private final Clock clock;
    private final long timeoutMillis;
    private final Selector selector;

    /// Of connection i of the plan to node j, `i * nodes + j`.
    private final BenchConnection[] connections;

    private final BenchRoutes routes;
    private final BenchScans scans;
    private final int nodes;
    private final boolean[] dirty;
    private final Bell pause = new Bell();
    private final Consumer<SelectionKey> whenReady = this::serve;
    private final BenchConnection.Taker taker = this::take;

    private final int slots;
    private final long[] startNanos;
    private final Request[] sent;
    private final int[] askedNode;
    private final int[] redirects;
    private final SlotRing free;
    private final PriorityQueue<Resting> resting =
            new PriorityQueue<>((a, b) -> Long.compare(a.untilNanos(), b.untilNanos()));
    private final List<Reply.Status> statuses = new ArrayList<>();
    private BenchTally tally = new BenchTally(0, Long.MAX_VALUE);
    private boolean loading;
    private boolean issuing;
    private int underWay;
    private long nowNanos;
    private long lastReplyNanos;
    private long nextIntendedNanos;

    private record Resting(int slot, long untilNanos) {}

    /// Opens all connections.
    ///
    /// @param servers the nodes of one cluster, or some of them; each caller is connected to all
    BenchLoad(
            BenchPlan plan,
            BenchRequests requests,
            List<Address> servers,
            Duration timeout,
            Clock clock)
            throws IOException {
        this.plan = plan;
        this.requests = requests;
        this.clock = clock;
        this.timeoutMillis = timeout.toMillis();
        this.slots = plan.clients() * plan.pipeline();
        this.nodes = servers.size();
        this.startNanos = new long[slots + nodes];
        this.sent = new Request[slots + nodes];
        this.askedNode = new int[slots + nodes];
        this.redirects = new int[slots + nodes];
        this.free = new SlotRing(slots);
        this.selector = Selector.open();
        this.connections = new BenchConnection[plan.connections() * nodes];
        this.dirty = new boolean[connections.length];
        try {
            for (int i = 0; i < connections.length; i++) {
                Address server = servers.get(i % nodes);
                connections[i] = BenchConnection.open(server, timeoutMillis);
                connections[i].register(selector);
            }
        } catch (NoriException e) {
            close();
            throw e;
        }
        Sharding sharding = connections[0].welcome().sharding();
        this.routes = new BenchRoutes(names(), sharding);
        this.scans = new BenchScans(slots, sharding.totalShards());
        this.lastReplyNanos = clock.nanoTime();
    }

    /// {@return what each node calls itself} **Errors.** A [Complaint] where they are of several
    /// clusters: their figures would mean nothing.
    private List<String> names() {
        List<String> names = new ArrayList<>();
        for (int node = 0; node < nodes; node++) {
            String cluster = connections[node].welcome().cluster();
            if (!cluster.equals(connections[0].welcome().cluster())) {
                close();
                throw Complaint.usage("--endpoints: want nodes of one cluster", "");
            }
            names.add(connections[node].welcome().node().name());
        }
        return names;
    }

    /// {@return what the first node said of itself}
    BenchConnection first() {
        return connections[0];
    }

    /// {@return how many nodes are asked}
    int nodes() {
        return nodes;
    }

    /// {@return what the nodes said, each time they were asked}
    List<Reply.Status> statuses() {
        return statuses;
    }

    /// {@return how many operations of an open loop should have begun and have not}
    long backlog() {
        long late = nowNanos - nextIntendedNanos;
        return plan.rate() == 0 || late < 0 ? 0 : late / (1_000_000_000L / plan.rate()) + 1;
    }

    /// Writes every key once.
    void load(Consumer<BenchRequests> progress) throws IOException {
        BenchTally own = new BenchTally(clock.nanoTime(), Long.MAX_VALUE / 2);
        tally = own;
        loading = true;
        issuing = true;
        while (!requests.isLoaded() || underWay > 0 || !resting.isEmpty()) {
            turn(clock.nanoTime() + SELECT_MILLIS_MAX * 1_000_000);
            progress.accept(requests);
        }
        loading = false;
        issuing = false;
    }

    /// Runs operations until `endNanos` and counts into `into`; what is under way then goes on.
    void run(BenchTally into, long endNanos, Consumer<BenchTally> everyInterval)
            throws IOException {
        tally = into;
        nowNanos = clock.nanoTime();
        nextIntendedNanos = nowNanos; // what the warm-up left behind is not held against it
        issuing = true;
        while (nowNanos < endNanos) {
            turn(endNanos);
            if (tally.tick(nowNanos)) {
                everyInterval.accept(tally);
            }
        }
    }

    /// Begins nothing more and waits for what is under way. An open loop counts it still: it should
    /// have begun before. A closed loop does not: its time is over.
    private void drain() throws IOException {
        issuing = false;
        tally = plan.rate() == 0 ? new BenchTally(nowNanos, Long.MAX_VALUE / 2) : tally;
        while (underWay > 0) {
            turn(clock.nanoTime() + SELECT_MILLIS_MAX * 1_000_000);
        }
    }

    /// Ends what is under way, then asks every node for its counters.
    void askStatus() throws IOException {
        drain();
        for (int node = 0; node < nodes; node++) {
            send(slots + node, new Request.Status(), node, nowNanos);
        }
        drain();
    }

    @Override
    public void close() {
        for (BenchConnection connection : connections) {
            if (connection != null) {
                connection.close();
            }
        }
        try {
            selector.close();
        } catch (IOException _) {
            // it is of no more use either way
        }
    }

    /// Asks a node who leads what, among the other requests, where there are several.
    void askTopology() {
        if (nodes > 1) {
            send(slots, new Request.Topology(), 0, nowNanos);
        }
    }

    /// Begins what can begin, writes, waits for replies at the longest until `endNanos`, and takes
    /// them.
    private void turn(long endNanos) throws IOException {
        nowNanos = clock.nanoTime();
        while (!resting.isEmpty() && resting.peek().untilNanos() <= nowNanos) {
            wakeUp(resting.poll().slot());
        }
        if (issuing) {
            issue();
        }
        for (int i = 0; i < connections.length; i++) {
            if (dirty[i]) {
                dirty[i] = false;
                connections[i].flush();
            }
        }
        try {
            await(endNanos);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        nowNanos = clock.nanoTime();
        long silent = nowNanos - lastReplyNanos - PATIENCE.toNanos();
        if (underWay > 0 && silent / 1_000_000 > timeoutMillis) {
            throw new NoriException.Unavailable(
                    ErrorCode.UNAVAILABLE, "no reply at all for " + timeoutMillis + " ms and more");
        }
    }

    private void await(long endNanos) throws IOException {
        long wait = Math.min(endNanos - nowNanos, SELECT_MILLIS_MAX * 1_000_000);
        if (!resting.isEmpty()) {
            wait = Math.min(wait, resting.peek().untilNanos() - nowNanos);
        }
        if (issuing && plan.rate() > 0 && !loading && !free.isEmpty()) {
            wait = Math.min(wait, nextIntendedNanos - nowNanos);
        }
        long millis = wait / 1_000_000;
        if (millis > 0) {
            selector.select(whenReady, millis);
        } else if (selector.selectNow(whenReady) == 0 && wait > 0) {
            pause.await(Math.min(wait, OPEN_LOOP_PAUSE_NANOS));
            selector.selectNow(whenReady);
        }
    }

    private void issue() {
        if (loading) {
            while (!requests.isLoaded() && underWay < Math.min(LOAD_SLOTS_MAX, slots)) {
                send(free.take(), requests.nextLoad(), nowNanos);
            }
            return;
        }
        boolean open = plan.rate() > 0;
        while (!free.isEmpty() && (!open || nextIntendedNanos <= nowNanos)) {
            int slot = free.take();
            redirects[slot] = 0;
            send(slot, requests.next(), open ? nextIntendedNanos : nowNanos);
            nextIntendedNanos += open ? 1_000_000_000L / plan.rate() : 0;
        }
    }

    /// Sends a request where it belongs.
    private void send(int slot, Request request, long start) {
        if (BenchScans.isShared(request, nodes)) {
            sendParts(slot, (Request.Scan) request, start);
            return;
        }
        send(slot, request, routes.nodeOf(request, callerOf(slot) % nodes), start);
    }

    private void send(int slot, Request request, int node, long start) {
        int connection = callerOf(slot) * nodes + node;
        startNanos[slot] = start;
        sent[slot] = request;
        askedNode[slot] = node;
        connections[connection].send(slot, timeoutMillis, request);
        dirty[connection] = true;
        underWay++;
    }

    private void sendParts(int slot, Request.Scan scan, long start) {
        int parts = 0;
        for (int node = 0; node < nodes; node++) {
            ShardSet led = routes.ledBy(node);
            if (!led.isEmpty()) {
                send(slot, new Request.ScanPart(led, scan), node, start);
                parts++;
            }
        }
        sent[slot] = scan;
        scans.begin(slot, parts);
    }

    private int callerOf(int slot) {
        return slot < slots ? slot / plan.pipeline() % plan.connections() : 0;
    }

    private void serve(SelectionKey key) {
        BenchConnection connection = (BenchConnection) key.attachment();
        try {
            if (key.isWritable()) {
                connection.flush();
            }
            if (key.isReadable()) {
                nowNanos = clock.nanoTime();
                connection.receive(taker);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take(int slot, Reply reply) {
        underWay--;
        lastReplyNanos = nowNanos;
        Request request = sent[slot];
        if (slot >= slots) {
            if (reply instanceof Reply.Status status) {
                statuses.add(status);
            } else if (reply instanceof Reply.Topology topology) {
                routes.learn(topology);
            }
            return;
        }
        if (BenchScans.isShared(request, nodes)) {
            takePart(slot, request, reply);
        } else {
            sent[slot] = null;
            count(slot, request, reply);
        }
    }

    private void takePart(int slot, Request request, Reply reply) {
        switch (scans.take(slot, reply)) {
            case BenchScans.State.Waits _ -> {}
            case BenchScans.State.Failed(var why) -> {
                sent[slot] = null;
                if (isElsewhere(slot, why)) {
                    askTopology();
                }
                count(slot, request, why);
            }
            case BenchScans.State.Done _ -> {
                sent[slot] = null;
                tally.done(BenchTally.Op.SCAN, nowNanos - startNanos[slot]);
                free.put(slot);
            }
        }
    }

    private void count(int slot, Request request, Reply reply) {
        if (loading) {
            takeLoaded(slot, (Request.Batch) request, reply);
            return;
        }
        switch (reply) {
            case Reply.Failed failed when isElsewhere(slot, failed) ->
                    ask(slot, request, failed);
            case Reply.Failed failed -> {
                tally.failed(failed.code());
                rest(slot, failed.retryAfterMillis());
            }
            case Reply.Missing _ -> {
                tally.failed(ErrorCode.NOT_FOUND);
                free.put(slot);
            }
            default -> {
                tally.done(opOf(request), nowNanos - startNanos[slot]);
                free.put(slot);
            }
        }
    }

    /// {@return whether another node may serve what this one did not, and there is time for it}
    private boolean isElsewhere(int slot, Reply.Failed failed) {
        return nodes > 1
                && failed.code().retry() == ErrorCode.Retry.AUTOMATIC
                && nowNanos - startNanos[slot] < timeoutMillis * 1_000_000;
    }

    /// Asks another node; the time runs on.
    private void ask(int slot, Request request, Reply.Failed failed) {
        tally.redirected(failed.code());
        sent[slot] = request;
        boolean isNamed = routes.redirect(request, askedNode[slot], failed.leader());
        redirects[slot]++;
        if (isNamed && redirects[slot] <= REDIRECTS_MAX) {
            send(slot, request, startNanos[slot]);
        } else {
            redirects[slot] = 0;
            rest(slot, Math.max(LEADERLESS_MILLIS, failed.retryAfterMillis()));
        }
    }

    /// Sends again what was not written; anything but that ends the benchmark.
    private void takeLoaded(int slot, Request.Batch request, Reply reply) {
        List<Reply> replies =
                reply instanceof Reply.Batched(var each)
                        ? each
                        : java.util.Collections.nCopies(request.operations().size(), reply);
        List<Request.Single> again = new ArrayList<>();
        long pauseMillis = 0;
        for (int i = 0; i < replies.size(); i++) {
            if (replies.get(i) instanceof Reply.Failed failed) {
                if (failed.code().retry() == ErrorCode.Retry.NO) {
                    throw NoriException.of(failed);
                }
                again.add(request.operations().get(i));
                routes.redirect(request.operations().get(i), askedNode[slot], failed.leader());
                pauseMillis = Math.max(pauseMillis, Math.max(1, failed.retryAfterMillis()));
            }
        }
        if (again.isEmpty()) {
            free.put(slot);
        } else {
            sent[slot] = new Request.Batch(again);
            rest(slot, pauseMillis);
        }
    }

    private void rest(int slot, long millis) {
        if (millis == 0) {
            free.put(slot);
        } else {
            long nanos = Math.min(millis, PAUSE_MILLIS_MAX) * 1_000_000;
            resting.add(new Resting(slot, nowNanos + nanos));
        }
    }

    private void wakeUp(int slot) {
        if (sent[slot] == null) {
            free.put(slot);
        } else {
            send(slot, sent[slot], startNanos[slot]);
        }
    }

    private static BenchTally.Op opOf(Request request) {
        return switch (request) {
            case Request.Get _ -> BenchTally.Op.GET;
            case Request.Scan _, Request.ScanPart _ -> BenchTally.Op.SCAN;
            default -> BenchTally.Op.PUT;
        };
    }

    /// Free slots, first in, first out: so that all connections get their turn.
    private static final class SlotRing {
        private final int[] slots;
        private int from;
        private int count;

        SlotRing(int size) {
            slots = new int[size];
            Arrays.setAll(slots, i -> i);
            count = size;
        }

        boolean isEmpty() {
            return count == 0;
        }

        int take() {
            int slot = slots[from];
            from = (from + 1) % slots.length;
            count--;
            return slot;
        }

        void put(int slot) {
            slots[(from + count) % slots.length] = slot;
            count++;
        }
    }
}
