package norikv.cli;

import java.util.Locale;
import java.util.Map;
import norikv.json.Json;
import norikv.observe.HistogramData;
import norikv.wire.Welcome;

/// Says how a benchmark went, to people and to programs.
///
/// @param seconds how long was measured
/// @param server how much each counter of the server grew meanwhile
/// @param facts what the server says of itself
record BenchReport(
        BenchPlan plan,
        BenchTally tally,
        double seconds,
        long backlog,
        Welcome welcome,
        Map<String, String> facts,
        Map<String, Long> server) {
    private static final double[] QUANTILES = {0.5, 0.9, 0.95, 0.99, 0.999, 0.9999};
    private static final String[] QUANTILE_NAMES = {"50", "90", "95", "99", "99.9", "99.99"};
    private static final double NANOS_PER_MICRO = 1e3;
    private static final int BARS_PER_TENFOLD = 10;

    String text() {
        StringBuilder text = new StringBuilder();
        HistogramData all = tally.all();
        text.append(
                "RESULT  %,.0f op/s  p99 %s\n"
                        .formatted(all.count() / seconds, shown(all.quantile(0.99))));
        text.append(
                "%-5s %12s %10s %8s %8s %8s %8s %8s %8s\n"
                        .formatted(
                                "op", "count", "op/s", "mean", "p50", "p95", "p99", "p99.9",
                                "max"));
        for (BenchTally.Op op : BenchTally.Op.values()) {
            HistogramData data = tally.latencies(op);
            if (data.count() > 0) {
                text.append(row(op, data));
            }
        }
        text.append("errors");
        tally.errors().forEach((symbol, count) -> text.append("  " + symbol + " " + count));
        text.append(tally.errors().isEmpty() ? "  none\n" : "\n");
        text.append(plan.rate() == 0 ? "" : "backlog at the end " + backlog + "\n");
        server.forEach((name, grown) -> text.append("server  " + name + " +" + grown + "\n"));
        return text.toString();
    }

    Json json() {
        Json.Arr intervals = Json.array();
        for (BenchTally.Interval interval : tally.intervals()) {
            intervals
                    .elements()
                    .add(
                            Json.object()
                                    .with("t", rounded(interval.seconds()))
                                    .with("ops", interval.ops())
                                    .with("p50_us", micros(interval.p50Nanos()))
                                    .with("p99_us", micros(interval.p99Nanos()))
                                    .with("max_us", micros(interval.maxNanos()))
                                    .with("errors", interval.errors()));
        }
        Json.Obj ops = Json.object();
        for (BenchTally.Op op : BenchTally.Op.values()) {
            HistogramData data = tally.latencies(op);
            if (data.count() > 0) {
                ops.with(op.name().toLowerCase(Locale.ROOT), json(data));
            }
        }
        Json.Obj errors = Json.object();
        tally.errors().forEach(errors::with);
        Json.Obj counters = Json.object();
        server.forEach(counters::with);
        Json.Obj cluster =
                Json.object()
                        .with("id", welcome.cluster())
                        .with("node", welcome.node().name())
                        .with("total_shards", welcome.sharding().totalShards());
        facts.forEach((name, fact) -> cluster.members().putIfAbsent(name, new Json.Str(fact)));
        HistogramData all = tally.all();
        return Json.object()
                .with("schema", "norikv.bench/1")
                .with("cluster", cluster)
                .with("params", plan.json())
                .with("seconds", rounded(seconds))
                .with("count", all.count())
                .with("ops_per_s", rounded(all.count() / seconds))
                .with("backlog", backlog)
                .with("intervals", intervals)
                .with("ops", ops)
                .with("errors", errors)
                .with("server", counters);
    }

    private Json json(HistogramData data) {
        Json.Obj quantiles = Json.object();
        for (int i = 0; i < QUANTILES.length; i++) {
            quantiles.with(QUANTILE_NAMES[i], micros(data.quantile(QUANTILES[i])));
        }
        return Json.object()
                .with("count", data.count())
                .with("ops_per_s", rounded(data.count() / seconds))
                .with("mean_us", micros((long) data.mean()))
                .with("p", quantiles)
                .with("max_us", micros(data.max()))
                .with("hist", bars(data));
    }

    /// {@return the distribution in bars, [#BARS_PER_TENFOLD] for each power of ten: upper bound in
    /// microseconds, and count}
    private static Json bars(HistogramData data) {
        Json.Arr bars = Json.array();
        long[] counts = new long[BARS_PER_TENFOLD * 20];
        data.forEach(
                (upper, count) ->
                        counts[(int) Math.ceil(BARS_PER_TENFOLD * Math.log10(upper + 1))] +=
                                count);
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                Json.Arr bar = Json.array();
                double upper = Math.pow(10, (double) i / BARS_PER_TENFOLD) / NANOS_PER_MICRO;
                bar.elements().add(new Json.Num(Double.toString(rounded(upper))));
                bar.elements().add(new Json.Num(Long.toString(counts[i])));
                bars.elements().add(bar);
            }
        }
        return bars;
    }

    private String row(BenchTally.Op op, HistogramData data) {
        return "%-5s %,12d %,10.0f %8s %8s %8s %8s %8s %8s\n"
                .formatted(
                        op.name().toLowerCase(Locale.ROOT),
                        data.count(),
                        data.count() / seconds,
                        shown((long) data.mean()),
                        shown(data.quantile(0.5)),
                        shown(data.quantile(0.95)),
                        shown(data.quantile(0.99)),
                        shown(data.quantile(0.999)),
                        shown(data.max()));
    }

    /// {@return a latency as people read it, with its unit}
    static String shown(long nanos) {
        if (nanos < 1_000_000) {
            return "%.0fus".formatted(nanos / 1e3);
        }
        return nanos < 1_000_000_000
                ? "%.1fms".formatted(nanos / 1e6)
                : "%.2fs".formatted(nanos / 1e9);
    }

    private static double micros(long nanos) {
        return rounded(nanos / NANOS_PER_MICRO);
    }

    /// {@return the number to three digits behind the point: more would claim too much}
    private static double rounded(double number) {
        return Math.round(number * 1000) / 1000.0;
    }
}
