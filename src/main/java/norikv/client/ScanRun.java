package norikv.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ScanCursor;
import norikv.domain.ShardSet;

/// A scan over all shards, whoever leads them: pages of some shards each, merged by key.
///
/// Each node is asked for the shards that it is believed to lead. A page says which of them it is
/// of; the others are asked for again, elsewhere, **from the same place**, so that every shard is
/// read without a gap, by one page at a time. An item comes out only when every shard has an item
/// to compare it with or has ended. A node that is alone is asked for everything at once.
///
/// **Threads.** One calls [#fill] and takes items when that is done, and not before; answers come
/// from the readers of connections. The lock guards all fields. **Limits.** Pages held and asked
/// for: [#PAGES_MAX] together, which share the bytes of one page by the number of their shards, but
/// get [#PART_BYTES_MIN] and one item each. Beyond it all are dropped and read again. **Errors.**
/// [#trouble()], after which [#fill] may be tried again. **Source.** `wire/requests.md`.
final class ScanRun {
    /// The most pages that are held, and asked for, at a time.
    static final int PAGES_MAX = 2 * Endpoint.ENDPOINTS_MAX;

    /// How small the share of a page gets.
    static final int PART_BYTES_MIN = 16 << 10;

    /// How often in a row some shards may be refused.
    static final int MISSES_MAX = RetryRules.ATTEMPTS_MAX;

    /// One question is given this part of the time that is left: a node that does not answer does
    /// not use it up.
    private static final int PATIENCE_PARTS = 3;

    /// Shards that are to be read from one place on.
    private record Ask(ShardSet shards, ScanCursor from, int node) {}

    private final ScanNodes nodes;
    private final ScanOptions options;
    private final Request.Projection projection;
    private final ReentrantLock lock = new ReentrantLock();
    private final ScanPages pages;
    private boolean isLone;
    private boolean needsTopology;
    private int totalShards;
    private long counted;
    private long behindMillis;
    private long limit;
    private long deadlineNanos;
    private int misses;
    private int attempts = 1;
    private int outstanding;
    private boolean missed;
    private Runnable whenDone = () -> {};

    /// Null as long as all is well.
    private Reply.Failed trouble;

    /// Why shards were refused last, for whoever gives up.
    private Reply.Failed lastMiss = missing("");

    /// @param start where to begin, as [ScanCursor#of] checked
    ScanRun(
            ScanNodes nodes,
            ScanOptions options,
            Request.Projection projection,
            ScanCursor start) {
        this.nodes = nodes;
        this.options = options;
        this.projection = projection;
        this.isLone = nodes.isLone();
        this.needsTopology = !isLone && !nodes.knowsTopology();
        this.totalShards = nodes.totalShards();
        this.pages = new ScanPages(options.reverse());
        pages.want(ShardSet.all(totalShards), start);
    }

    /// Gets pages until there is an item to take, or none is left; of a count, one page of each
    /// shard that has not ended.
    ///
    /// @param itemsMax how many more items are of interest
    /// @param mayWait whether this thread may wait for a slot
    /// @param done called once, from any thread
    void fill(long itemsMax, long budgetNanos, boolean mayWait, Runnable done) {
        lock.lock();
        try {
            limit = itemsMax;
            deadlineNanos = nodes.nanoTime() + budgetNanos;
            misses = 0;
            trouble = null;
            whenDone = done;
        } finally {
            lock.unlock();
        }
        next(mayWait);
    }

    /// {@return what went wrong, if anything did}
    Optional<Reply.Failed> trouble() {
        return Optional.ofNullable(trouble);
    }

    int attempts() {
        return attempts;
    }

    /// {@return whether pages must be got before it is known which item is next}
    boolean needsFill() {
        return pages.lacksSome();
    }

    /// {@return whether there is an item to take now}
    boolean hasItem() {
        return pages.hasItem();
    }

    /// Takes the next item, which [#hasItem()].
    Item take() {
        return pages.take();
    }

    /// {@return how many pages are held}
    int pagesHeld() {
        return pages.count();
    }

    /// {@return how many keys the pages of a count had}
    long counted() {
        return counted;
    }

    /// {@return how far the oldest page was behind when it was read}
    long behindMillis() {
        return behindMillis;
    }

    /// {@return where another scan goes on after what was taken, if anything is left}
    Optional<ScanCursor> position() {
        return pages.position();
    }

