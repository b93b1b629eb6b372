package norikv.cli;

import java.util.ArrayList;
import java.util.List;
import norikv.server.ConfigKey;
import norikv.server.ConfigReader;

/// Reads the configuration that a command line asks for, for every verb that needs one.
final class ServerFlags {
    /// The settings that have a flag of their own.
    static final List<ConfigKey> OWN =
            List.of(ConfigKey.NODE_ID, ConfigKey.RPC_ADDR, ConfigKey.HTTP_ADDR, ConfigKey.DATA_DIR);

    private static final Option FILE = Option.of("--config", "FILE", "the file (NORIKV_CONFIG)");
    private static final Option SET = Option.of("--set", "KEY=VALUE", "any setting, repeatable");

    private ServerFlags() {}

    /// {@return the flags of every verb that reads a configuration}
    static List<Option> options() {
        List<Option> options = new ArrayList<>();
        options.add(FILE);
        options.add(SET);
        for (ConfigKey key : OWN) {
            options.add(option(key));
        }
        return options;
    }

    /// {@return the configuration, with its warnings} **Errors.** A [Complaint] with all problems.
    static ConfigReader.Result.Good read(Arguments arguments, Terminal terminal) {
        List<ConfigReader.FlagValue> flags = new ArrayList<>();
        for (String setting : arguments.all(SET)) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw Complaint.usage("--set: want KEY=VALUE, got '" + setting + "'", "");
            }
            flags.add(
                    new ConfigReader.FlagValue(
                            "--set", setting.substring(0, equals), setting.substring(equals + 1)));
        }
        for (ConfigKey key : OWN) {
            for (String value : arguments.all(option(key))) {
                flags.add(new ConfigReader.FlagValue(key.flag(), key.key(), value));
            }
        }
        var sources =
                new ConfigReader.Sources(
                        arguments.value(FILE, ""),
                        terminal.environment(),
                        flags,
                        terminal.variable("HOME"));
        return switch (ConfigReader.read(sources)) {
            case ConfigReader.Result.Good good -> good;
            case ConfigReader.Result.Bad(var problems) -> throw complaint(problems);
        };
    }

    private static Complaint complaint(List<ConfigReader.Problem> problems) {
        List<String> lines = new ArrayList<>();
        for (ConfigReader.Problem problem : problems) {
            String key = problem.key().isEmpty() ? "" : problem.key() + "  ";
            lines.add(problem.where() + "  " + key + problem.what());
        }
        return new Complaint(
                "CONFIG",
                Complaint.EXIT_USAGE,
                problems.size() == 1 ? "1 problem" : problems.size() + " problems",
                lines,
                "norikv config explain KEY");
    }

    private static Option option(ConfigKey key) {
        String doc = "%s (%s, else %s)".formatted(key.key(), key.variable(), key.fallback());
        return Option.of(key.flag(), "VALUE", doc);
    }
}
