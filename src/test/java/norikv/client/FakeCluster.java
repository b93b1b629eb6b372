package norikv.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ScanCursor;
import norikv.domain.ShardSet;
import norikv.domain.Sharding;
import norikv.domain.Version;

/// A cluster as a scan sees it: nodes that each answer for the shards that they lead, of one map.
///
/// **Threads.** One: whoever asks is answered by [#run()], in any order.
final class FakeCluster implements ScanNodes {
    static final int NOBODY = -1;

    final Random random;
    final Sharding sharding;
    final NavigableMap<Bytes, Item> items = new TreeMap<>();
    final List<Request.ScanPart> asked = new ArrayList<>();
    final int[] leaders;
    final boolean[] isDown;

    /// Who is asked first for what may be stale; [#NOBODY]: as for the rest.
    int nearest = NOBODY;

    /// By node: how old its pages are.
    final long[] behindMillis;

    /// How often a page told who leads.
    int told;

    /// What happens before each answer.
    Runnable meanwhile = () -> {};

    /// Which shards are also claimed although they were not asked for.
    Predicate<Request.ScanPart> claimsMore = _ -> false;

    long nowNanos = 1;
    private final int[] guesses;
    private final Queue<Runnable> answers = new ArrayDeque<>();
    private boolean knows;

    FakeCluster(Random random, int nodes, int shards) {
        this.random = random;
        this.sharding = new Sharding(shards);
        this.leaders = new int[shards];
        this.guesses = new int[shards];
        this.isDown = new boolean[nodes];
        this.behindMillis = new long[nodes];
        Arrays.fill(guesses, NOBODY);
        for (int shard = 0; shard < shards; shard++) {
            move(shard);
        }
    }

    /// Gives a shard to any node that is up.
    void move(int shard) {
        do {
            leaders[shard] = random.nextInt(isDown.length);
        } while (isDown[leaders[shard]]);
    }

    void moveSome(int perMille) {
        for (int shard = 0; shard < leaders.length; shard++) {
            if (random.nextInt(1000) < perMille) {
                move(shard);
            }
        }
    }

    /// Ends a node; others take over what it led.
    void kill(int node) {
        isDown[node] = true;
        for (int shard = 0; shard < leaders.length; shard++) {
            if (leaders[shard] == node) {
                move(shard);
            }
        }
    }

    void put(Bytes key, Bytes value) {
        items.put(key, new Item(key, value, new Version(1, items.size() + 1), Item.NEVER));
    }

    /// Answers until nobody waits.
    void run() {
        while (!answers.isEmpty()) {
            meanwhile.run();
            answers.remove().run();
        }
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
        return leaders.length;
    }

    @Override
    public int serving(int shard, int misses, Consistency consistency) {
        if (consistency == Consistency.STALE && nearest != NOBODY) {
            return nearest;
        }
        boolean guess = guesses[shard] != NOBODY && misses % 3 != 2;
        return guess ? guesses[shard] : random.nextInt(isDown.length);
    }

    @Override
    public void lead(ShardSet shards, int node) {
        told++;
        shards.forEach(shard -> guesses[shard] = node);
    }

    @Override
    public void shun(int node) {}

    @Override
    public void learn(Reply.Topology topology) {
        knows = true;
        for (int shard = 0; shard < guesses.length; shard++) {
            guesses[shard] = topology.seats().get(shard).leader() - 1;
        }
    }

    @Override
    public void ask(int node, Request request, long budgetNanos, boolean mayWait, Sink sink) {
        var part = (Request.ScanPart) request;
        asked.add(part);
        answers.add(
                () -> {
                    if (isDown[node]) {
                        nowNanos += budgetNanos;
                        sink.done(new Reply.Failed(ErrorCode.UNAVAILABLE, "down", 0), 1);
                    } else {
                        sink.done(page(node, part), 1);
                    }
                });
    }

    @Override
    public void askLater(long pauseNanos, Request request, long budgetNanos, Sink sink) {
        assert request instanceof Request.Topology : request;
        answers.add(
                () -> {
                    nowNanos += pauseNanos + 1;
                    List<Reply.Seat> seats = new ArrayList<>();
                    for (int leader : leaders) {
                        seats.add(new Reply.Seat(leader + 1, 1, List.of(1)));
                    }
                    sink.done(new Reply.Topology(List.of(), seats), 1);
                });
    }

    @Override
    public long nanoTime() {
        return nowNanos;
    }

    @Override
    public double random() {
        return random.nextDouble();
    }

    private Reply page(int node, Request.ScanPart part) {
        ShardSet covered =
                ShardSet.of(
                        leaders.length,
                        shard -> part.shards().contains(shard) && leaders[shard] == node);
        if (claimsMore.test(part)) {
            return new Reply.PagePart(ShardSet.all(leaders.length), pageOf(part.scan(), covered));
        }
        Reply.Page page = pageOf(part.scan(), covered);
        return new Reply.PagePart(
                covered,
                new Reply.Page(page.items(), page.count(), page.cursor(), behindMillis[node]));
    }

    private Reply.Page pageOf(Request.Scan scan, ShardSet covered) {
        if (covered.isEmpty()) {
            return new Reply.Page(List.of(), 0, Bytes.EMPTY);
        }
        Bytes start = ScanCursor.of(scan).key();
        Bytes from = scan.reverse() ? scan.from() : start;
        Bytes to = scan.reverse() ? start : scan.to();
        var range = items.tailMap(from, true);
        range = to.isEmpty() ? range : range.headMap(to, false);
        List<Item> found = new ArrayList<>();
        long bytes = 0;
        for (Item item : (scan.reverse() ? range.descendingMap() : range).values()) {
            if (!covered.contains(sharding.shardOf(item.key()))) {
                continue;
            }
            int more =
                    item.key().length()
                            + item.value().length()
                            + Limits.ANSWER_OVERHEAD_BYTES_MAX;
            boolean isFull = bytes + more > scan.pageBytes() || found.size() == scan.limit();
            if (isFull && !found.isEmpty()) {
                Bytes next = scan.reverse() ? found.getLast().key() : item.key();
                return page(scan, found, new ScanCursor(scan.reverse(), next).encode());
            }
            bytes += more;
            found.add(item);
        }
        return page(scan, found, Bytes.EMPTY);
    }

    private static Reply.Page page(Request.Scan scan, List<Item> found, Bytes cursor) {
        boolean isCount = scan.projection() == Request.Projection.COUNT;
        return new Reply.Page(isCount ? List.of() : found, found.size(), cursor);
    }
}
