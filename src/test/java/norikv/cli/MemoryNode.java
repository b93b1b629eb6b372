package norikv.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import norikv.adapter.nio.Listener;
import norikv.adapter.nio.NioOptions;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.NodeId;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ScanCursor;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.observe.Meter;
import norikv.port.KeyValue;
import norikv.wire.Welcome;
import norikv.work.Loop;
import norikv.work.ThreadLoops;

/// A node on the real data port that keeps everything in a map, and fails where a test wants.
final class MemoryNode implements KeyValue, AutoCloseable {
    /// The idempotency keys of the writes, in order.
    final java.util.List<String> names =
            java.util.Collections.synchronizedList(new java.util.ArrayList<>());

    /// How fresh the reads were to be, in order.
    final java.util.List<norikv.domain.ReadBounds> bounds =
            java.util.Collections.synchronizedList(new java.util.ArrayList<>());

    private static final long HOLD_NANOS = 300_000_000;

    final TreeMap<Bytes, Item> items = new TreeMap<>();
    final List<Reply.Check> checks = new ArrayList<>();
    private final ThreadLoops loops = new ThreadLoops((where, _) -> Run.FAULTS.add(where));
    private final Listener listener;
    private Function<Request, Optional<Reply>> trouble = _ -> Optional.empty();
    private final List<Runnable> held = new ArrayList<>();
    private Loop unruly = new NoLoop();
    private boolean holds;
    private long index;
    private int requests;

    MemoryNode() {
        checks.add(new Reply.Check("memory", true, ""));
        listener =
                Listener.bind(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        NioOptions.defaults(),
                        loops,
                        Meter.NONE,
                        "This is the data port.");
        listener.serve(
                this,
                hello -> Welcome.to(hello, new NodeId("n1"), "c-test", new Sharding(1024), 0));
    }

    String endpoint() {
        return "127.0.0.1:" + listener.port();
    }

    /// Runs a command line against this node.
    Run run(String... args) {
        return Run.with(Map.of("NORIKV_ENDPOINTS", endpoint()), "", args);
    }

    Run runWith(String input, String... args) {
        return Run.with(Map.of("NORIKV_ENDPOINTS", endpoint()), input, args);
    }

    /// Answers with what `next` says, where it says anything.
    synchronized void trouble(Function<Request, Optional<Reply>> next) {
        trouble = next;
    }

    /// From now on batches are done in any order but that of their coming, as a node may: gathered
    /// for a moment, then the last first, and each from its last operation.
    void unruly() {
        holds = true;
        unruly =
                loops.start(
                        "unruly",
                        now -> {
                            releaseHeld();
                            return now + HOLD_NANOS;
                        });
    }

    /// Does nothing at all for a while; called from within a request it holds up all others.
    void stall(long nanos) {
        loops.signal().await(loops.clock().nanoTime() + nanos);
    }

    synchronized int requests() {
        return requests;
    }

    @Override
    public void submit(Request request, long deadlineNanos, Answer answer) {
        if (holds && request instanceof Request.Batch) {
            synchronized (held) {
                held.addFirst(() -> answer.reply(answerTo(request)));
            }
        } else {
            answer.reply(answerTo(request));
        }
    }

    private void releaseHeld() {
        synchronized (held) {
            held.forEach(Runnable::run);
            held.clear();
        }
    }

    @Override
    public void close() {
        unruly.stop();
        listener.close();
    }

