package norikv.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.history.HistoryLine;
import norikv.history.HistoryReport;
import norikv.history.HistoryText;
import norikv.history.Operation;
import norikv.history.StalePromise;
import norikv.json.Json;
import norikv.torture.Fault;
import norikv.torture.Figures;
import norikv.torture.Torture;
import norikv.torture.TortureOptions;
import norikv.torture.TortureReport;
import norikv.work.Ending;
import norikv.work.SystemRandom;

/// `norikv torture`: kills, freezes and parts real processes, and checks that no client can tell.
///
/// Ends with 0 where nothing was found, and with 10 where something was. The children never outlive
/// it, however it ends. With `--catch-up` it measures instead, see [CatchUpText].
final class TortureCommand implements Command {
    static final Option NODES = Option.of("--nodes", "N", "how many processes, 1 to 9 (3)");
    static final Option SECONDS = Option.of("--seconds", "N", "how long (60)");
    static final Option FAULTS =
            Option.of(
                    "--faults",
                    "LIST",
                    "which, or none (all but disk-full)");
    static final Option SEED = Option.of("--seed", "N", "of faults and requests (1)");
    static final Option HISTORY =
            Option.of("--history", "FILE", "write what the clients saw, a JSON object a line");
    static final Option CHECK =
            Option.of("--check", "FILE", "run nothing, judge the history in FILE");
    static final Option CLIENTS = Option.of("--clients", "N", "callers (8)");
    static final Option KEYS = Option.of("--keys", "N", "how many keys they share (60)");
    static final Option VALUE_SIZE = Option.of("--value-size", "N", "bytes of a value (8192)");
    static final Option DEADLINE = Option.of("--deadline", "TIME", "of each call (2s)");
    static final Option CATCH_UP =
            Option.flag("--catch-up", "measure what callers feel of a node that catches up");
    static final Option RATE = Option.of("--rate", "N", "with --catch-up: calls a second (400)");
    static final Option SHARDS = Option.of("--shards", "N", "with --catch-up: how many (16)");
    static final List<Option> OPTIONS =
            List.of(
                    NODES, SECONDS, FAULTS, SEED, HISTORY, CHECK, CLIENTS, KEYS, VALUE_SIZE,
                    DEADLINE, CATCH_UP, RATE, SHARDS, Option.OUTPUT, Option.HELP);

