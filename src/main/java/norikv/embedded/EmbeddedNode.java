package norikv.embedded;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import norikv.client.ClientOptions;
import norikv.client.Norikv;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.server.Config;
import norikv.server.Node;
import norikv.work.FaultHandler;
import norikv.work.Loops;
import norikv.work.ThreadLoops;

/// A node inside this process: the same code as `norikv server`, with the same durability, on real
/// sockets and in real files. Alone, or one of an [EmbeddedCluster].
///
/// **Threads.** Any. A call that starts or stops waits for another one that does. **Errors.**
/// [NoriException]. A fault that a node cannot survive stops that node and nothing else:
/// [#isRunning()] says so, [#fault()] says why, and [#restart()] recovers it.
public final class EmbeddedNode implements AutoCloseable {
    private static final Logger LOG = System.getLogger("norikv.embedded");

    private final Config config;
    private final Home home;
    private final Loops loops;

    // Guarded by lock, which is held while the node starts or stops.
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;

    /// Written under the lock; null while the node does not run.
    private volatile Node node;

    private volatile String fault = "";

    /// A node that does not run yet.
    ///
    /// @param home what to give back when it is closed
    EmbeddedNode(Config config, Home home, Loops loops) {
        this.config = config;
        this.home = home;
        this.loops = loops;
    }

    /// Starts a node that is alone, with [EmbeddedOptions#defaults()].
    public static EmbeddedNode start() {
        return start(EmbeddedOptions.defaults());
    }

    /// Starts a node that is alone and waits until it is ready.
    public static EmbeddedNode start(EmbeddedOptions options) {
        Assertions.switchOn();
        Home home = Home.of(options.data());
        boolean started = false;
        try {
            Loops loops = new ThreadLoops(EmbeddedNode::note);
            var node = new EmbeddedNode(Configs.alone(options, home.folder()), home, loops);
            node.restart();
            started = true;
            return node;
        } finally {
            if (!started) {
                home.close();
            }
        }
    }

    /// {@return the name of the node in its cluster}
    public String name() {
        return config.nodeId().name();
    }

    /// {@return where clients connect, `host:port`} The same after a restart in a cluster.
    /// **Errors.** `Closed` while the node does not run.
    public String endpoint() {
        return running().rpcAddress().toString();
    }

    /// {@return where metrics and health are, `host:port`} **Errors.** As [#endpoint()].
    public String httpEndpoint() {
        return running().httpAddress().toString();
    }

    /// {@return where the node keeps its data}
    public Path folder() {
        return config.dataDir();
    }

    public boolean isRunning() {
        return node != null;
    }

    /// {@return why the node stopped by itself, if it did since the last start}
    public Optional<String> fault() {
        return fault.isEmpty() ? Optional.empty() : Optional.of(fault);
    }

    /// {@return a client of this node, to be closed by the caller} In a cluster it finds the other
    /// nodes by itself.
    public Norikv client() {
        return client(ClientOptions.defaults());
    }

    /// {@return a client of this node, to be closed by the caller}
    public Norikv client(ClientOptions options) {
        return Norikv.connect(endpoint(), options);
    }

    /// Starts the node again on the same data, if it does not run. Waits until it is ready where it
    /// is alone; in a cluster that takes a majority, so wait with [#awaitReady(Duration)].
    public void restart() {
        lock.lock();
        try {
            if (closed) {
                throw new NoriException.Closed(name() + " is closed");
            }
            if (node == null) {
                fault = "";
                var watch = new Watch(this);
                node = Node.start(config, watch);
                watch.started(node);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Waits until every shard of the node has a leader and has applied what was acknowledged.
    ///
    /// @return whether that is so within `patience`
    public boolean awaitReady(Duration patience) {
        return awaitReady(loops.clock().nanoTime() + patience.toNanos());
    }

    boolean awaitReady(long deadlineNanos) {
        return running().awaitReady(deadlineNanos);
    }

    /// Stops the node as SIGTERM would: what is under way is answered, memory is flushed.
    public void stop() {
        end(Node::close);
    }

    /// Stops the node as a crash would: callers are not answered, memory is not flushed. What was
    /// acknowledged is durable, and there after [#restart()].
    public void kill() {
        end(Node::kill);
    }

    /// Stops the node for good; a temporary folder is removed. Closing twice is closing once.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            end(Node::close);
        } finally {
            lock.unlock();
        }
        home.close();
    }

    /// Says what went wrong while a node was stopped.
    static void note(String where, Throwable cause) {
        LOG.log(Level.ERROR, () -> "Could not stop a node. where=" + where, cause);
    }

    /// {@return the node that leads `shard`, as far as this one knows}
    Optional<NodeId> leader(ShardId shard) {
        Node now = node;
        return now == null ? Optional.empty() : now.leader(shard);
    }

    private Node running() {
        Node now = node;
        if (now == null) {
            throw new NoriException.Closed(
                    fault.isEmpty() ? name() + " does not run" : name() + " stopped: " + fault);
        }
        return now;
    }

    private void end(Consumer<Node> how) {
        lock.lock();
        try {
            Node now = node;
            node = null;
            if (now != null) {
                how.accept(now);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Hears of faults of one run of the node, and ends that run from a thread of its own: who
    /// reports a fault may hold locks and must not wait.
    private static final class Watch implements FaultHandler {
        private final EmbeddedNode of;
        private volatile Node run; // null until it has started

        Watch(EmbeddedNode of) {
            this.of = of;
        }

        void started(Node node) {
            run = node;
            if (!of.fault.isEmpty()) {
                stop();
            }
        }

        @Override
        public void fatal(String where, Throwable cause) {
            LOG.log(Level.ERROR, () -> "A node stops. node=%s".formatted(of.name()), cause);
            of.fault = where + ": " + cause.getMessage();
            if (run != null) {
                stop();
            }
        }

        private void stop() {
            of.loops.spawn("embedded-fault", this::end);
        }

        private void end() {
            of.lock.lock();
            try {
                if (of.node == run) {
                    of.end(Node::kill);
                }
            } finally {
                of.lock.unlock();
            }
        }
    }
}
