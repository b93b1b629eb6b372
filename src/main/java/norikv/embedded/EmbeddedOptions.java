package norikv.embedded;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import norikv.domain.NoriException;

/// What an embedded node or cluster is to be like; begin with [#defaults()].
///
/// @param nodes how many nodes a cluster has, 1 to [#NODES_MAX]
/// @param data where the nodes keep what is written
/// @param port where the first node serves clients; the others follow at the next ports. 0: any
///     that are free
/// @param settings more settings of every node, named as in `norikv help config`
public record EmbeddedOptions(int nodes, Data data, int port, Map<String, String> settings) {
    /// The most nodes of a cluster in one process.
    public static final int NODES_MAX = 9;

    private static final int PORT_MAX = 65_535;

    /// Where the nodes keep what is written.
    public sealed interface Data {
        /// In a folder of its own among the temporary files, removed when all is closed.
        record Temporary() implements Data {}

        /// In `folder`, one folder a node below it. What is there is found again.
        record Kept(Path folder) implements Data {}
    }

    /// Refuses what cannot be.
    public EmbeddedOptions {
        check("nodes", nodes, 1, NODES_MAX);
        check("port", port, 0, PORT_MAX + 1 - nodes);
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /// {@return three nodes with 64 shards, on free ports, in a temporary folder, with small files}
    public static EmbeddedOptions defaults() {
        return new EmbeddedOptions(
                3,
                new Data.Temporary(),
                0,
                Map.of(
                        "cluster.total_shards", "64",
                        "storage.memtable_bytes", "4MiB",
                        "wal.segment_bytes", "16MiB",
                        "server.drain_timeout", "5s"));
    }

    public EmbeddedOptions withNodes(int count) {
        return new EmbeddedOptions(count, data, port, settings);
    }

    /// Keeps the data in `folder`.
    public EmbeddedOptions withFolder(Path folder) {
        return new EmbeddedOptions(nodes, new Data.Kept(folder), port, settings);
    }

    public EmbeddedOptions withPort(int first) {
        return new EmbeddedOptions(nodes, data, first, settings);
    }

    /// Sets one more setting of every node.
    public EmbeddedOptions withSetting(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(key, value);
        return new EmbeddedOptions(nodes, data, port, more);
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw NoriException.invalid(
                    "%s: in [%d, %d], got %d".formatted(name, min, max, value));
        }
    }
}
