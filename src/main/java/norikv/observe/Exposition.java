package norikv.observe;

import java.math.BigDecimal;
import java.util.List;
import norikv.observe.Snapshot.Family;
import norikv.observe.Snapshot.Kind;
import norikv.observe.Snapshot.Series;
import norikv.observe.Snapshot.Value;

/// Writes a [Snapshot] as text that scrapers read.
///
/// **Source.** OpenMetrics 1.0, and the Prometheus text format 0.0.4.
public enum Exposition {
    /// The text that Prometheus has always read.
    CLASSIC("text/plain; version=0.0.4; charset=utf-8"),
    /// The stricter text: families without `_total`, units, an end mark.
    OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

    private static final String[] UNITS = {"seconds", "bytes", "ratio"};
    private static final double NANOS_PER_SECOND = 1e9;

    private final String contentType;

    Exposition(String contentType) {
        this.contentType = contentType;
    }

    /// {@return what to call this text in an HTTP answer}
    public String contentType() {
        return contentType;
    }

    /// {@return `snapshot` in this format, each family in one piece}
    public String write(Snapshot snapshot) {
        StringBuilder text = new StringBuilder(16_384);
        for (Family family : snapshot.families()) {
            head(text, family);
            for (Series series : family.series()) {
                samples(text, family, series);
            }
        }
        return this == OPEN_METRICS ? text.append("# EOF\n").toString() : text.toString();
    }

    private void head(StringBuilder text, Family family) {
        String name = familyName(family);
        String type = "# TYPE " + name + " " + typeName(family.kind()) + "\n";
        if (this == CLASSIC) {
            text.append("# HELP ").append(name).append(' ');
            escape(text, family.help(), false).append('\n').append(type);
            return;
        }
        text.append(type);
        for (String unit : UNITS) {
            if (name.endsWith("_" + unit)) {
                text.append("# UNIT ").append(name).append(' ').append(unit).append('\n');
            }
        }
        text.append("# HELP ").append(name).append(' ');
        escape(text, family.help(), true).append('\n');
    }

    private String familyName(Family family) {
        if (this == CLASSIC) {
            return family.name();
        }
        return switch (family.kind()) {
            case COUNTER -> without(family.name(), "_total");
            case INFO -> without(family.name(), "_info");
            case GAUGE, DURATIONS, AMOUNTS, SUMMARY -> family.name();
        };
    }

    private String typeName(Kind kind) {
        return switch (kind) {
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            case DURATIONS, AMOUNTS -> "histogram";
            case SUMMARY -> "summary";
            case INFO -> this == CLASSIC ? "gauge" : "info";
        };
    }

    private static void samples(StringBuilder text, Family family, Series series) {
        String name = family.name();
        String labels = labels(series.labels(), "");
        switch (series.value()) {
            case Value.Whole(long number) -> sample(text, name, labels, Long.toString(number));
            case Value.Real(double number) -> sample(text, name, labels, number(number));
            case Value.Summary(long count, double sum) -> {
                sample(text, name + "_count", labels, Long.toString(count));
                sample(text, name + "_sum", labels, number(sum));
            }
            case Value.Spread(var spread) -> spread(text, family, series.labels(), spread);
        }
    }

    private static void spread(
            StringBuilder text, Family family, List<Label> labels, Distribution spread) {
        double scale = family.kind() == Kind.DURATIONS ? NANOS_PER_SECOND : 1;
        long cumulative = 0;
        for (int i = 0; i < spread.buckets(); i++) {
            cumulative += spread.inBucket(i);
            boolean last = i == spread.buckets() - 1;
            String le = last ? "+Inf" : canonical(spread.bound(i) / scale);
            sample(text, family.name() + "_bucket", labels(labels, le), "" + cumulative);
        }
        String plain = labels(labels, "");
        sample(text, family.name() + "_count", plain, "" + cumulative);
        sample(text, family.name() + "_sum", plain, number(spread.sum() / scale));
    }

    private static void sample(StringBuilder text, String name, String labels, String value) {
        text.append(name).append(labels).append(' ').append(value).append('\n');
    }

    /// {@return the labels in braces, `le` behind them if it is not empty; nothing if there are
    /// none}
    static String labels(List<Label> labels, String le) {
        if (labels.isEmpty() && le.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder("{");
        for (Label label : labels) {
            text.append(text.length() > 1 ? "," : "").append(label.name()).append("=\"");
            escape(text, label.value(), true).append('"');
        }
        if (!le.isEmpty()) {
            text.append(text.length() > 1 ? "," : "").append("le=\"").append(le).append('"');
        }
        return text.append('}').toString();
    }

    private static StringBuilder escape(StringBuilder text, String raw, boolean quotes) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            switch (c) {
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '"' -> text.append(quotes ? "\\\"" : "\"");
                default -> text.append(c);
            }
        }
        return text;
    }

    private static String number(double number) {
        if (Double.isInfinite(number)) {
            return number > 0 ? "+Inf" : "-Inf";
        }
        return Double.toString(number);
    }

    /// {@return `bound` as every exporter writes it, so that series of different exporters meet:
    /// plain digits with a point from 0.0001 up to a million, mantissa and exponent beyond}
    static String canonical(double bound) {
        BigDecimal exact = BigDecimal.valueOf(bound).stripTrailingZeros();
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent >= -4 && exponent < 6) {
            String plain = exact.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String mantissa = exact.movePointLeft(exponent).toPlainString();
        String digits = (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        return mantissa + (exponent < 0 ? "e-" : "e+") + digits;
    }

    private static String without(String name, String end) {
        return name.substring(0, name.length() - end.length());
    }
}
