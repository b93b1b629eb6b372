package norikv.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.json.Json;
import norikv.torture.CatchUpOptions;
import norikv.torture.CatchUpReport;
import norikv.torture.CatchUpRun;
import norikv.torture.TortureOptions;
import norikv.work.Ending;
import norikv.work.SystemRandom;

/// `norikv torture --catch-up`: an open load, half puts and half gets, goes on while a node is
/// killed, stays away until the logs of the others are truncated past it, and comes back.
///
/// Tells what calls took while all was calm (`--seconds`, 30), while it was away (two minutes at
/// the most), and while it got whole shards (two minutes at the most). Ends with 0 where it needed
/// them, got all, no call failed meanwhile and the hundredth call took at most twice as long; else
/// with 10.
final class CatchUpText {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final long SECONDS_MAX = 600;

    private CatchUpText() {}

    static int run(Arguments arguments, boolean isJson, Terminal terminal) throws IOException {
        CatchUpReport report = measure(options(arguments), terminal);
        terminal.print(isJson ? json(report) + "\n" : text(report));
        return report.isGood() ? 0 : TortureCommand.EXIT_FOUND;
    }

    private static CatchUpOptions options(Arguments arguments) {
        long seconds = arguments.whole(TortureCommand.SECONDS, 1, SECONDS_MAX, 30);
        int valueBytes =
                (int)
                        arguments.whole(
                                TortureCommand.VALUE_SIZE,
                                0,
                                TortureCommand.VALUE_BYTES_MAX,
                                8192);
        return new CatchUpOptions(
                (int) arguments.whole(TortureCommand.NODES, 2, TortureOptions.NODES_MAX, 3),
                (int) arguments.whole(TortureCommand.SHARDS, 1, Limits.SHARDS_MAX, 16),
                Duration.ofSeconds(seconds),
                arguments.whole(TortureCommand.RATE, 1, CatchUpOptions.RATE_MAX, 400),
                (int) arguments.whole(TortureCommand.KEYS, 1, TortureOptions.KEYS_MAX, 5_000),
                valueBytes,
                arguments.whole(TortureCommand.SEED, 0, Long.MAX_VALUE, 1),
                arguments.time(TortureCommand.DEADLINE, Duration.ofSeconds(5)));
    }

    private static CatchUpReport measure(CatchUpOptions options, Terminal terminal) {
        var err = terminal.err();
        try (var run =
                new CatchUpRun(
                        options,
                        terminal.loops(),
                        new SystemRandom(),
                        line -> err.println("catch-up: " + line))) {
            Ending.onExit("torture-end", run::close);
            return run.run();
        } catch (NoriException e) {
            throw new Complaint(
                    e.code().name(),
                    e.code().exitCode(),
                    "torture: " + e.getMessage(),
                    List.of(),
                    "");
        }
    }

    static String text(CatchUpReport report) {
        StringBuilder text = new StringBuilder();
        text.append(line("calm", report.calm()));
        text.append(line("away", report.away()));
        text.append(line("back", report.back()));
        text.append(
                "ratio     %.2f: p99 while it caught up by p99 while all was calm, at most %.0f\n"
                        .formatted(report.ratio(), CatchUpReport.RATIO_MAX));
        text.append(
                "away      %.1f s, %s\n"
                        .formatted(
                                report.awayFor().toMillis() / MILLIS_PER_SECOND,
                                report.isBeyondLogs()
                                        ? "the logs are truncated past it"
                                        : "and the logs still reach back to it"));
        text.append(
                "back      %.1f s, %s\n"
                        .formatted(
                                report.backFor().toMillis() / MILLIS_PER_SECOND,
                                report.hasCaughtUp() ? "it has all" : "and it lacks some"));
        for (Map.Entry<String, Long> stream : report.streams().entrySet()) {
            text.append("streams   %s: %d\n".formatted(stream.getKey(), stream.getValue()));
        }
        report.troubles().forEach(what -> text.append("trouble: ").append(what).append('\n'));
        return text.append(report.isGood() ? "good\n" : "not good\n").toString();
    }

    private static String line(String phase, CatchUpReport.Latencies took) {
        return "%-9s %d calls, %d failed; ms: p50 %.2f, p99 %.2f, p99.9 %.2f, max %.2f\n"
                .formatted(
                        phase,
                        took.count(),
                        took.failed(),
                        took.perMille(500) / NANOS_PER_MILLI,
                        took.p99() / NANOS_PER_MILLI,
                        took.perMille(999) / NANOS_PER_MILLI,
                        took.perMille(1000) / NANOS_PER_MILLI);
    }

    static Json json(CatchUpReport report) {
        Json.Obj streams = Json.object();
        report.streams().forEach(streams::with);
        return Json.object()
                .with("schema", "norikv.catch-up/1")
                .with("ok", report.isGood())
                .with("calm", json(report.calm()))
                .with("away", json(report.away()))
                .with("back", json(report.back()))
                .with("p99_ratio", report.ratio())
                .with("beyond_logs", report.isBeyondLogs())
                .with("caught_up", report.hasCaughtUp())
                .with("away_s", report.awayFor().toMillis() / MILLIS_PER_SECOND)
                .with("back_s", report.backFor().toMillis() / MILLIS_PER_SECOND)
                .with("streams", streams)
                .with("troubles", Json.strings(report.troubles()));
    }

    private static Json json(CatchUpReport.Latencies took) {
        return Json.object()
                .with("calls", took.count())
                .with("failed", took.failed())
                .with("p50_ms", took.perMille(500) / NANOS_PER_MILLI)
                .with("p99_ms", took.p99() / NANOS_PER_MILLI)
                .with("p999_ms", took.perMille(999) / NANOS_PER_MILLI)
                .with("max_ms", took.perMille(1000) / NANOS_PER_MILLI);
    }
}
