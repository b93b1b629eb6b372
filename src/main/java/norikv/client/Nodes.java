package norikv.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.wire.Welcome;
import norikv.work.Loops;

/// The endpoints of a client, the one it prefers, and the connections to them.
///
/// **Threads.** Any. The lock guards everything of a [Node] but the connections, which are read
/// without it; nothing that waits is done under it.
final class Nodes {
    /// One endpoint.
    private static final class Node {
        final Endpoint endpoint;
        final AtomicReferenceArray<Connection> connections;
        int failures;
        long notBeforeNanos;
        String lastFailure = "not tried";

        Node(Endpoint endpoint, int connections, long nowNanos) {
            this.endpoint = endpoint;
            this.connections = new AtomicReferenceArray<>(connections);
            this.notBeforeNanos = nowNanos;
        }
    }

    private final Loops loops;
    private final Calls calls;
    private final ClientOptions options;
    private final List<Node> nodes = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();

    /// Those that are not closed: one a lane, and those that only owe answers any more.
    private final Set<Connection> live = ConcurrentHashMap.newKeySet();

    private volatile int preferred;
    private volatile boolean closed;

    /// Null until a node has said hello.
    private volatile Welcome welcome;

    private Reply.Failed lastFailure =
            new Reply.Failed(ErrorCode.UNAVAILABLE, "no node was tried yet", 0);

    Nodes(Loops loops, Calls calls, List<Endpoint> endpoints, ClientOptions options) {
        this.loops = loops;
        this.calls = calls;
        this.options = options;
        for (Endpoint endpoint : endpoints) {
            nodes.add(new Node(endpoint, options.connectionsPerNode(), loops.clock().nanoTime()));
        }
    }

    int count() {
        return nodes.size();
    }

    /// {@return what the last node that was met said of itself; null before the first}
    Welcome welcome() {
        return welcome;
    }

    /// {@return a connection that takes calls, perhaps one that is still being opened; null when
    /// every node failed a moment ago}
    Connection pick(int slot) {
        Node node = nodes.get(preferred);
        int lane = slot % options.connectionsPerNode();
        Connection connection = node.connections.get(lane);
        return connection != null && connection.takesCalls() ? connection : open(lane);
    }

    private Connection open(int lane) {
        lock.lock();
        try {
            long now = loops.clock().nanoTime();
            int first = preferred;
            for (int i = 0; i < nodes.size() && !closed; i++) {
                int candidate = (first + i) % nodes.size();
                Node node = nodes.get(candidate);
                Connection connection = node.connections.get(lane);
                boolean taken = connection != null && connection.takesCalls();
                if (!taken && node.notBeforeNanos <= now) {
                    connection =
                            new Connection(
                                    loops, calls, this, node.endpoint, options, candidate);
                    live.add(connection);
                    node.connections.set(lane, connection);
                    connection.start();
                    taken = true;
                }
                if (taken) {
                    preferred = candidate;
                    return connection;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// A node said hello.
    void opened(int index, Welcome hello) {
        welcome = hello;
        lock.lock();
        try {
            nodes.get(index).failures = 0;
        } finally {
            lock.unlock();
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

    /// A node said that another one should be asked.
    void avoid(Connection connection) {
        int index = connection.node();
        if (nodes.size() > 1 && preferred == index) {
            preferred = (index + 1) % nodes.size();
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
