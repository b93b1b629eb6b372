package norikv.cli;

import java.io.IOException;
import java.util.List;
import norikv.json.Json;
import norikv.server.Config;
import norikv.server.ConfigKey;
import norikv.server.ConfigReader;
import norikv.server.DidYouMean;

/// `norikv config`: what a server would be started with, and why.
final class ConfigCommand implements Command {
    private static final List<String> ACTIONS = List.of("print", "check", "explain");

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        List<String> operands = arguments.operands(1, 2);
        String action = operands.getFirst();
        if (action.equals("explain")) {
            return explain(arguments.operands(2, 2).get(1), arguments, terminal);
        }
        arguments.operands(1, 1);
        return switch (action) {
            case "print" -> print(arguments, terminal);
            case "check" -> check(arguments, terminal);
            default ->
                    throw Complaint.usage(
                            "unknown action '%s'%s"
                                    .formatted(action, DidYouMean.hint(action, ACTIONS)),
                            "norikv help config");
        };
    }

    private static int print(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json");
        ConfigReader.Result.Good good = ServerFlags.read(arguments, terminal);
        warn(good, terminal);
        if (output.equals("json")) {
            Json.Obj all = Json.object();
            good.config()
                    .settings()
                    .forEach(
                            (key, setting) ->
                                    all.with(
                                            key.key(),
                                            Json.object()
                                                    .with("value", setting.text())
                                                    .with("origin", setting.origin().toString())));
            terminal.println(all.toString());
            return 0;
        }
        for (ConfigKey key : ConfigKey.values()) {
            Config.Setting setting = good.config().settings().get(key);
            terminal.print(
                    "%-28s %-16s  (%s)\n"
                            .formatted(key.key(), setting.text(), setting.origin()));
        }
        return 0;
    }

    private static int check(Arguments arguments, Terminal terminal) throws IOException {
        ConfigReader.Result.Good good = ServerFlags.read(arguments, terminal);
        warn(good, terminal);
        terminal.println("ok");
        return 0;
    }

    private static int explain(String name, Arguments arguments, Terminal terminal)
            throws IOException {
        ConfigKey key =
                ConfigKey.named(name)
                        .orElseThrow(
                                () ->
                                        Complaint.usage(
                                                "unknown key '%s'%s"
                                                        .formatted(
                                                                name,
                                                                DidYouMean.hint(
                                                                        name, ConfigKey.names())),
                                                "norikv help config"));
        if (arguments.output(terminal, "text", "json").equals("json")) {
            terminal.println(
                    Json.object()
                            .with("key", key.key())
                            .with("doc", key.doc())
                            .with("value", key.type().description())
                            .with("default", key.fallback())
                            .with("variable", key.variable())
                            .with("flag", key.flag())
                            .toString());
            return 0;
        }
        terminal.print(
                """
                %s
                  %s
                  value     %s
                  default   %s
                  variable  %s
                  flag      %s
                """
                        .formatted(
                                key.key(),
                                key.doc(),
                                key.type().description(),
                                key.fallback(),
                                key.variable(),
                                key.flag()));
        return 0;
    }

    private static void warn(ConfigReader.Result.Good good, Terminal terminal) {
        for (String warning : good.warnings()) {
            terminal.err().println("warning: " + warning);
        }
    }
}
