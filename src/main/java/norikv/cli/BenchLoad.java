package norikv.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
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

    /// How much later than its deadline a reply may come before the server counts as gone.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final BenchPlan plan;
    private final BenchRequests requests;
    private final Clock clock;
    private final long timeoutMillis;
    private final Selector selector;
    private final BenchConnection[] connections;
    private final boolean[] dirty;
    private final Bell pause = new Bell();
    private final Consumer<SelectionKey> whenReady = this::serve;
    private final BenchConnection.Taker taker = this::take;

    private final int slots;
    private final long[] startNanos;
    private final Request[] sent;
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
    /// @param servers taken in turn
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
        this.startNanos = new long[slots + 1];
        this.sent = new Request[slots + 1];
        this.free = new SlotRing(slots);
        this.selector = Selector.open();
        this.connections = new BenchConnection[plan.connections()];
        this.dirty = new boolean[connections.length];
        try {
            for (int i = 0; i < connections.length; i++) {
                Address server = servers.get(i % servers.size());
                connections[i] = BenchConnection.open(server, timeoutMillis);
                connections[i].register(selector);
            }
        } catch (NoriException e) {
            close();
            throw e;
        }
        this.lastReplyNanos = clock.nanoTime();
    }

    /// {@return what the first node said of itself}
    BenchConnection first() {
        return connections[0];
    }

    /// {@return what the server said, each time it was asked}
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
    void drain() throws IOException {
        issuing = false;
        if (plan.rate() == 0) {
            tally = new BenchTally(nowNanos, Long.MAX_VALUE / 2);
        }
        while (underWay > 0) {
            turn(clock.nanoTime() + SELECT_MILLIS_MAX * 1_000_000);
        }
    }

    /// Asks the server for its counters, among the other requests.
    void askStatus() {
        send(slots, new Request.Status(), nowNanos);
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
            send(free.take(), requests.next(), open ? nextIntendedNanos : nowNanos);
            nextIntendedNanos += open ? 1_000_000_000L / plan.rate() : 0;
        }
    }

    private void send(int slot, Request request, long start) {
        int connection = slot / plan.pipeline() % connections.length;
        startNanos[slot] = start;
        sent[slot] = request;
        connections[connection].send(slot, timeoutMillis, request);
        dirty[connection] = true;
        underWay++;
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
        sent[slot] = null;
        if (slot == slots) {
            if (reply instanceof Reply.Status status) {
                statuses.add(status);
            }
            return;
        }
        if (loading) {
            takeLoaded(slot, (Request.Batch) request, reply);
            return;
        }
        switch (reply) {
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
            send(slot, sent[slot], nowNanos);
        }
    }

    private static BenchTally.Op opOf(Request request) {
        return switch (request) {
            case Request.Get _ -> BenchTally.Op.GET;
            case Request.Scan _ -> BenchTally.Op.SCAN;
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

    /// {@return how much each counter of the server grew between the first and the last status}
    Map<String, Long> serverCounters() {
        Map<String, Long> grown = new java.util.TreeMap<>();
        if (statuses.size() > 1) {
            Map<String, Long> before = statuses.getFirst().counters();
            statuses.getLast()
                    .counters()
                    .forEach(
                            (name, count) -> {
                                long more = count - before.getOrDefault(name, 0L);
                                if (more != 0) {
                                    grown.put(name, more);
                                }
                            });
        }
        return grown;
    }
}
