package norikv.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import norikv.disk.Disk;
import norikv.disk.FileDisk;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.server.Config;
import norikv.server.ConfigKey;
import norikv.server.ConfigReader;
import norikv.server.Node;
import norikv.server.Release;
import norikv.server.Units;
import norikv.work.Step;

/// `norikv server`: runs a node until the process is told to end, then drains it and ends with 0.
///
/// Standard output gets one line, when the node serves: `READY rpc=… http=… ms=…`.
final class ServerCommand implements Command {
    private static final int EXIT_FATAL = ErrorCode.DISK_FAILURE.exitCode();
    private static final long NANOS_PER_MILLI = 1_000_000;

    /// One line a message, as every log collector wants it.
    private static final String LOG_FORMAT = "%1$tFT%1$tT.%1$tL%1$tz %4$-7s %3$s %5$s%6$s%n";

    private final Function<Path, Disk> disks;

    ServerCommand() {
        this(FileDisk::open);
    }

    /// @param disks opens the data folder
    ServerCommand(Function<Path, Disk> disks) {
        this.disks = disks;
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        long start = terminal.loops().clock().nanoTime();
        arguments.operands(0, 0);
        ConfigReader.Result.Good good = ServerFlags.read(arguments, terminal);
        setUnlessSet("jdk.system.logger.format", LOG_FORMAT);
        setUnlessSet("java.util.logging.SimpleFormatter.format", LOG_FORMAT);
        Node node =
                Life.untilExit(terminal.err(), Node::close)
                        .begin(() -> start(good.config(), terminal.err()));
        banner(good, node, terminal.err());
        node.awaitReady(Step.UNTIL_WOKEN);
        long millis = (terminal.loops().clock().nanoTime() - start) / NANOS_PER_MILLI;
        terminal.println(
                "READY rpc=%s http=%s ms=%d"
                        .formatted(node.rpcAddress(), node.httpAddress(), millis));
        terminal.out().flush();
        // Nobody raises it: the shutdown ends the process.
        terminal.loops().signal().await(Step.UNTIL_WOKEN);
        return 0;
    }

    private Node start(Config config, PrintStream err) {
        try {
            return Node.start(config, disks, (where, cause) -> die(where, cause, err));
        } catch (NoriException e) {
            throw new Complaint(
                    e.code().name(),
                    e.code().exitCode(),
                    "server cannot start: " + e.getMessage(),
                    List.of("data_dir " + config.dataDir().toAbsolutePath().normalize()),
                    help(e.code()));
        }
    }

    private static String help(ErrorCode code) {
        return switch (code) {
            case CLUSTER_MISMATCH, VERSION_UNSUPPORTED ->
                    "nothing was changed; start it as the node it was, or with another --data-dir";
            case CORRUPTION ->
                    "nothing was written to the damaged file; copy the folder before anything else";
            case DISK_WATERMARK -> "make room on the disk, then start again";
            default -> "";
        };
    }

    /// Ends the process at once: the node cannot go on, and what it does not do cannot do harm.
    private static void die(String where, Throwable cause, PrintStream err) {
        err.println("error[FATAL]: " + where + ": " + cause.getMessage());
        cause.printStackTrace(err);
        err.println("  what was acknowledged is on disk; start the server again to recover it");
        err.flush();
        Runtime.getRuntime().halt(EXIT_FATAL);
    }

    private static void banner(ConfigReader.Result.Good good, Node node, PrintStream err) {
        Config config = good.config();
        StringBuilder text = new StringBuilder();
        text.append("NoriKV ").append(Release.VERSION);
        text.append("  node ").append(node.identity().nodeId());
        text.append("  cluster ").append(node.identity().clusterId()).append('\n');
        line(text, "clients", node.rpcAddress().toString());
        line(text, "metrics", "http://" + node.httpAddress() + "/metrics");
        line(text, "data", config.dataDir().toAbsolutePath().normalize().toString());
        line(text, "durability", "every write is forced to disk before it is acknowledged");
        line(
                text,
                "shards",
                "%d in %d bands, %d replica of each"
                        .formatted(
                                node.identity().totalShards(),
                                node.identity().bands(),
                                config.replicationFactor()));
        line(
                text,
                "limits",
                "key %s, value %s, request %s, %d connections"
                        .formatted(
                                Units.showSize(Limits.KEY_BYTES_MAX),
                                Units.showSize(Limits.VALUE_BYTES_MAX),
                                Units.showSize(Limits.REQUEST_BYTES_MAX),
                                config.whole(ConfigKey.LIMITS_CONNECTIONS_MAX)));
        line(
                text,
                "memory",
                "heap of at most %d MiB, memtables of %s"
                        .formatted(
                                Runtime.getRuntime().maxMemory() >> 20,
                                Units.showSize(config.size(ConfigKey.STORAGE_MEMTABLE_BYTES))));
        for (String warning : good.warnings()) {
            text.append("warning: ").append(warning).append('\n');
        }
        if (!config.rpcAddr().isLoopback()) {
            text.append("warning: rpc_addr can be reached from other machines, and there is no")
                    .append(" authentication: they read and write everything\n");
        }
        if (!config.httpAddr().isLoopback()) {
            text.append("warning: http_addr can be reached from other machines\n");
        }
        err.print(text);
        err.flush();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append("  %-11s %s\n".formatted(name, value));
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
