package norikv.server;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import norikv.adapter.http.HttpEndpoint;
import norikv.adapter.nio.Listener;
import norikv.adapter.nio.NioOptions;
import norikv.adapter.nio.PeerLinks;
import norikv.adapter.nio.PeerOptions;
import norikv.bytes.Bytes;
import norikv.disk.Disk;
import norikv.disk.FileDisk;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.observe.Event;
import norikv.observe.Label;
import norikv.observe.Registry;
import norikv.port.KeyValue;
import norikv.port.Peers;
import norikv.wire.Welcome;
import norikv.work.Bell;
import norikv.work.FaultHandler;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.Step;
import norikv.work.SystemRandom;
import norikv.work.ThreadLoops;

/// One running node: its ports, its data folder, and the [Stack] between them.
///
/// A start takes both ports first, then the folder's lock and identity, then opens the stack: what
/// cannot start has touched nothing. It is ready when every shard has applied what was acknowledged
/// before; probes are answered meanwhile. **Threads.** Any may stop it; stopping twice is stopping
/// once. **Errors.** [NoriException] from [#start] says why it cannot start; later faults go to the
/// handler.
public final class Node implements AutoCloseable {
    /// The lock's name in the data folder.
    public static final String LOCK = "lock";

    /// What must be free to start, bytes: a first segment of the log, and tables to flush it to.
    static final long FREE_BYTES_MIN = 32L << 20;

    private static final Logger LOG = System.getLogger("norikv.server");
    private static final long RECOVERY_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Config config;
    private final Function<Path, Disk> disks;
    private final Loops loops;
    private final Registry registry = new Registry();
    private final NodeHealth health = new NodeHealth();
    private final FaultHandler faults;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final long startedNanos;
    private final Signal recovered;

    /// What is open, in the order of opening; closed from its end.
    private final List<Runnable> open = new ArrayList<>();

    // Set once by start(), which nobody but its caller sees before it returns.
    private Listener listener;
    private HttpEndpoint http;
    private Identity identity;
    private Stack stack;

    private Node(Config config, Function<Path, Disk> disks, FaultHandler faults) {
        this.config = config;
        this.disks = disks;
        this.faults =
                (where, cause) -> {
                    health.faulted(where);
                    faults.fatal(where, cause);
                };
        this.loops = new ThreadLoops(this.faults);
        this.startedNanos = loops.clock().nanoTime();
        this.recovered = loops.signal();
    }

    /// Starts a node and waits until it serves; [#awaitReady(long)] says when it is ready.
    ///
    /// @param faults what to do when the node cannot go on; it must not wait
    public static Node start(Config config, FaultHandler faults) {
        return start(config, FileDisk::open, faults);
    }

    /// As [#start(Config, FaultHandler)], on a disk of the caller's.
    ///
    /// @param disks opens the data folder
    public static Node start(Config config, Function<Path, Disk> disks, FaultHandler faults) {
        Node node = new Node(config, disks, faults);
        boolean started = false;
        try {
            node.open();
            started = true;
            return node;
        } finally {
            if (!started) {
                node.closeStack();
                node.closeAll();
            }
        }
    }

    /// {@return where clients connect, with the port in use}
    public Address rpcAddress() {
        return config.rpcAddr().withPort(listener.port());
    }

    /// {@return where probes and metrics are, with the port in use}
    public Address httpAddress() {
        return config.httpAddr().withPort(http.port());
    }

    /// {@return whose the data folder is}
    public Identity identity() {
        return identity;
    }

    /// Waits until every shard of this node has a leader that is known, and has applied what was
    /// acknowledged before. A node that is alone has, as soon as it is started; others need a
    /// majority.
    ///
    /// @return whether that is so by `deadlineNanos`
    public boolean awaitReady(long deadlineNanos) {
        return recovered.await(deadlineNanos);
    }

    /// {@return the node that leads `shard`, as far as this one knows}
    public Optional<NodeId> leader(ShardId shard) {
        return stack.leader(shard);
    }

    /// {@return how long ago the start began, nanoseconds}
    public long upNanos() {
        return loops.clock().nanoTime() - startedNanos;
    }

    /// {@return where requests of this process go, without a socket}
    public KeyValue keyValue() {
        return stack.keyValue();
    }