    /// Asks for what is needed, or says that nothing is.
    private void next(boolean mayWait) {
        List<Ask> asks;
        boolean first;
        lock.lock();
        try {
            pages.dropUsedUp();
            asks = trouble == null ? plan() : List.of();
            first = needsTopology && !asks.isEmpty();
            outstanding = asks.size();
            missed = false;
        } finally {
            lock.unlock();
        }
        if (asks.isEmpty()) {
            whenDone.run();
        } else if (first) {
            askTopology(0);
        } else {
            asks.forEach(ask -> send(ask, mayWait));
        }
    }

    private List<Ask> plan() {
        List<Ask> asks = split();
        if (!isCount() && pages.count() + asks.size() > PAGES_MAX) {
            restart();
            asks = split();
        }
        return asks;
    }

    /// Reads all shards anew from where the items go on.
    private void restart() {
        ShardSet all = ShardSet.all(totalShards);
        pages.position().ifPresent(from -> pages.restart(all, from));
    }

    private List<Ask> split() {
        List<Ask> asks = new ArrayList<>();
        pages.wanted().forEach(
                (from, shards) -> {
                    if (isLone) {
                        asks.add(new Ask(shards, from, Call.ANY_NODE));
                    } else {
                        byNode(shards).forEach((node, own) -> asks.add(new Ask(own, from, node)));
                    }
                });
        return asks;
    }

    private Map<Integer, ShardSet> byNode(ShardSet shards) {
        int[] chosen = new int[totalShards];
        Map<Integer, ShardSet> byNode = new HashMap<>();
        shards.forEach(
                shard -> {
                    chosen[shard] = nodes.serving(shard, misses, whom());
                    byNode.put(chosen[shard], shards);
                });
        byNode.replaceAll(
                (node, _) ->
                        ShardSet.of(
                                totalShards,
                                shard -> shards.contains(shard) && chosen[shard] == node));
        return byNode;
    }

    /// {@return who is asked: replicas for what may be stale, but leaders in turn with them where
    /// one was too far behind}
    private Consistency whom() {
        boolean isBounded = options.maxStalenessMillis() != ReadBounds.ANY_AGE;
        return isBounded && misses % 2 == 1 ? Consistency.LEASE : options.consistency();
    }

    private void send(Ask ask, boolean mayWait) {
        Request.Scan scan = scanOf(ask);
        Sink sink = (reply, tries) -> answered(ask, reply, tries);
        long left = deadlineNanos - nodes.nanoTime();
        if (isLone) {
            nodes.ask(ask.node, scan, left, mayWait, sink);
        } else {
            var part = new Request.ScanPart(ask.shards, scan);
            nodes.ask(ask.node, part, left / PATIENCE_PARTS, mayWait, sink);
        }
    }

    private Request.Scan scanOf(Ask ask) {
        long share = (long) options.pageBytes() * ask.shards.size() / totalShards;
        int bytesMin = Math.min(options.pageBytes(), PART_BYTES_MIN);
        int items = isCount() ? Integer.MAX_VALUE : Limits.PAGE_ITEMS_MAX;
        return new Request.Scan(
                options.from(),
                options.to(),
                (int) Math.min(limit, items),
                (int) Math.max(share, bytesMin),
                options.reverse(),
                projection,
                options.consistency(),
                isStart(ask.from) ? Bytes.EMPTY : ask.from.encode(),
                options.maxStalenessMillis());
    }

    /// {@return whether a scan begins there without a cursor}
    private boolean isStart(ScanCursor place) {
        return place.key().equals(options.reverse() ? options.to() : options.from());
    }

    private boolean isCount() {
        return projection == Request.Projection.COUNT;
    }

    private void answered(Ask ask, Reply reply, int tries) {
        boolean last;
        lock.lock();
        try {
            attempts = Math.max(attempts, tries);
            take(ask, reply);
            outstanding--;
            last = outstanding == 0;
        } finally {
            lock.unlock();
        }
        if (last) {
            goOn();
        }
    }

    private void take(Ask ask, Reply reply) {
        switch (reply) {
            case Reply.PagePart(var covered, var page) -> takePart(ask, covered, page);
            case Reply.Page page when isLone -> takePage(ask, ask.shards, page);
            case Reply.Failed why -> takeFailure(ask, why);
            default -> fail(broken("the answer to another question"));
        }
    }

    private void takePart(Ask ask, ShardSet covered, Reply.Page page) {
        if (covered.total() != totalShards || !ask.shards.containsAll(covered)) {
            fail(broken("a page of shards that were not asked for"));
            return;
        }
        if (!covered.isEmpty()) {
            takePage(ask, covered, page);
            if (options.consistency() != Consistency.STALE) {
                nodes.lead(covered, ask.node);
            }
        }
        ShardSet rest = ask.shards.minus(covered);
        if (rest.isEmpty()) {
            return;
        }
        miss(missing("nobody serves %d of %d shards".formatted(rest.size(), totalShards)));
        missed = true;
    }

