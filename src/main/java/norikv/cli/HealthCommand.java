package norikv.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import norikv.client.Norikv;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.json.Json;

/// `norikv health`: asks over the data port, as clients would, whether the server is ready.
final class HealthCommand implements Command {
    static final Option WAIT = Option.of("--wait", "TIME", "wait until it is, at most so long");

    private static final int EXIT_CHECK_FAILED = 10;
    private static final Duration PAUSE = Duration.ofMillis(100);

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json");
        arguments.operands(0, 0);
        Reply.Status status = wait(arguments, terminal);
        if (output.equals("json")) {
            terminal.println(json(status).toString());
            return status.isReady() ? 0 : EXIT_CHECK_FAILED;
        }
        if (!status.isReady()) {
            List<String> failed = new ArrayList<>();
            for (Reply.Check check : status.checks()) {
                if (!check.ok()) {
                    failed.add(check.name() + ": " + check.detail());
                }
            }
            throw new Complaint(
                    "CHECK_FAILED", EXIT_CHECK_FAILED, "the server is not ready", failed, "");
        }
        StringBuilder line = new StringBuilder("ok");
        status.facts().forEach((name, fact) -> line.append(" " + name + "=" + fact));
        terminal.println(line.toString());
        return 0;
    }

    /// {@return what the server says, as soon as it is ready or when the time is over}
    private static Reply.Status wait(Arguments arguments, Terminal terminal) {
        var clock = terminal.loops().clock();
        long end = clock.nanoTime() + arguments.time(WAIT, Duration.ZERO).toNanos();
        while (true) {
            try (Norikv client = Client.connect(arguments, terminal)) {
                Reply.Status status = client.status();
                if (status.isReady() || clock.nanoTime() >= end) {
                    return status;
                }
            } catch (NoriException e) {
                if (clock.nanoTime() >= end) {
                    throw Client.complaint("health", "", e, List.of());
                }
            }
            // Nobody raises it: this is a pause.
            terminal.loops().signal().await(clock.nanoTime() + PAUSE.toNanos());
        }
    }

    private static Json json(Reply.Status status) {
        Json.Obj facts = Json.object();
        status.facts().forEach(facts::with);
        Json.Arr checks = Json.array();
        for (Reply.Check check : status.checks()) {
            checks.elements()
                    .add(
                            Json.object()
                                    .with("name", check.name())
                                    .with("ok", check.ok())
                                    .with("detail", check.detail()));
        }
        Json.Obj counters = Json.object();
        status.counters().forEach(counters::with);
        return Json.object()
                .with("ready", status.isReady())
                .with("facts", facts)
                .with("checks", checks)
                .with("counters", counters);
    }
}