    /// Stops: not ready first, then no more requests; what is under way is answered, memory is
    /// flushed, files are closed. Takes as long as `server.drain_timeout` and a little at the most.
    @Override
    public void close() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        health.draining();
        long deadline =
                loops.clock().nanoTime()
                        + config.time(ConfigKey.SERVER_DRAIN_TIMEOUT).toNanos();
        if (!listener.drain(deadline)) {
            LOG.log(Level.WARNING, "Stopped with requests under way. limit=server.drain_timeout");
        }
        if (health.isFaulted()) {
            stack.abandon();
        } else {
            stack.close(deadline);
        }
        closeAll();
    }

    /// Stops as a crash would: callers are not answered and memory is not flushed. What was
    /// acknowledged is durable, and found by the next start.
    public void kill() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        health.draining();
        stack.abandon();
        closeAll();
    }

    private void open() {
        ProcessMetrics.register(registry);
        listener = bindListener();
        open.add(listener::close);
        http =
                HttpEndpoint.start(
                        config.httpAddr().resolve(), loops, health, registry::snapshot);
        open.add(http::close);
        Disk disk = disks.apply(config.dataDir());
        requireRoom(disk);
        Disk.DiskLock lock = disk.lock(LOCK);
        open.add(lock::close);
        identity = Identity.openOrCreate(disk, config, new SystemRandom());
        registerDisk(disk);
        Peers peers = identity.placement().nodes().size() == 1 ? Peers.NONE : openPeers(disk);
        stack =
                Stack.open(
                        new Stack.Environment(
                                disk,
                                loops,
                                faults,
                                registry,
                                Node::note,
                                this::status,
                                new Stack.Member(
                                        identity.clusterId(),
                                        identity.placement(),
                                        identity.nodeId(),
                                        peers,
                                        identity.salt(),
                                        new SystemRandom())),
                        Stack.Options.of(
                                config,
                                Runtime.getRuntime().availableProcessors(),
                                disk.totalBytes()));
        health.opened(stack);
        if (peers == Peers.NONE) {
            awaitRecovery();
            serve();
        } else {
            // The others need this node to become ready, and it needs them.
            serve();
            open.add(loops.start("node-recovery", this::lookForRecovery)::stop);
        }
    }

    private Peers openPeers(Disk disk) {
        Map<NodeId, Supplier<InetSocketAddress>> others = new LinkedHashMap<>();
        config.nodes().forEach((node, address) -> others.put(node, address::resolve));
        others.remove(identity.nodeId());
        var options =
                new PeerOptions(
                        identity.clusterId(),
                        identity.nodeId(),
                        identity.storeUuid(),
                        identity.placement().digest(),
                        Peers.FEATURES,
                        others,
                        Bytes.utf8(config.secret()));
        PeerLinks links =
                new PeerLinks(
                        options, new StorePins(disk), new SystemRandom(), loops, registry);
        listener.peers(links);
        open.add(links::close);
        return links;
    }

    private void serve() {
        String nodes = identity.placement().nodes().size() == 1 ? "" : config.nodesText();
        listener.serve(
                new Addressed(stack.keyValue(), config.nodes()),
                hello ->
                        Welcome.to(
                                hello,
                                identity.nodeId(),
                                identity.clusterId(),
                                new Sharding(identity.totalShards()),
                                loops.clock().wallMillis(),
                                nodes));
    }

    private long lookForRecovery(long nowNanos) {
        if (stack.isRecovered()) {
            recovered();
            return Step.UNTIL_WOKEN;
        }
        return nowNanos + RECOVERY_LOOK_NANOS;
    }

    private void recovered() {
        if (!recovered.isRaised()) {
            stack.recovered();
            health.recovered();
            recovered.raise();
        }
    }

    /// Refuses to start where the log has no room for a first segment: the node would wait for
    /// room without end, and say so to probes alone. A node that runs refuses writes instead, and
    /// goes on when there is room.
    static void requireRoom(Disk disk) {
        long free = disk.freeBytes();
        if (free < FREE_BYTES_MIN) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START,
                    "data_dir: at least %d bytes free on its file system to start, got %d"
                            .formatted(FREE_BYTES_MIN, free));
        }
    }

    private Listener bindListener() {
        var options =
                new NioOptions(
                        config.whole(ConfigKey.LIMITS_CONNECTIONS_MAX),
                        config.whole(ConfigKey.LIMITS_REQUESTS_IN_FLIGHT),
                        (int) config.size(ConfigKey.LIMITS_BYTES_IN_FLIGHT),
                        config.time(ConfigKey.LIMITS_HANDSHAKE_TIMEOUT),
                        config.time(ConfigKey.LIMITS_IDLE_TIMEOUT),
                        config.time(ConfigKey.LIMITS_STALL_TIMEOUT));
        return Listener.bind(
                config.rpcAddr().resolve(),
                options,
                loops,
                registry,
                "This is the data port of NoriKV; HTTP is served on " + config.httpAddr());
    }

    private void registerDisk(Disk disk) {
        String name = "norikv_disk_bytes";
        String help = "Bytes of the file system that holds the data folder.";
        registry.gauge(name, help, disk::freeBytes, new Label("state", "free"));
        registry.gauge(name, help, disk::totalBytes, new Label("state", "total"));
        registry.gauge(
                "norikv_ready",
                "1 while requests should be sent here.",
                () -> health.ready().stream().allMatch(Reply.Check::ok) ? 1 : 0);
    }

    private void awaitRecovery() {
        Bell bell = new Bell();
        while (!stack.isRecovered()) {
            if (health.isFaulted()) {
                throw new NoriException.Broken(
                        ErrorCode.INTERNAL, "recovery failed: " + health.live());
            }
            bell.await(RECOVERY_LOOK_NANOS);
        }
        recovered();
    }

    private Reply.Status status() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("version", Release.VERSION);
        facts.put("node_id", identity.nodeId().name());
        facts.put("cluster_id", identity.clusterId());
        facts.put("total_shards", Integer.toString(identity.totalShards()));
        shardFacts(facts);
        facts.put("uptime_seconds", Long.toString(TimeUnit.NANOSECONDS.toSeconds(upNanos())));
        return new Reply.Status(facts, health.ready(), registry.snapshot().counters());
    }

    private void shardFacts(Map<String, String> facts) {
        int self = identity.placement().number(identity.nodeId()).orElseThrow();
        int replicas = 0;
        int led = 0;
        int withoutLeader = 0;
        for (Reply.Seat seat : stack.topology().seats()) {
            if (seat.holders().contains(self)) {
                replicas++;
                led += seat.leader() == self ? 1 : 0;
                withoutLeader += seat.leader() == 0 ? 1 : 0;
            }
        }
        facts.put("replicas", Integer.toString(replicas));
        facts.put("led", Integer.toString(led));
        facts.put("without_leader", Integer.toString(withoutLeader));
        facts.put("unapplied_entries", Long.toString(stack.unappliedEntries()));
    }

    /// Events of the engine for the log, until somebody streams them.
    private static void note(Event event) {
        switch (event) {
            case Event.Wal.CorruptionTruncated cut ->
                    LOG.log(
                            Level.WARNING,
                            () ->
                                    "Cut a torn tail. segment=%d kept_bytes=%d lost_bytes=%d"
                                            .formatted(
                                                    cut.segment(),
                                                    cut.keptBytes(),
                                                    cut.lostBytes()));
            case Event.Wal.SlowFsync slow ->
                    LOG.log(
                            Level.WARNING,
                            () ->
                                    "A sync was slow. segment=%d ms=%d"
                                            .formatted(
                                                    slow.segment(),
                                                    TimeUnit.NANOSECONDS.toMillis(slow.nanos())));
            case Event.Wal.SegmentDamaged damaged ->
                    LOG.log(
                            Level.ERROR,
                            () ->
                                    "A file of the log is damaged. segment=%d offset=%d"
                                            .formatted(damaged.segment(), damaged.offset()));
            case Event.Lsm.TableQuarantined table ->
                    LOG.log(
                            Level.ERROR,
                            () -> "A table is damaged. file=%d".formatted(table.fileNumber()));
            case Event.Check.Diverged d ->
                    LOG.log(
                            Level.ERROR,
                            () ->
                                    ("A replica has diverged and is stopped. shard=%d index=%d"
                                                    + " node=%s digest=%s right=%s")
                                            .formatted(
                                                    d.shard(),
                                                    d.index(),
                                                    d.node(),
                                                    d.digest(),
                                                    d.right()));
            case Event.Check.Split split ->
                    LOG.log(
                            Level.ERROR,
                            () ->
                                    ("Replicas differ and no majority says who is right."
                                                    + " shard=%d index=%d digests=%s")
                                            .formatted(
                                                    split.shard(),
                                                    split.index(),
                                                    split.digests()));
            case Event other -> LOG.log(Level.DEBUG, other::toString);
        }
    }

    /// Leaves nothing open of a start that failed after the stack was.
    private void closeStack() {
        if (stack != null) {
            try {
                stack.close(loops.clock().nanoTime());
            } catch (NoriException e) {
                LOG.log(Level.WARNING, "Could not close a node that did not start.", e);
            }
        }
    }

    private void closeAll() {
        for (Runnable part : open.reversed()) {
            try {
                part.run();
            } catch (NoriException e) {
                LOG.log(Level.WARNING, "Could not close a part of the node.", e);
            }
        }
        open.clear();
    }
}
