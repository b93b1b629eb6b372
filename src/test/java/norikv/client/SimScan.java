package norikv.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ScanCursor;
import norikv.domain.ShardSet;
import norikv.port.KeyValue;

/// The client's own scan over a simulated cluster: one thread moves it, step by step.
public final class SimScan {
    private static final long PAGE_BUDGET_NANOS = 5_000_000_000L;

    /// A cluster to ask.
    public interface Cluster {
        int nodes();

        int shards();

        long nowNanos();

        /// Asks a node; if it is down, or goes down, there may be no answer.
        void ask(int node, Request request, long deadlineNanos, KeyValue.Answer answer);
    }

    private final Cluster cluster;
    private final Random random;
    private final ScanOptions options;
    private final Asking asking;
    private ScanRun run;
    private boolean isFilling;
    public final List<Item> items = new ArrayList<>();
    public int resumed;
    public int failed;

    public SimScan(Cluster cluster, Random random, Consistency consistency, boolean reverse) {
        this.cluster = cluster;
        this.random = random;
        this.asking = new Asking();
        ScanOptions forwards =
                ScanOptions.prefix("c").withConsistency(consistency).withPageBytes(400);
        this.options = reverse ? forwards.withReverse() : forwards;
        this.run = runFrom("");
    }

    private ScanRun runFrom(String cursor) {
        var whole =
                new Request.Scan(
                        options.from(),
                        options.to(),
                        1,
                        1,
                        options.reverse(),
                        Request.Projection.ITEMS,
                        options.consistency(),
                        CursorText.parse(cursor));
        return new ScanRun(asking, options, Request.Projection.ITEMS, ScanCursor.of(whole));
    }

    /// Goes on as far as there are answers.
    ///
    /// @return whether all items are there
    public boolean step() {
        asking.expire();
        while (!isFilling) {
            if (run.needsFill()) {
                fill();
            } else if (!run.hasItem()) {
                return true;
            } else {
                items.add(run.take());
                maybeResume();
            }
        }
        return false;
    }

    private void fill() {
        isFilling = true;
        run.fill(
                Long.MAX_VALUE,
                PAGE_BUDGET_NANOS,
                false,
                () -> {
                    isFilling = false;
                    failed += run.trouble().isPresent() ? 1 : 0;
                });
        if (run.trouble().isPresent()) {
            // Not at once again: time has to go on first.
            isFilling = true;
            asking.later(100_000_000, () -> isFilling = false);
        }
    }

    /// Another client takes the scan up, now and then.
    private void maybeResume() {
        if (random.nextInt(20) == 0 && run.position().isPresent()) {
            resumed++;
            run = runFrom(run.position().map(CursorText::of).orElseThrow());
        }
    }

    /// {@return the keys in the order in which they came}
    public List<Bytes> keys() {
        return items.stream().map(Item::key).toList();
    }

    /// Questions under way, each answered once.
    private final class Asking implements ScanNodes {
        private final int[] guesses = new int[cluster.shards()];
        private final List<Pending> pending = new ArrayList<>();
        private boolean knows;
        private int preferred;

        private static final class Pending {
            final long dueNanos;
            final Runnable whenDue;
            boolean isOver;

            Pending(long dueNanos, Runnable whenDue) {
                this.dueNanos = dueNanos;
                this.whenDue = whenDue;
            }
        }

        void later(long nanos, Runnable action) {
            pending.add(new Pending(cluster.nowNanos() + nanos, action));
        }

        void expire() {
            for (Pending one : List.copyOf(pending)) {
                if (!one.isOver && one.dueNanos <= cluster.nowNanos()) {
                    one.isOver = true;
                    one.whenDue.run();
                }
            }
            pending.removeIf(one -> one.isOver);
        }

        @Override
        public boolean isLone() {
            return false;
        }

        @Override
        public boolean knowsTopology() {
            return knows;
        }

        @Override
        public int totalShards() {
            return cluster.shards();
        }

        @Override
        public int serving(int shard, int misses, Consistency consistency) {
            boolean guess = guesses[shard] > 0 && misses % 3 != 2;
            return guess ? guesses[shard] - 1 : random.nextInt(cluster.nodes());
        }

        @Override
        public void lead(ShardSet shards, int node) {
            shards.forEach(shard -> guesses[shard] = node + 1);
        }

        @Override
        public void shun(int node) {
            preferred = (node + 1) % cluster.nodes();
        }

        @Override
        public void learn(Reply.Topology topology) {
            knows = true;
            for (int shard = 0; shard < guesses.length; shard++) {
                Reply.Seat seat = topology.seats().get(shard);
                guesses[shard] =
                        seat.leader() == 0
                                ? 0
                                : numberOf(topology.members().get(seat.leader() - 1).name());
            }
        }

        /// Nodes are called `n1` and on.
        private static int numberOf(String name) {
            return Integer.parseInt(name.substring(1));
        }

        @Override
        public void ask(int node, Request request, long budgetNanos, boolean mayWait, Sink sink) {
            var late = new Reply.Failed(ErrorCode.DEADLINE_EXCEEDED, "no answer", 0);
            long deadline = cluster.nowNanos() + budgetNanos;
            var one = new Pending(deadline, () -> sink.done(late, 1));
            pending.add(one);
            cluster.ask(
                    node,
                    request,
                    deadline,
                    reply -> {
                        if (!one.isOver) {
                            one.isOver = true;
                            sink.done(reply, 1);
                        }
                    });
        }

        @Override
        public void askLater(long pauseNanos, Request request, long budgetNanos, Sink sink) {
            later(
                    pauseNanos,
                    () -> {
                        ask(preferred, request, budgetNanos, false, sink);
                        preferred = (preferred + 1) % cluster.nodes();
                    });
        }

        @Override
        public long nanoTime() {
            return cluster.nowNanos();
        }

        @Override
        public double random() {
            return random.nextDouble();
        }
    }
}
