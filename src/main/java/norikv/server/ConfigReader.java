package norikv.server;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import norikv.server.Config.Origin;
import norikv.server.Config.Setting;

/// Puts a [Config] together: defaults, then the file, then the environment, then the command line;
/// each later one wins. Everything wrong is reported at once.
///
/// **Files.** The one of `--config`, else of `NORIKV_CONFIG`, else the first that exists of
/// `$XDG_CONFIG_HOME/norikv/norikv.properties` (`~/.config` where that is not set),
/// `norikv/norikv.properties` below each of `$XDG_CONFIG_DIRS` (`/etc/xdg`), and
/// `/etc/norikv/norikv.properties`. Relative XDG folders do not count. **Environment.** A variable
/// that is empty is not set.
public final class ConfigReader {
    /// The variable that names the file.
    public static final String FILE_VARIABLE = "NORIKV_CONFIG";

    private static final String FILE = "norikv/norikv.properties";

    /// Variables of ours that are no settings of a node.
    private static final Set<String> OTHER_VARIABLES =
            Set.of(
                    FILE_VARIABLE,
                    "NORIKV_ENDPOINTS",
                    "NORIKV_OUTPUT",
                    "NORIKV_JAVA",
                    "NORIKV_JAVA_OPTS");

    /// What Kubernetes puts into every pod beside a service that is called norikv.
    private static final Pattern SERVICE_VARIABLE =
            Pattern.compile(
                    "NORIKV_(\\w+_)?(SERVICE_HOST|SERVICE_PORT(_\\w+)?"
                            + "|PORT(_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)");

    private final Sources sources;
    private final EnumMap<ConfigKey, Setting> settings = new EnumMap<>(ConfigKey.class);
    private final List<Problem> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private ConfigReader(Sources sources) {
        this.sources = sources;
    }

    /// All that may say something.
    ///
    /// @param file what `--config` named; empty: nothing
    /// @param flags in their order
    /// @param home the user's home folder; empty: none
    public record Sources(
            String file, Map<String, String> environment, List<FlagValue> flags, String home) {}

    /// A setting from the command line.
    ///
    /// @param flag as it was written, such as `--set`
    public record FlagValue(String flag, String key, String value) {}

    /// Something wrong.
    ///
    /// @param where file and line, variable or flag
    /// @param key the setting, or what was taken for one; empty: the whole file
    public record Problem(String where, String key, String what) {}

    /// What came of it.
    public sealed interface Result {
        /// A configuration to start with.
        record Good(Config config, List<String> warnings) implements Result {}

        /// Nothing to start with.
        record Bad(List<Problem> problems) implements Result {}
    }

    public static Result read(Sources sources) {
        ConfigReader reader = new ConfigReader(sources);
        reader.settings.putAll(Config.defaults().settings());
        reader.readFile();
        reader.readEnvironment();
        for (FlagValue flag : sources.flags()) {
            reader.set(flag.key(), flag.value(), new Origin.Flag(flag.flag()));
        }
        Config config = new Config(reader.settings);
        for (Config.Conflict conflict : config.conflicts()) {
            String where = config.settings().get(conflict.key()).origin().toString();
            reader.problems.add(new Problem(where, conflict.key().key(), conflict.what()));
        }
        return reader.problems.isEmpty()
                ? new Result.Good(config, List.copyOf(reader.warnings))
                : new Result.Bad(List.copyOf(reader.problems));
    }

    private void readFile() {
        for (Path path : files()) {
            ConfigFile file = ConfigFile.read(path);
            for (ConfigFile.Fault fault : file.faults()) {
                String where = fault.line() == 0 ? path.toString() : path + ":" + fault.line();
                problems.add(new Problem(where, "", fault.what()));
            }
            for (ConfigFile.Line line : file.lines()) {
                set(line.key(), line.value(), new Origin.File(path, line.number()));
            }
        }
    }

    /// {@return the file to read, or none}
    private List<Path> files() {
        String named = sources.file().isEmpty() ? variable(FILE_VARIABLE) : sources.file();
        try {
            if (!named.isEmpty()) {
                return List.of(Path.of(named));
            }
            for (Path folder : folders()) {
                if (Files.exists(folder.resolve(FILE))) {
                    return List.of(folder.resolve(FILE));
                }
            }
        } catch (InvalidPathException e) {
            String where = sources.file().isEmpty() ? "env " + FILE_VARIABLE : "--config";
            problems.add(new Problem(where, "", e.getMessage()));
        }
        return List.of();
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        String own = variable("XDG_CONFIG_HOME");
        if (own.isEmpty() && !sources.home().isEmpty()) {
            own = sources.home() + "/.config";
        }
        String shared = variable("XDG_CONFIG_DIRS");
        String all = own + ":" + (shared.isEmpty() ? "/etc/xdg" : shared) + ":/etc";
        for (String folder : all.split(":")) {
            if (folder.startsWith("/")) {
                folders.add(Path.of(folder));
            }
        }
        return folders;
    }

    private void readEnvironment() {
        for (ConfigKey key : ConfigKey.values()) {
            String value = variable(key.variable());
            if (!value.isEmpty()) {
                set(key.key(), value, new Origin.Environment(key.variable()));
            }
        }
        Set<String> known = new java.util.TreeSet<>(OTHER_VARIABLES);
        for (ConfigKey key : ConfigKey.values()) {
            known.add(key.variable());
        }
        for (String name : new TreeMap<>(sources.environment()).keySet()) {
            if (name.startsWith("NORIKV_")
                    && !known.contains(name)
                    && !SERVICE_VARIABLE.matcher(name).matches()) {
                warnings.add("unknown variable " + name + DidYouMean.hint(name, known));
            }
        }
    }

    private String variable(String name) {
        return sources.environment().getOrDefault(name, "");
    }

    private void set(String name, String value, Origin origin) {
        ConfigKey key = ConfigKey.named(name).orElse(null); // null: there is no such setting
        if (key == null) {
            String hint = DidYouMean.hint(name, ConfigKey.names());
            problems.add(new Problem(origin.toString(), name, "unknown key" + hint));
            return;
        }
        key.type()
                .problem(value)
                .ifPresentOrElse(
                        what -> problems.add(new Problem(origin.toString(), name, what)),
                        () -> settings.put(key, new Setting(value, origin)));
    }
}
