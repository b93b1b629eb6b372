package norikv.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.server.Address;
import norikv.work.Clock;

/// `norikv bench`: puts load on a server and says how long it took.
///
/// It speaks the protocol itself, on one thread, and waits for nothing but replies: a client made
/// for programs costs more than the server may cost on a small machine.
final class BenchCommand implements Command {
    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        List<String> what = arguments.operands(0, 1);
        return switch (what.isEmpty() ? "" : what.getFirst()) {
            case "" -> server(arguments, terminal);
            case "lsm" -> new BenchLsm(EngineBenchPlan.of(arguments, terminal), terminal).run();
            case "log" -> new BenchLog(EngineBenchPlan.of(arguments, terminal), terminal).run();
            default ->
                    throw Complaint.usage(
                            "bench: want nothing, lsm or log, got '%s'".formatted(what.getFirst()),
                            "norikv help bench");
        };
    }

    private static int server(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json");
        BenchPlan plan = BenchPlan.of(arguments);
        BenchRequests requests = new BenchRequests(plan, arguments);
        List<Address> servers = servers(Client.endpoints(arguments, terminal));
        Duration timeout = Client.timeout(arguments);
        Clock clock = terminal.loops().clock();
        Progress progress = new Progress(terminal);
        try (BenchLoad load = new BenchLoad(plan, requests, servers, timeout, clock)) {
            BenchReport report = measure(plan, load, clock, progress);
            progress.end();
            terminal.print(output.equals("json") ? report.json() + "\n" : report.text());
        } catch (NoriException e) {
            throw Client.complaint("bench", "", e, List.of());
        } catch (IOException e) {
            throw new Complaint(
                    "UNAVAILABLE", 5, "bench: connection lost: " + e.getMessage(), List.of(), "");
        } finally {
            progress.end();
        }
        return 0;
    }

    private static BenchReport measure(
            BenchPlan plan, BenchLoad load, Clock clock, Progress progress) throws IOException {
        load.askTopology();
        if (plan.reads()) {
            load.load(loading -> progress.show("loaded keys:", loading.loaded()));
        }
        long start = clock.nanoTime();
        long warm = start + plan.warmup().toNanos();
        BenchTally warmup = new BenchTally(start, plan.warmup().toNanos());
        load.run(warmup, warm, tally -> progress.line(line("warm-up", tally, plan.warmup())));
        load.askStatus();
        long begin = clock.nanoTime();
        long end = begin + plan.duration().toNanos();
        BenchTally tally = new BenchTally(begin, plan.duration().toNanos());
        load.run(tally, end, seen -> progress.line(line("", seen, plan.duration())));
        double seconds = (clock.nanoTime() - begin) / 1e9;
        long backlog = load.backlog();
        load.askStatus();
        Map<String, String> facts =
                load.statuses().stream().findFirst().map(Reply.Status::facts).orElse(Map.of());
        return new BenchReport(
                plan,
                tally,
                seconds,
                backlog,
                load.first().welcome(),
                facts,
                BenchCounters.grown(load.statuses(), load.nodes()));
    }

    private static String line(String phase, BenchTally tally, Duration duration) {
        BenchTally.Interval last = tally.intervals().getLast();
        return "%s %.0fs/%ds  %,d op/s  p50 %s  p99 %s  max %s  err %d"
                .formatted(
                        phase,
                        last.seconds(),
                        duration.toSeconds(),
                        last.ops(),
                        BenchReport.shown(last.p50Nanos()),
                        BenchReport.shown(last.p99Nanos()),
                        BenchReport.shown(last.maxNanos()),
                        last.errors());
    }

    private static List<Address> servers(String endpoints) {
        List<Address> servers = new ArrayList<>();
        for (String endpoint : endpoints.split(",", -1)) {
            servers.add(
                    Address.parse(endpoint.strip())
                            .orElseThrow(
                                    () ->
                                            Complaint.usage(
                                                    "--endpoints: want host:port, got '%s'"
                                                            .formatted(endpoint),
                                                    "")));
        }
        return servers;
    }
}
