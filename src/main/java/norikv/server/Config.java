package norikv.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import norikv.domain.NodeId;
import norikv.domain.NoriException;

/// The settings of a node, each valid by itself and where it came from.
///
/// @param settings one for each [ConfigKey]
public record Config(Map<ConfigKey, Setting> settings) {
    /// What `cluster.id` says when nobody chose a name.
    public static final String AUTO = "auto";

    /// What a welcome has room for, ASCII.
    private static final int NODES_CHARS_MAX = 1024;

    /// How many nodes keep each shard, where there are so many.
    private static final int REPLICAS = 3;

    /// A record of the log must hold the longest request and what may be on its way before it, at
    /// every node alike.
    private static final long CLUSTER_SEGMENT_BYTES_MIN = 16L << 20;

    public Config {
        EnumMap<ConfigKey, Setting> copy = new EnumMap<>(settings);
        for (ConfigKey key : ConfigKey.values()) {
            Setting setting = copy.get(key);
            assert setting != null : key;
            assert key.type().problem(setting.text()).isEmpty() : key + "=" + setting.text();
        }
        settings = Collections.unmodifiableMap(copy);
    }

    /// A value as it was written.
    public record Setting(String text, Origin origin) {}

    /// Who said so.
    public sealed interface Origin {
        /// Nobody.
        record Default() implements Origin {
            @Override
            public String toString() {
                return "default";
            }
        }

        /// A line of a file.
        record File(Path file, int line) implements Origin {
            @Override
            public String toString() {
                return file + ":" + line;
            }
        }

        /// An environment variable.
        record Environment(String variable) implements Origin {
            @Override
            public String toString() {
                return "env " + variable;
            }
        }

        /// The command line.
        record Flag(String flag) implements Origin {
            @Override
            public String toString() {
                return flag;
            }
        }

        /// A program that runs the node inside itself.
        record Program() implements Origin {
            @Override
            public String toString() {
                return "program";
            }
        }
    }

    /// {@return what holds when nobody says anything}
    public static Config defaults() {
        EnumMap<ConfigKey, Setting> settings = new EnumMap<>(ConfigKey.class);
        for (ConfigKey key : ConfigKey.values()) {
            settings.put(key, new Setting(key.fallback(), new Origin.Default()));
        }
        return new Config(settings);
    }

    /// {@return the same settings but for one}
    public Config with(ConfigKey key, String text) {
        key.type()
                .problem(text)
                .ifPresent(
                        problem -> {
                            throw NoriException.invalid(key.key() + ": " + problem);
                        });
        EnumMap<ConfigKey, Setting> changed = new EnumMap<>(settings);
        changed.put(key, new Setting(text, new Origin.Program()));
        return new Config(changed);
    }

    /// A setting that does not go together with another.
    public record Conflict(ConfigKey key, String what) {}

    /// {@return what does not go together} A node is started only when nothing does not.
    public List<Conflict> conflicts() {
        List<Conflict> conflicts = new ArrayList<>();
        if (bands() > totalShards()) {
            conflicts.add(
                    new Conflict(
                            ConfigKey.STORAGE_BANDS,
                            "%d must be at most cluster.total_shards (%d, from %s)"
                                    .formatted(
                                            bands(),
                                            totalShards(),
                                            settings.get(ConfigKey.TOTAL_SHARDS).origin())));
        }
        if (httpAddr().port() != 0 && httpAddr().equals(rpcAddr())) {
            conflicts.add(
                    new Conflict(
                            ConfigKey.HTTP_ADDR,
                            "%s is taken by rpc_addr (from %s)"
                                    .formatted(
                                            httpAddr(),
                                            settings.get(ConfigKey.RPC_ADDR).origin())));
        }
        conflicts.addAll(clusterConflicts());
        return conflicts;
    }