    private synchronized Reply answerTo(Request request) {
        requests++;
        Optional<Reply> failure = trouble.apply(request);
        if (failure.isPresent()) {
            return failure.get();
        }
        return switch (request) {
            case Request.Get get -> {
                bounds.add(get.bounds());
                Item item = items.get(get.key());
                yield item == null
                        ? new Reply.Missing()
                        : new Reply.Found(item.value(), item.version(), item.expiresAtMillis());
            }
            case Request.Put put -> {
                names.add(put.once().idempotencyKey().toUtf8());
                yield put(put);
            }
            case Request.Delete delete -> {
                names.add(delete.once().idempotencyKey().toUtf8());
                if (!holds(delete.condition(), delete.key())) {
                    yield new Reply.Mismatch(versionOf(delete.key()));
                }
                boolean existed = items.remove(delete.key()) != null;
                yield new Reply.Deleted(existed, new Version(1, ++index));
            }
            case Request.Batch(var operations) ->
                    new Reply.Batched(
                            operations.reversed().stream()
                                    .map(this::answerTo)
                                    .toList()
                                    .reversed());
            case Request.Scan scan -> page(scan);
            case Request.ScanPart _ -> throw new AssertionError(request);
            case Request.Topology _ -> topology();
            case Request.ShowReplica(var shard) ->
                    new Reply.Replica(
                            Reply.Role.LEADER,
                            "n1",
                            8,
                            3,
                            new Version(8, 9),
                            8,
                            new Version(7, 7),
                            1000,
                            100 + shard.number());
            case Request.MoveLeader(_, var to) -> new Reply.Led(to.name(), 9);
            case Request.HashShard _ -> new Reply.Hashed(new Version(7, 7), 1000, 2, -1);
            case Request.Status _ ->
                    new Reply.Status(
                            Map.of("node_id", "n1"), checks, Map.of("norikv_puts_total", index));
        };
    }

    /// This node leads even shards; another one, which does not exist, odd ones but the last.
    private Reply topology() {
        List<Reply.Seat> seats = new ArrayList<>();
        for (int shard = 0; shard < 1023; shard++) {
            int leader = 1 + shard % 2;
            seats.add(new Reply.Seat(leader, 7, List.of(leader, 3 - leader)));
        }
        seats.add(new Reply.Seat(0, 0, List.of(2, 1)));
        return new Reply.Topology(
                List.of(
                        new Reply.Member("n1", endpoint()),
                        new Reply.Member("n2", "127.0.0.1:1")),
                seats);
    }

    private Reply put(Request.Put put) {
        if (!holds(put.condition(), put.key())) {
            return new Reply.Mismatch(versionOf(put.key()));
        }
        Version at = new Version(1, ++index);
        long expires =
                put.ttlMillis() == Request.Put.NO_TTL
                        ? Item.NEVER
                        : loops.clock().wallMillis() + put.ttlMillis();
        items.put(put.key(), new Item(put.key(), put.value(), at, expires));
        return new Reply.Written(at);
    }

    private boolean holds(Precondition condition, Bytes key) {
        return switch (condition) {
            case Precondition.None _ -> true;
            case Precondition.IfAbsent _ -> !items.containsKey(key);
            case Precondition.IfVersion(var required) -> versionOf(key).equals(required);
        };
    }

    private Version versionOf(Bytes key) {
        Item item = items.get(key);
        return item == null ? Version.NONE : item.version();
    }

    private Reply page(Request.Scan scan) {
        List<Item> found = new ArrayList<>();
        int bytes = 0;
        for (Item item : (scan.reverse() ? items.descendingMap() : items).values()) {
            if (!isInside(scan, item.key())) {
                continue;
            }
            boolean counts = scan.projection() == Request.Projection.COUNT;
            if (found.size() == scan.limit() || !counts && bytes > scan.pageBytes()) {
                Bytes last = found.getLast().key();
                Bytes next = scan.reverse() ? last : last.successor();
                return new Reply.Page(
                        counts ? List.of() : found,
                        found.size(),
                        new ScanCursor(scan.reverse(), next).encode());
            }
            bytes += item.key().length() + item.value().length();
            boolean whole = scan.projection() == Request.Projection.ITEMS;
            found.add(
                    whole
                            ? item
                            : new Item(
                                    item.key(),
                                    Bytes.EMPTY,
                                    item.version(),
                                    item.expiresAtMillis()));
        }
        boolean counts = scan.projection() == Request.Projection.COUNT;
        return new Reply.Page(counts ? List.of() : found, found.size(), Bytes.EMPTY);
    }

    /// Nothing to stop.
    private static final class NoLoop implements Loop {
        @Override
        public void wake() {}

        @Override
        public void stop() {}
    }

    private static boolean isInside(Request.Scan scan, Bytes key) {
        Bytes start = ScanCursor.of(scan).key();
        int order = key.compareTo(start);
        if (scan.reverse() ? !start.isEmpty() && order >= 0 : order < 0) {
            return false;
        }
        return key.compareTo(scan.from()) >= 0
                && (scan.to().isEmpty() || key.compareTo(scan.to()) < 0);
    }
}
