package norikv.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.ShardSet;
import norikv.domain.Sharding;
import norikv.wire.Hello;
import norikv.wire.Welcome;
import norikv.work.Loops;

/// The endpoints of a client, the one it prefers, and the connections to them.
///
/// **Threads.** Any. The lock guards everything of a [Node] but the connections, which are read
/// without it; nothing that waits is done under it.
final class Nodes {
    private static final int UNKNOWN = -1;

    /// Of so many attempts the last is made elsewhere than at the node that is believed to lead.
    private static final int GUESSES = 3;

    /// One endpoint.
    private static final class Node {
        final int index;
        final Endpoint endpoint;
        final AtomicReferenceArray<Connection> connections;
        int failures;
        long notBeforeNanos;
        String lastFailure = "not tried";

        /// What it calls itself; empty before it said so.
        String name = "";

        Node(int index, Endpoint endpoint, int connections, long nowNanos) {
            this.index = index;
            this.endpoint = endpoint;
            this.connections = new AtomicReferenceArray<>(connections);
            this.notBeforeNanos = nowNanos;
        }
    }

    private final Loops loops;
    private final Calls calls;
    private final ClientOptions options;
    private final Routes routes = new Routes();

    /// Replaced as a whole, under the lock.
    private volatile List<Node> nodes = List.of();

    private final ReentrantLock lock = new ReentrantLock();

    /// Those that are not closed: one a lane, and those that only owe answers any more.
    private final Set<Connection> live = ConcurrentHashMap.newKeySet();

    /// By shard, and the number of the node that each member is; empty before one told them.
    private volatile List<Reply.Seat> seats = List.of();

    private volatile int[] nodeOfMember = {};
    private volatile int preferred;
    private volatile boolean closed;

    /// A hello and when it came.
    private record Met(Welcome welcome, long atNanos) {}

    /// Null until a node has said hello.
    private volatile Met met;

    private Reply.Failed lastFailure =
            new Reply.Failed(ErrorCode.UNAVAILABLE, "no node was tried yet", 0);

    Nodes(Loops loops, Calls calls, List<Endpoint> endpoints, ClientOptions options) {
        this.loops = loops;
        this.calls = calls;
        this.options = options;
        endpoints.forEach(this::add);
    }

    private Node add(Endpoint endpoint) {
        List<Node> longer = new ArrayList<>(nodes);
        longer.add(
                new Node(
                        longer.size(),
                        endpoint,
                        options.connectionsPerNode(),
                        loops.clock().nanoTime()));
        nodes = List.copyOf(longer);
        return longer.getLast();
    }

    int count() {
        return nodes.size();
    }

    /// {@return what the last node that was met said of itself; null before the first}
    Welcome welcome() {
        Met last = met;
        return last == null ? null : last.welcome;
    }

    /// {@return how the keys are spread, if the node that was met last knows writes again}
    Optional<Sharding> sharding() {
        Met last = met;
        return last == null || (last.welcome.features() & Hello.ONCE) == 0
                ? Optional.empty()
                : Optional.of(last.welcome.sharding());
    }

    /// {@return what the clock of the node that was met last shows at `atNanos`} Only after one was
    /// met.
    long wallMillis(long atNanos) {
        Met last = met;
        return last.welcome.serverMillis() + (atNanos - last.atNanos) / 1_000_000;
    }

    /// {@return a connection that takes calls, perhaps one that is still being opened, to the node
    /// that is believed to lead the shard of `call` if it can be reached; null when every node
    /// failed a moment ago}
    Connection pick(Call call) {
        int lane = call.slot % options.connectionsPerNode();
        boolean isFixed = call.node != Call.ANY_NODE;
        int route = isFixed ? call.node : routes.of(call);
        if (route >= 0) {
            Node node = nodes.get(route);
            Connection connection = node.connections.get(lane);
            if (connection == null || !connection.takesCalls()) {
                connection = openTo(node, lane);
            }
            if (connection != null || isFixed) {
                return connection;
            }
        }
        Connection connection = nodes.get(preferred).connections.get(lane);
        return connection != null && connection.takesCalls() ? connection : openAny(lane);
    }

