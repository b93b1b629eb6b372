package norikv.torture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.server.FreePorts;
import norikv.work.Loops;

/// Nodes in processes of their own, a link of ours from each to each, and what can be done to them.
///
/// **Threads.** One, and any may close it.
final class ChildCluster implements AutoCloseable {
    /// How large the file system of a node is where it is to be filled.
    private static final String DISK_SIZE = "512m";

    private static final int BALLAST_BYTES = 1 << 20;
    private static final long READY_NANOS_MAX = 60_000_000_000L;

    private final Loops loops;
    private final Path folder;
    private final boolean hasDisks;
    private final int shards;
    private final Watchdog watchdog;
    private final List<Integer> ports;
    private final List<ChildNode> nodes = new ArrayList<>();

    /// Where node i believes node j to be, `i * nodes + j`; its own place is empty.
    private final List<Optional<LinkProxy>> links = new ArrayList<>();

    /// Makes everything but does not start it.
    ///
    /// @param shards how many
    /// @param hasDisks whether each node gets a small file system, which takes the right to mount
    ChildCluster(
            int count, int shards, boolean hasDisks, Loops loops, RandomGenerator random) {
        this.loops = loops;
        this.hasDisks = hasDisks;
        this.shards = shards;
        this.ports = FreePorts.draw(count, random);
        try {
            this.folder = Files.createTempDirectory("norikv-torture-");
            Files.createDirectory(folder.resolve("log"));
        } catch (IOException e) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START, "no temporary folder: " + e.getMessage(), e);
        }
        this.watchdog = new Watchdog(folder);
        boolean made = false;
        try {
            for (int from = 0; from < count; from++) {
                for (int to = 0; to < count; to++) {
                    links.add(
                            from == to
                                    ? Optional.empty()
                                    : Optional.of(new LinkProxy(loops, ports.get(to))));
                }
            }
            for (int i = 0; i < count; i++) {
                nodes.add(node(i));
            }
            made = true;
        } finally {
            if (!made) {
                close();
            }
        }
    }

    private ChildNode node(int index) {
        Path data = folder.resolve("n" + (index + 1));
        try {
            Files.createDirectory(data);
        } catch (IOException e) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START, "no folder: " + e.getMessage(), e);
        }
        if (hasDisks) {
            mount(data);
        }
        List<String> command = ChildNode.ourProgram();
        command.addAll(List.of("server", "--node-id", "n" + (index + 1)));
        command.addAll(List.of("--rpc-addr", "127.0.0.1:" + ports.get(index)));
        command.addAll(List.of("--http-addr", "127.0.0.1:0"));
        command.addAll(List.of("--data-dir", data.toString()));
        for (String setting :
                List.of(
                        "cluster.id=torture",
                        "cluster.total_shards=" + shards,
                        "wal.segment_bytes=16MiB",
                        "wal.keep_bytes=0B",
                        "storage.memtable_bytes=1MiB",
                        "server.drain_timeout=3s",
                        "cluster.nodes=" + seenFrom(index))) {
            command.addAll(List.of("--set", setting));
        }
        Path log = folder.resolve("log").resolve("n" + (index + 1));
        return new ChildNode("n" + (index + 1), command, log, loops, watchdog);
    }

    private static void mount(Path data) {
        try {
            ChildNode.run(
                    List.of(
                            "mount", "-t", "tmpfs", "-o", "size=" + DISK_SIZE, "norikv-torture",
                            data.toString()));
        } catch (NoriException e) {
            throw new NoriException.Refused(
                    ErrorCode.INVALID_ARGUMENT,
                    "disk-full needs the right to mount a small file system; leave it out of"
                            + " --faults, or run as root: "
                            + e.getMessage(),
                    e);
        }
    }

    private String seenFrom(int index) {
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            int port = link(index, i).map(LinkProxy::port).orElse(ports.get(i));
            seen.add("n%d=127.0.0.1:%d".formatted(i + 1, port));
        }
        return String.join(",", seen);
    }

    private Optional<LinkProxy> link(int from, int to) {
        return links.get(from * ports.size() + to);
    }

    List<ChildNode> nodes() {
        return nodes;
    }

    /// {@return where the nodes are, for clients: not through the links}
    String endpoints() {
        return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    /// Starts what does not run, thaws what is frozen, and waits until all are ready.
    ///
    /// @return whether they are within a minute
    boolean startAll() {
        for (ChildNode node : nodes) {
            node.thaw();
            if (!node.isAlive()) {
                node.start();
            }
        }
        long deadline = loops.clock().nanoTime() + READY_NANOS_MAX;
        return nodes.stream().allMatch(node -> node.awaitReady(deadline));
    }

    /// Does what `fault` says; what it leaves is undone by [#end].
    void begin(Fault fault) {
        switch (fault.kind()) {
            case KILL, AWAY -> nodes.get(fault.node()).kill();
            case KILL_ALL -> nodes.forEach(ChildNode::kill);
            case RESTART -> nodes.forEach(this::restart);
            case PAUSE -> nodes.get(fault.node()).freeze();
            case PARTITION -> {
                into(fault.node()).forEach(LinkProxy::cut);
                outOf(fault.node()).forEach(LinkProxy::cut);
            }
            case MUTE -> outOf(fault.node()).forEach(LinkProxy::cut);
            case SLOW -> {
                into(fault.node()).forEach(link -> link.slow(fault.delayMillis()));
                outOf(fault.node()).forEach(link -> link.slow(fault.delayMillis()));
            }
            case DISK_FULL -> fill(ballast(fault.node()));
        }
    }

    /// Undoes what is left of `fault`.
    void end(Fault fault) {
        switch (fault.kind()) {
            case KILL, AWAY -> startAgain(nodes.get(fault.node()));
            case KILL_ALL -> nodes.forEach(ChildCluster::startAgain);
            case RESTART -> {}
            case PAUSE -> nodes.get(fault.node()).thaw();
            case PARTITION, MUTE, SLOW -> {
                into(fault.node()).forEach(LinkProxy::heal);
                outOf(fault.node()).forEach(LinkProxy::heal);
            }
            case DISK_FULL -> empty(ballast(fault.node()));
        }
    }

    private static void startAgain(ChildNode node) {
        if (!node.isAlive()) {
            node.start();
        }
    }

    private void restart(ChildNode node) {
        node.stop();
        node.start();
        node.awaitReady(loops.clock().nanoTime() + READY_NANOS_MAX);
    }

    private List<LinkProxy> into(int node) {
        List<LinkProxy> into = new ArrayList<>();
        for (int other = 0; other < ports.size(); other++) {
            link(other, node).ifPresent(into::add);
        }
        return into;
    }

    private List<LinkProxy> outOf(int node) {
        List<LinkProxy> out = new ArrayList<>();
        for (int other = 0; other < ports.size(); other++) {
            link(node, other).ifPresent(out::add);
        }
        return out;
    }

    private Path ballast(int node) {
        return folder.resolve("n" + (node + 1)).resolve("ballast");
    }

    private static void fill(Path ballast) {
        byte[] zeros = new byte[BALLAST_BYTES];
        try (OutputStream out = Files.newOutputStream(ballast)) {
            // Ends with the file system, which is small.
            while (true) {
                out.write(zeros);
            }
        } catch (IOException _) {
            // full, as it should be
        }
    }

    private static void empty(Path ballast) {
        try {
            Files.deleteIfExists(ballast);
        } catch (IOException e) {
            throw new NoriException.Broken(ErrorCode.INTERNAL, "remove " + ballast, e);
        }
    }

    /// Kills what runs and removes everything. Closing twice is closing once.
    @Override
    public void close() {
        nodes.forEach(ChildNode::kill);
        links.forEach(link -> link.ifPresent(LinkProxy::close));
        watchdog.close();
    }
}
