package norikv.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.embedded.EmbeddedCluster;
import norikv.embedded.EmbeddedNode;
import norikv.embedded.EmbeddedOptions;
import norikv.server.Release;
import norikv.work.Step;

/// `norikv dev`: a cluster in this process, to try things on. Its data is thrown away when it ends,
/// or kept where the user says.
///
/// Standard output gets one line, when the cluster serves: `READY nodes=… endpoints=… ms=…`.
final class DevCommand implements Command {
    static final Option NODES = Option.of("--nodes", "N", "how many nodes, 1 to 9 (3)");
    static final Option PORT =
            Option.of("--port", "N", "the first node's port, the others follow (any free)");
    static final Option DATA_DIR =
            Option.of("--data-dir", "DIR", "keep the data there (thrown away)");
    static final Option SET = Option.of("--set", "KEY=VALUE", "any setting, repeatable");

    private static final long NANOS_PER_MILLI = 1_000_000;

    /// The most ports there are to choose from.
    private static final int PORT_MAX = 65_535;

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        long begin = terminal.loops().clock().nanoTime();
        arguments.operands(0, 0);
        EmbeddedOptions options = options(arguments);
        EmbeddedCluster cluster =
                Life.untilExit(terminal.err(), EmbeddedCluster::close)
                        .begin(() -> start(options));
        banner(cluster, arguments, terminal.err());
        long millis = (terminal.loops().clock().nanoTime() - begin) / NANOS_PER_MILLI;
        terminal.println(
                "READY nodes=%d endpoints=%s ms=%d"
                        .formatted(cluster.nodes().size(), cluster.endpoints(), millis));
        terminal.out().flush();
        // Nobody raises it: the shutdown ends the process.
        terminal.loops().signal().await(Step.UNTIL_WOKEN);
        return 0;
    }

    private static EmbeddedOptions options(Arguments arguments) {
        int nodes = (int) arguments.whole(NODES, 1, EmbeddedOptions.NODES_MAX, 3);
        EmbeddedOptions options =
                EmbeddedOptions.defaults()
                        .withNodes(nodes)
                        .withSetting("cluster.total_shards", "1024")
                        .withSetting("cluster.id", "dev")
                        .withPort((int) arguments.whole(PORT, 1, PORT_MAX + 1 - nodes, 0));
        if (arguments.has(DATA_DIR)) {
            options = options.withFolder(Path.of(arguments.value(DATA_DIR, "")));
        }
        for (String setting : arguments.all(SET)) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw Complaint.usage("--set: want KEY=VALUE, got '" + setting + "'", "");
            }
            options =
                    options.withSetting(
                            setting.substring(0, equals), setting.substring(equals + 1));
        }
        return options;
    }

    private static EmbeddedCluster start(EmbeddedOptions options) {
        try {
            return EmbeddedCluster.start(options);
        } catch (NoriException e) {
            throw new Complaint(
                    e.code().name(),
                    e.code().exitCode(),
                    "dev cannot start: " + e.getMessage(),
                    List.of(),
                    e.code() == ErrorCode.CLUSTER_MISMATCH
                            ? "start it with the --nodes it had, or with another --data-dir"
                            : "");
        }
    }

    private static void banner(EmbeddedCluster cluster, Arguments arguments, PrintStream err) {
        StringBuilder text = new StringBuilder();
        text.append("NoriKV %s  %d nodes in one process\n"
                .formatted(Release.VERSION, cluster.nodes().size()));
        for (EmbeddedNode node : cluster.nodes()) {
            text.append("  %-4s clients %s  metrics http://%s/metrics\n"
                    .formatted(node.name(), node.endpoint(), node.httpEndpoint()));
        }
        text.append(
                arguments.has(DATA_DIR)
                        ? "  data %s, kept\n".formatted(arguments.value(DATA_DIR, ""))
                        : "  data is thrown away at the end; --data-dir DIR keeps it\n");
        text.append("try, in another terminal:\n");
        text.append("  export NORIKV_ENDPOINTS=%s\n".formatted(cluster.endpoints()));
        text.append("  ./norikv put user:42 Ada\n");
        text.append("  ./norikv get user:42\n");
        text.append("  ./norikv bench --workload mixed:80/20 --duration 10s\n");
        err.print(text);
        err.flush();
    }
}