    private List<Conflict> clusterConflicts() {
        Map<NodeId, Address> nodes = nodes();
        List<Conflict> conflicts = new ArrayList<>();
        if (!nodes.containsKey(nodeId())) {
            conflicts.add(
                    new Conflict(
                            ConfigKey.CLUSTER_NODES,
                            "must name this node, %s (from %s)"
                                    .formatted(
                                            nodeId(), settings.get(ConfigKey.NODE_ID).origin())));
        }
        if (nodes.size() > 1 && clusterId().equals(AUTO)) {
            conflicts.add(
                    new Conflict(
                            ConfigKey.CLUSTER_ID,
                            "must be a name, the same at all nodes, where there are several"));
        }
        if (replicationFactor() > nodes.size()) {
            conflicts.add(
                    new Conflict(
                            ConfigKey.REPLICATION_FACTOR,
                            "%d must be at most the number of nodes (%d, from %s)"
                                    .formatted(
                                            replicationFactor(),
                                            nodes.size(),
                                            settings.get(ConfigKey.CLUSTER_NODES).origin())));
        }
        boolean isLocal = nodes.values().stream().allMatch(Address::isLoopback);
        if (nodes.size() > 1 && !isLocal && secret().isEmpty()) {
            conflicts.add(
                    new Conflict(
                            ConfigKey.CLUSTER_SECRET,
                            "must be set where nodes are reached through more than this machine"));
        }
        if (nodes.size() > 1 && size(ConfigKey.WAL_SEGMENT_BYTES) < CLUSTER_SEGMENT_BYTES_MIN) {
            conflicts.add(
                    new Conflict(
                            ConfigKey.WAL_SEGMENT_BYTES,
                            "at least %s where there are several nodes"
                                    .formatted(Units.showSize(CLUSTER_SEGMENT_BYTES_MIN))));
        }
        return conflicts;
    }

    public NodeId nodeId() {
        return new NodeId(text(ConfigKey.NODE_ID));
    }

    /// {@return the name of the cluster, or [#AUTO]}
    public String clusterId() {
        return text(ConfigKey.CLUSTER_ID);
    }

    public int totalShards() {
        return whole(ConfigKey.TOTAL_SHARDS);
    }

    public int replicationFactor() {
        String text = text(ConfigKey.REPLICATION_FACTOR);
        if (text.equals(AUTO)) {
            return nodes().size() < REPLICAS ? 1 : REPLICAS;
        }
        return Integer.parseInt(text);
    }

    /// {@return all nodes of the cluster and where they are; this one if it is alone}
    public Map<NodeId, Address> nodes() {
        Map<NodeId, Address> nodes =
                NodeAddresses.parse(text(ConfigKey.CLUSTER_NODES)).orElseThrow().nodes();
        return nodes.isEmpty() ? Map.of(nodeId(), rpcAddr()) : nodes;
    }

    /// {@return all nodes as clients are told of them, `name=host:port,…`; empty if that is longer
    /// than they take}
    String nodesText() {
        StringBuilder text = new StringBuilder();
        nodes().forEach(
                (node, address) ->
                        text.append(",").append(node).append("=").append(address));
        return text.length() > NODES_CHARS_MAX ? "" : text.substring(1);
    }

    /// {@return what nodes prove to each other to know; empty if nothing}
    public String secret() {
        return text(ConfigKey.CLUSTER_SECRET);
    }

    public Address rpcAddr() {
        return Address.parse(text(ConfigKey.RPC_ADDR)).orElseThrow();
    }

    public Address httpAddr() {
        return Address.parse(text(ConfigKey.HTTP_ADDR)).orElseThrow();
    }

    public Path dataDir() {
        return Path.of(text(ConfigKey.DATA_DIR));
    }

    public int bands() {
        return whole(ConfigKey.STORAGE_BANDS);
    }

    /// {@return a setting that is a whole number}
    public int whole(ConfigKey key) {
        return Integer.parseInt(text(key));
    }

    /// {@return a setting that is a size, bytes}
    public long size(ConfigKey key) {
        return Units.size(text(key)).orElseThrow();
    }

    /// {@return a setting that is a size, bytes, or `auto` if it says so}
    public long sizeOr(ConfigKey key, long auto) {
        return text(key).equals(ConfigType.SizeOrAuto.AUTO) ? auto : size(key);
    }

    /// {@return a setting that is a time}
    public Duration time(ConfigKey key) {
        return Units.duration(text(key)).orElseThrow();
    }

    private String text(ConfigKey key) {
        return settings.get(key).text();
    }
}