    static final int EXIT_FOUND = 10;
    static final int VALUE_BYTES_MAX = 1 << 20;
    private static final long SECONDS_MAX = 1_000_000;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        arguments.operands(0, 0);
        boolean isJson = arguments.output(terminal, "text", "json").equals("json");
        if (arguments.has(CHECK)) {
            return check(Path.of(arguments.value(CHECK, "")), isJson, terminal);
        }
        if (arguments.has(CATCH_UP)) {
            return CatchUpText.run(arguments, isJson, terminal);
        }
        Torture.Result result = torture(options(arguments), terminal);
        if (arguments.has(HISTORY)) {
            write(Path.of(arguments.value(HISTORY, "")), result.history());
        }
        TortureReport report = result.report();
        terminal.print(isJson ? json(report) + "\n" : text(report));
        return report.isGood() ? 0 : EXIT_FOUND;
    }

    private static Torture.Result torture(TortureOptions options, Terminal terminal) {
        var random = new SystemRandom();
        var err = terminal.err();
        try (var torture = new Torture(options, terminal.loops(), random, err::println)) {
            Ending.onExit("torture-end", torture::close);
            err.println(
                    "torture: %d nodes, %d faults, seed %d"
                            .formatted(options.nodes(), torture.plan().size(), options.seed()));
            return torture.run();
        } catch (NoriException e) {
            throw new Complaint(
                    e.code().name(),
                    e.code().exitCode(),
                    "torture: " + e.getMessage(),
                    List.of(),
                    "");
        }
    }

    private static TortureOptions options(Arguments arguments) {
        long seconds = arguments.whole(SECONDS, 1, SECONDS_MAX, 60);
        return new TortureOptions(
                (int) arguments.whole(NODES, 1, TortureOptions.NODES_MAX, 3),
                Duration.ofSeconds(seconds),
                faults(arguments),
                arguments.whole(SEED, 0, Long.MAX_VALUE, 1),
                (int) arguments.whole(CLIENTS, 1, TortureOptions.CLIENTS_MAX, 8),
                (int) arguments.whole(KEYS, 1, TortureOptions.KEYS_MAX, 60),
                (int) arguments.whole(VALUE_SIZE, 0, VALUE_BYTES_MAX, 8192),
                arguments.time(DEADLINE, Duration.ofSeconds(2)));
    }

    private static List<Fault.Kind> faults(Arguments arguments) {
        if (!arguments.has(FAULTS)) {
            return Stream.of(Fault.Kind.values())
                    .filter(kind -> kind != Fault.Kind.DISK_FULL)
                    .toList();
        }
        String listed = arguments.value(FAULTS, "");
        List<Fault.Kind> kinds = new ArrayList<>();
        try {
            for (String word : listed.equals("none") ? new String[0] : listed.split(",", -1)) {
                kinds.add(Fault.Kind.named(word));
            }
        } catch (NoriException _) {
            throw arguments.bad(
                    FAULTS,
                    Stream.of(Fault.Kind.values())
                            .map(Fault.Kind::word)
                            .collect(Collectors.joining(", ")));
        }
        return kinds;
    }

    private static int check(Path file, boolean isJson, Terminal terminal) throws IOException {
        HistoryReport report;
        try {
            Bytes text = Bytes.wrap(Files.readAllBytes(file));
            report = HistoryReport.of(HistoryText.read(text), StalePromise.NONE);
        } catch (NoriException e) {
            throw Complaint.usage(file + ": " + e.getMessage(), "");
        } catch (IOException e) {
            throw Complaint.usage("cannot read " + e.getMessage(), "");
        }
        String line = TortureReport.verdictLine(report);
        boolean isGood = report.verdict().holds();
        terminal.println(
                isJson
                        ? Json.object().with("ok", isGood).with("verdict", line).toString()
                        : isGood ? line : line + "\n" + report.verdict());
        return isGood ? 0 : EXIT_FOUND;
    }

    private static void write(Path file, List<Operation> history) {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (Operation operation : history) {
                out.write(HistoryLine.write(operation));
                out.write('\n');
            }
        } catch (IOException e) {
            throw Complaint.usage("--history: cannot write " + e.getMessage(), "");
        }
    }

    private static String text(TortureReport report) {
        Figures figures = report.figures();
        StringBuilder text = new StringBuilder(report.verdictLine()).append('\n');
        if (!report.history().verdict().holds()) {
            text.append(report.history().verdict()).append('\n');
        }
        report.troubles().forEach(what -> text.append("trouble: ").append(what).append('\n'));
        String kinds =
                report.plan().stream()
                        .collect(
                                Collectors.groupingBy(
                                        fault -> fault.kind().word(), Collectors.counting()))
                        .toString();
        text.append("faults    %s, %d processes killed\n".formatted(kinds, report.kills()));
        text.append(
                "failover  of %d kills: median %.3f s, max %.3f s until all is written again\n"
                        .formatted(
                                figures.failoversNanos().size(),
                                figures.failoverMedianNanos() / NANOS_PER_SECOND,
                                figures.failoverMaxNanos() / NANOS_PER_SECOND));
        text.append(
                "deadline  %.3f %% of %d calls within it + 50 ms, the latest %.0f ms after it\n"
                        .formatted(
                                100.0 * figures.inTime() / Math.max(1, figures.calls()),
                                figures.calls(),
                                figures.latestNanos() / NANOS_PER_MILLI));
        text.append(
                "stale     %d reads, %d failed\n"
                        .formatted(figures.staleReads(), figures.staleErrors()));
        report.streams()
                .forEach((what, count) -> text.append("streams   %s: %d\n".formatted(what, count)));
        report.errors()
                .forEach((what, count) -> text.append("error     %s: %d\n".formatted(what, count)));
        return text.toString();
    }

    private static Json json(TortureReport report) {
        Figures figures = report.figures();
        Json.Obj errors = Json.object();
        report.errors().forEach(errors::with);
        Json.Obj streams = Json.object();
        report.streams().forEach(streams::with);
        List<String> plan = report.plan().stream().map(Fault::toString).toList();
        return Json.object()
                .with("schema", "norikv.torture/1")
                .with("ok", report.isGood())
                .with("verdict", report.verdictLine())
                .with("keys", report.history().keys())
                .with("operations", report.history().operations())
                .with("by_version", String.valueOf(report.history().byVersion()))
                .with("by_search", String.valueOf(report.history().bySearch()))
                .with("stale", String.valueOf(report.history().stale()))
                .with("troubles", Json.strings(report.troubles()))
                .with("plan", Json.strings(plan))
                .with("kills", report.kills())
                .with("failovers", figures.failoversNanos().size())
                .with("failover_median_s", figures.failoverMedianNanos() / NANOS_PER_SECOND)
                .with("failover_max_s", figures.failoverMaxNanos() / NANOS_PER_SECOND)
                .with("calls", figures.calls())
                .with("calls_in_time", figures.inTime())
                .with("latest_ms", figures.latestNanos() / NANOS_PER_MILLI)
                .with("stale_reads", figures.staleReads())
                .with("stale_errors", figures.staleErrors())
                .with("streams", streams)
                .with("errors", errors);
    }
}
