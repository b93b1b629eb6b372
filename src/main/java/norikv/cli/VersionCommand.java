package norikv.cli;

import java.io.IOException;
import norikv.json.Json;
import norikv.server.Release;

/// `norikv version`, when more than the plain line is asked for.
final class VersionCommand implements Command {
    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        arguments.operands(0, 0);
        String java = System.getProperty("java.version");
        switch (arguments.output(terminal, "text", "json")) {
            case "json" ->
                    terminal.println(
                            Json.object()
                                    .with("version", Release.VERSION)
                                    .with("java_version", java)
                                    .toString());
            default -> terminal.println("norikv " + Release.VERSION);
        }
        return 0;
    }
}
