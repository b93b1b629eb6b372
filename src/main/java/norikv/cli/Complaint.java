package norikv.cli;

import java.util.List;
import norikv.domain.NoriException;
import norikv.json.Json;

/// Something to tell the user before ending: `error[SYMBOL]: headline`, details, and what to do.
final class Complaint extends RuntimeException {
    /// The exit code for a command line or configuration that cannot be right.
    static final int EXIT_USAGE = 2;

    private final String symbol;
    private final int exitCode;
    private final List<String> details;
    private final String help;

    Complaint(String symbol, int exitCode, String headline, List<String> details, String help) {
        super(headline);
        this.symbol = symbol;
        this.exitCode = exitCode;
        this.details = List.copyOf(details);
        this.help = help;
    }

    /// {@return that the command line makes no sense}
    static Complaint usage(String headline, String help) {
        return new Complaint("USAGE", EXIT_USAGE, headline, List.of(), help);
    }

    /// {@return that something happened which nobody planned for}
    static Complaint unexpected(String headline) {
        return new Complaint("INTERNAL", 1, headline, List.of(), "");
    }

    /// {@return what `failure` says, about `what` was to be done}
    static Complaint of(String what, NoriException failure, String help) {
        return new Complaint(
                failure.code().name(),
                failure.code().exitCode(),
                what + ": " + failure.getMessage(),
                List.of(),
                help);
    }

    int exitCode() {
        return exitCode;
    }

    /// {@return for people: some lines, each with a line end}
    String text() {
        StringBuilder text = new StringBuilder();
        text.append("error[").append(symbol).append("]: ").append(getMessage()).append('\n');
        for (String detail : details) {
            text.append("  ").append(detail).append('\n');
        }
        if (!help.isEmpty()) {
            text.append("  help: ").append(help).append('\n');
        }
        return text.toString();
    }

    /// {@return for programs: one line}
    Json json() {
        return Json.object()
                .with("ok", false)
                .with(
                        "error",
                        Json.object()
                                .with("code", symbol)
                                .with("message", getMessage())
                                .with("exit_code", exitCode)
                                .with("details", Json.strings(details))
                                .with("help", help));
    }
}