    /// {@return the number of the node that a call for `key` goes to, if it can be reached}
    int route(Bytes key) {
        int known = routes.of(key);
        return known < 0 ? preferred : known;
    }

    private Connection openTo(Node node, int lane) {
        lock.lock();
        try {
            return open(node, lane);
        } finally {
            lock.unlock();
        }
    }

    private Connection openAny(int lane) {
        lock.lock();
        try {
            int first = preferred;
            for (int i = 0; i < nodes.size() && !closed; i++) {
                int candidate = (first + i) % nodes.size();
                Connection connection = open(nodes.get(candidate), lane);
                if (connection != null) {
                    preferred = candidate;
                    return connection;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// {@return a connection to `node`; null while it is not its time to be tried again}
    private Connection open(Node node, int lane) {
        Connection connection = node.connections.get(lane);
        if (connection != null && connection.takesCalls()) {
            return connection;
        }
        if (closed || node.notBeforeNanos > loops.clock().nanoTime()) {
            return null;
        }
        connection = new Connection(loops, calls, this, node.endpoint, options, node.index);
        live.add(connection);
        node.connections.set(lane, connection);
        connection.start();
        return connection;
    }

    /// A node said hello, and perhaps who the others are.
    void opened(int index, Welcome hello) {
        lock.lock();
        try {
            Node node = nodes.get(index);
            node.failures = 0;
            node.name = hello.node().name();
            for (String part : hello.nodes().isEmpty() ? new String[0] : hello.nodes().split(",")) {
                int equals = part.indexOf('=');
                learn(
                        part.substring(0, Math.max(0, equals)),
                        Endpoint.parse(part.substring(equals + 1)));
            }
            routes.known(hello.sharding());
            met = new Met(hello, loops.clock().nanoTime());
        } finally {
            lock.unlock();
        }
    }

    private void learn(String name, Endpoint endpoint) {
        for (Node node : nodes) {
            if (node.name.equals(name)) {
                return;
            }
        }
        for (Node node : nodes) {
            if (node.name.isEmpty() && node.endpoint.equals(endpoint)) {
                node.name = name;
                return;
            }
        }
        if (nodes.size() < Endpoint.ENDPOINTS_MAX) {
            add(endpoint).name = name;
        }
    }

    /// A connection ended, or could not be opened: the next call goes to the next node, and comes
    /// back to this one after a while that grows with each failure to open it.
    void closed(Connection connection, int index, boolean wasOpen, Reply.Failed why) {
        live.remove(connection);
        lock.lock();
        try {
            Node node = nodes.get(index);
            node.lastFailure = why.message();
            lastFailure = why;
            if (!wasOpen) {
                node.failures++;
                long wait = RetryRules.backoffNanos(node.failures, calls.random());
                node.notBeforeNanos = loops.clock().nanoTime() + wait;
            }
            if (preferred == index) {
                preferred = (index + 1) % nodes.size();
            }
        } finally {
            lock.unlock();
        }
    }

    /// A node answered `call`: it leads the shard.
    void served(Call call, Connection connection) {
        routes.served(call, connection.node());
    }

    /// A node did not serve `call`, and perhaps said who does.
    ///
    /// @return whether another node was named that can be asked at once: not if it could not be
    ///     reached a moment ago
    boolean avoid(Call call, Connection connection, String leader) {
        int index = connection.node();
        List<Node> known = nodes;
        for (Node node : known) {
            if (!leader.isEmpty() && node.name.equals(leader) && node.index != index) {
                routes.set(call, node.index);
                return isToBeTried(node);
            }
        }
        if (known.size() > 1) {
            int next = (index + 1) % known.size();
            routes.set(call, next);
            if (preferred == index) {
                preferred = next;
            }
        }
        return false;
    }

    private boolean isToBeTried(Node node) {
        lock.lock();
        try {
            return node.notBeforeNanos <= loops.clock().nanoTime();
        } finally {
            lock.unlock();
        }
    }

    /// A node said that `leader` serves `key`; empty: it does not know.
    void redirect(Bytes key, String leader) {
        List<Node> known = nodes;
        int route = routes.of(key);
        for (Node node : known) {
            if (!leader.isEmpty() && node.name.equals(leader)) {
                routes.set(key, node.index);
                return;
            }
        }
        if (known.size() > 1) {
            routes.set(key, (Math.max(route, 0) + 1) % known.size());
        }
    }

    /// {@return whether the node that was met is the only one, as far as is known}
    boolean isLone() {
        Welcome hello = welcome();
        return !knowsTopology() && (hello == null || hello.nodes().isEmpty());
    }

    /// {@return how many shards there are; 1 before a node was met}
    int totalShards() {
        Welcome hello = welcome();
        return hello == null ? 1 : hello.sharding().totalShards();
    }

    boolean knowsTopology() {
        return !seats.isEmpty();
    }

    /// A node told who is in the cluster and who leads what.
    ///
    /// **Errors.** [norikv.domain.NoriException.Malformed] when an address is none.
    void learn(Reply.Topology topology) {
        lock.lock();
        try {
            int[] numbers = new int[topology.members().size()];
            for (int i = 0; i < numbers.length; i++) {
                Reply.Member member = topology.members().get(i);
                if (!member.address().isEmpty()) {
                    learn(member.name(), Endpoint.parse(member.address()));
                }
                numbers[i] = numberOf(member.name());
            }
            nodeOfMember = numbers;
            seats = topology.seats();
            for (int shard = 0; shard < seats.size(); shard++) {
                int leader = seats.get(shard).leader();
                routes.set(shard, leader == 0 ? UNKNOWN : numbers[leader - 1]);
            }
        } finally {
            lock.unlock();
        }
    }

    /// {@return the number of the node with this name, −1 if there is none}
    int numberOf(String name) {
        for (Node node : nodes) {
            if (node.name.equals(name)) {
                return node.index;
            }
        }
        return UNKNOWN;
    }

    /// {@return what the node of this number calls itself; empty before it said so}
    String name(int number) {
        return nodes.get(number).name;
    }

    /// {@return the node to ask for `shard`, when so many attempts in a row have failed}
    int serving(int shard, int misses, Consistency consistency) {
        int known = routes.of(shard);
        boolean isStale = consistency == Consistency.STALE;
        if (!isStale && known >= 0 && misses % GUESSES != GUESSES - 1) {
            return known;
        }
        List<Integer> holders = shard < seats.size() ? seats.get(shard).holders() : List.of();
        int nearest = preferred;
        if (isStale && misses == 0) {
            for (int holder : holders) {
                if (nodeOfMember[holder - 1] == nearest) {
                    return nearest;
                }
            }
        }
        int place = isStale ? misses + shard : misses;
        int node =
                holders.isEmpty()
                        ? UNKNOWN
                        : nodeOfMember[holders.get(place % holders.size()) - 1];
        return node >= 0 ? node : (nearest + misses) % nodes.size();
    }

    /// `node` answered for `shards`: it leads them.
    void lead(ShardSet shards, int node) {
        shards.forEach(shard -> routes.set(shard, node));
    }

    /// `node` did not answer: others are asked before it.
    void shun(int node) {
        if (preferred == node) {
            preferred = (node + 1) % nodes.size();
        }
    }

    /// {@return why no node can be reached right now}
    Reply.Failed unreachable() {
        lock.lock();
        try {
            return new Reply.Failed(lastFailure.code(), lastFailure.message(), 0);
        } finally {
            lock.unlock();
        }
    }

    /// {@return what happened last at every endpoint, one after the other}
    String failures() {
        lock.lock();
        try {
            return nodes.stream()
                    .map(node -> node.endpoint + ": " + node.lastFailure)
                    .collect(Collectors.joining("; "));
        } finally {
            lock.unlock();
        }
    }

    /// {@return whether some connection needs another look soon}
    boolean tick(long nowNanos) {
        boolean soon = false;
        for (Connection connection : live) {
            soon |= connection.tick(nowNanos);
        }
        return soon;
    }

    void close(Reply.Failed why) {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        for (Connection connection : live) {
            connection.close(why);
        }
    }
}
