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
        return whole(ConfigKey.REPLICATION_FACTOR);
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

    /// {@return a setting that is a time}
    public Duration time(ConfigKey key) {
        return Units.duration(text(key)).orElseThrow();
    }

    private String text(ConfigKey key) {
        return settings.get(key).text();
    }
}