    private void takePage(Ask ask, ShardSet covered, Reply.Page page) {
        boolean isLast = page.cursor().isEmpty();
        ScanCursor next = ask.from;
        if (!isLast) {
            try {
                next = ScanCursor.decode(page.cursor());
            } catch (NoriException e) {
                fail(broken(e.getMessage()));
                return;
            }
            if (page.count() == 0 && next.equals(ask.from)) {
                fail(broken("the same cursor again, of a page that got no further"));
                return;
            }
        }
        counted += page.count();
        behindMillis = Math.max(behindMillis, page.behindMillis());
        pages.add(covered, ask.from, page.items(), isLast, next);
    }

    private void takeFailure(Ask ask, Reply.Failed why) {
        boolean mayTryElsewhere =
                switch (why.code().retry()) {
                    case AUTOMATIC, BACKOFF -> why != Calls.CLOSED;
                    case NO, APPLICATION, IF_IDEMPOTENT -> false;
                };
        if (isLone && why.code() == ErrorCode.NOT_LEADER) {
            // It is not alone after all.
            isLone = false;
            needsTopology = true;
            missed = true;
        } else if (isLone || !mayTryElsewhere) {
            fail(why);
        } else {
            if (why.code() != ErrorCode.NOT_LEADER) {
                nodes.shun(ask.node);
            }
            miss(why);
            missed = true;
        }
    }

    /// Notes what stood in the way last. That a node saw too few replicas says the most.
    private void miss(Reply.Failed why) {
        if (lastMiss.code() != ErrorCode.NO_QUORUM) {
            lastMiss = why;
        }
    }

    private void fail(Reply.Failed why) {
        trouble = why;
    }

    private static Reply.Failed broken(String found) {
        return new Reply.Failed(
                ErrorCode.INTERNAL, "scan: a page that was asked for, got " + found, 0);
    }

    /// Everybody has answered.
    private void goOn() {
        long pause = 0;
        boolean again;
        lock.lock();
        try {
            again = missed && trouble == null;
            if (again) {
                misses++;
                attempts = Math.max(attempts, misses + 1);
                pause =
                        misses == 1
                                ? 0
                                : RetryRules.lookNanos(misses - 1, nodes.random());
                if (misses > MISSES_MAX || deadlineNanos - nodes.nanoTime() <= pause) {
                    giveUp();
                    again = false;
                }
            } else {
                misses = 0;
                lastMiss = missing("");
            }
        } finally {
            lock.unlock();
        }
        if (again) {
            askTopology(pause);
        } else if (trouble == null && isCount()) {
            whenDone.run();
        } else {
            next(false);
        }
    }

    private void giveUp() {
        boolean isOverload = lastMiss.code().retry() == ErrorCode.Retry.BACKOFF;
        if (isOverload) {
            fail(lastMiss);
        } else {
            fail(
                    new Reply.Failed(
                            misses > MISSES_MAX
                                    ? ErrorCode.UNAVAILABLE
                                    : ErrorCode.DEADLINE_EXCEEDED,
                            "scan: a page of every shard in time: " + lastMiss.message(),
                            0));
        }
    }

    private static Reply.Failed missing(String what) {
        return new Reply.Failed(ErrorCode.UNAVAILABLE, what, 0);
    }

    /// Asks anybody who leads what, after a pause.
    private void askTopology(long pauseNanos) {
        long left = deadlineNanos - nodes.nanoTime() - pauseNanos;
        nodes.askLater(
                pauseNanos,
                new Request.Topology(),
                pauseNanos + Math.max(1, left / PATIENCE_PARTS),
                this::learned);
    }

    private void learned(Reply reply, int tries) {
        lock.lock();
        try {
            switch (reply) {
                case Reply.Topology topology -> learn(topology);
                case Reply.Failed why -> {
                    miss(why);
                    misses++;
                    if (why == Calls.CLOSED || why.code().retry() == ErrorCode.Retry.NO) {
                        fail(why);
                    } else if (misses > MISSES_MAX || deadlineNanos <= nodes.nanoTime()) {
                        giveUp();
                    }
                }
                default -> fail(broken("the answer to another question"));
            }
        } finally {
            lock.unlock();
        }
        next(false);
    }

    private void learn(Reply.Topology topology) {
        try {
            nodes.learn(topology);
        } catch (NoriException e) {
            fail(broken(e.getMessage()));
            return;
        }
        needsTopology = false;
        if (totalShards != topology.seats().size()) {
            // Nothing was known of the cluster before: only one place is wanted, of everything.
            totalShards = topology.seats().size();
            restart();
        }
    }
}
