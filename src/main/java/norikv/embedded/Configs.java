package norikv.embedded;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import norikv.domain.NoriException;
import norikv.server.Config;
import norikv.server.ConfigKey;

/// Turns [EmbeddedOptions] into the settings of nodes. **Errors.** [NoriException.Malformed] for
/// settings that cannot be.
final class Configs {
    private static final String HOST = "127.0.0.1:";

    private Configs() {}

    /// {@return the settings of a node that is alone}
    static Config alone(EmbeddedOptions options, Path folder) {
        return checked(
                with(options.settings())
                        .with(ConfigKey.RPC_ADDR, HOST + options.port())
                        .with(ConfigKey.HTTP_ADDR, HOST + 0)
                        .with(ConfigKey.DATA_DIR, folder.toString()));
    }

    /// {@return the settings of the node `index` of those that serve at `ports`}
    static Config member(EmbeddedOptions options, Path folder, int index, List<Integer> ports) {
        StringBuilder nodes = new StringBuilder();
        for (int i = 0; i < ports.size(); i++) {
            nodes.append(i == 0 ? "" : ",").append(name(i)).append('=');
            nodes.append(HOST).append(ports.get(i));
        }
        Config config =
                with(options.settings())
                        .with(ConfigKey.NODE_ID, name(index))
                        .with(ConfigKey.RPC_ADDR, HOST + ports.get(index))
                        .with(ConfigKey.HTTP_ADDR, HOST + 0)
                        .with(ConfigKey.DATA_DIR, folder.resolve(name(index)).toString());
        if (ports.size() == 1) {
            return checked(config);
        }
        config = config.with(ConfigKey.CLUSTER_NODES, nodes.toString());
        boolean isNamed = !config.clusterId().equals(Config.AUTO);
        return checked(isNamed ? config : config.with(ConfigKey.CLUSTER_ID, "embedded"));
    }

    private static String name(int index) {
        return "n" + (index + 1);
    }

    private static Config with(Map<String, String> settings) {
        Config config = Config.defaults();
        for (var setting : settings.entrySet()) {
            ConfigKey key =
                    ConfigKey.named(setting.getKey())
                            .orElseThrow(
                                    () ->
                                            NoriException.invalid(
                                                    "settings: no such key: " + setting.getKey()));
            config = config.with(key, setting.getValue());
        }
        return config;
    }

    private static Config checked(Config config) {
        for (Config.Conflict conflict : config.conflicts()) {
            throw NoriException.invalid(conflict.key().key() + ": " + conflict.what());
        }
        return config;
    }
}
