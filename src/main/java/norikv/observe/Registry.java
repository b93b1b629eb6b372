package norikv.observe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import norikv.observe.Snapshot.Kind;
import norikv.observe.Snapshot.Value;

/// The meter of a running node: keeps every instrument in memory and reads them all on demand.
///
/// **Threads.** Any. Instruments are made under a lock, once; counting takes none: counters are
/// striped where threads meet, histograms by thread. After the first use nothing is allocated a
/// count. **Limits.** [#FAMILIES_MAX] names with [#SERIES_MAX] label sets each. **Errors.** An
/// [IllegalArgumentException] for a name or label outside of the rules, for a name that already has
/// another kind or help text, and beyond the limits: each is a bug of the caller.
public final class Registry implements Meter {
    /// The most names.
    public static final int FAMILIES_MAX = 512;

    /// The most label sets of one name.
    public static final int SERIES_MAX = 512;

    /// Labels whose values have no bound, or that the scraper adds itself.
    private static final Set<String> FORBIDDEN_LABELS =
            Set.of("key", "client", "ip", "shard", "node_id", "le", "quantile");

    private static final String[] RESERVED_ENDS = {"_count", "_sum", "_bucket", "_created"};

    /// A name and what stands behind it.
    private record Family(String help, Kind kind, Map<List<Label>, Instrument> instruments) {}

    /// What is read for one series.
    private sealed interface Instrument {
        Value read();

        record Counted(LongAdder count, Counter counter) implements Instrument {
            static Counted create() {
                LongAdder count = new LongAdder();
                return new Counted(count, count::add);
            }

            @Override
            public Value read() {
                return new Value.Whole(count.sum());
            }
        }

        record Observed(HistogramCells cells) implements Instrument {
            @Override
            public Value read() {
                return new Value.Spread(cells.read());
            }
        }

        record Asked(DoubleSupplier source) implements Instrument {
            @Override
            public Value read() {
                return new Value.Real(ask(source));
            }
        }

        record Summed(LongSupplier count, DoubleSupplier sum) implements Instrument {
            @Override
            public Value read() {
                return new Value.Summary((long) ask(count::getAsLong), ask(sum));
            }
        }

        record Constant() implements Instrument {
            @Override
            public Value read() {
                return new Value.Whole(1);
            }
        }

        /// A gauge of a part that is closed by now must not fail the whole reading.
        private static double ask(DoubleSupplier source) {
            try {
                return source.getAsDouble();
            } catch (RuntimeException _) {
                return Double.NaN;
            }
        }
    }

    private final int stripes;

    /// Guarded by itself, with all that it reaches.
    private final Map<String, Family> families = new TreeMap<>();

    /// What the stricter exposition calls the families. Guarded by `families`.
    private final Set<String> stems = new HashSet<>();

    public Registry() {
        this(2 * Runtime.getRuntime().availableProcessors());
    }

    /// @param stripes how many threads count histograms at a time
    public Registry(int stripes) {
        this.stripes = stripes;
    }

    @Override
    public Counter counter(String name, String help, Label... labels) {
        Instrument made = Instrument.Counted.create();
        return ((Instrument.Counted) keep(name, help, Kind.COUNTER, made, labels)).counter();
    }

    /// Shows `value`, which only grows and is kept by somebody else, as a counter.
    public void counter(String name, String help, DoubleSupplier value, Label... labels) {
        replace(name, help, Kind.COUNTER, new Instrument.Asked(value), labels);
    }

    /// {@inheritDoc} Giving the same gauge again replaces the supplier: a part was opened again.
    /// A supplier that throws is shown as `NaN`.
    @Override
    public void gauge(String name, String help, DoubleSupplier value, Label... labels) {
        replace(name, help, Kind.GAUGE, new Instrument.Asked(value), labels);
    }

    @Override
    public Histogram durations(String name, String help, Label... labels) {
        return histogram(name, help, Kind.DURATIONS, HistogramCells.Shape.DURATIONS, labels);
    }

    @Override
    public Histogram amounts(String name, String help, Label... labels) {
        return histogram(name, help, Kind.AMOUNTS, HistogramCells.Shape.AMOUNTS, labels);
    }

    /// Shows a count and a sum that somebody else keeps.
    public void summary(
            String name, String help, LongSupplier count, DoubleSupplier sum, Label... labels) {
        replace(name, help, Kind.SUMMARY, new Instrument.Summed(count, sum), labels);
    }

    /// Shows constant labels, such as the version; `name` ends in `_info`.
    public void info(String name, String help, Label... labels) {
        replace(name, help, Kind.INFO, new Instrument.Constant(), labels);
    }

    /// {@return what all instruments say now} Gauges are asked without a lock held.
    public Snapshot snapshot() {
        record Copy(String name, Family family, Map<List<Label>, Instrument> instruments) {}
        List<Copy> copies = new ArrayList<>();
        synchronized (families) {
            families.forEach(
                    (name, family) ->
                            copies.add(
                                    new Copy(
                                            name,
                                            family,
                                            new LinkedHashMap<>(family.instruments()))));
        }
        List<Snapshot.Family> read = new ArrayList<>();
        for (Copy copy : copies) {
            List<Snapshot.Series> series = new ArrayList<>();
            copy.instruments()
                    .forEach(
                            (labels, instrument) ->
                                    series.add(new Snapshot.Series(labels, instrument.read())));
            Family family = copy.family();
            read.add(new Snapshot.Family(copy.name(), family.help(), family.kind(), series));
        }
        return new Snapshot(read);
    }

    private Histogram histogram(
            String name, String help, Kind kind, HistogramCells.Shape shape, Label... labels) {
        Instrument made = new Instrument.Observed(new HistogramCells(shape, stripes));
        return ((Instrument.Observed) keep(name, help, kind, made, labels)).cells();
    }

    /// {@return the instrument that is there already, or `made`, which from now on is there}
    private Instrument keep(
            String name, String help, Kind kind, Instrument made, Label... labels) {
        synchronized (families) {
            Map<List<Label>, Instrument> instruments = family(name, help, kind).instruments();
            Instrument found = instruments.get(List.of(labels));
            if (found == null) {
                put(name, instruments, made, labels);
                return made;
            }
            refuse(found.getClass() != made.getClass(), name, "counted here and elsewhere");
            return found;
        }
    }

    private void replace(
            String name, String help, Kind kind, Instrument made, Label... labels) {
        synchronized (families) {
            put(name, family(name, help, kind).instruments(), made, labels);
        }
    }

    private static void put(
            String name,
            Map<List<Label>, Instrument> instruments,
            Instrument made,
            Label... labels) {
        List<Label> key = List.of(labels);
        refuse(
                instruments.size() >= SERIES_MAX && !instruments.containsKey(key),
                name,
                "more than " + SERIES_MAX + " label sets");
        checkLabels(name, labels);
        instruments.put(key, made);
    }

    private Family family(String name, String help, Kind kind) {
        Family found = families.get(name);
        if (found == null) {
            refuse(families.size() >= FAMILIES_MAX, name, "more than " + FAMILIES_MAX + " names");
            checkName(name, kind);
            refuse(help.isBlank(), name, "no help text");
            refuse(!stems.add(stem(name)), name, "its name without _total or _info is taken");
            found = new Family(help, kind, new LinkedHashMap<>());
            families.put(name, found);
        }
        refuse(found.kind() != kind, name, "is a " + found.kind() + ", asked for " + kind);
        refuse(!found.help().equals(help), name, "has another help text already");
        return found;
    }

    private static void checkName(String name, Kind kind) {
        refuse(!isWord(name), name, "want a-z, 0-9 and _, a letter first");
        refuse(
                (kind == Kind.COUNTER) != name.endsWith("_total"),
                name,
                "counters, and only they, end in _total");
        refuse((kind == Kind.INFO) != name.endsWith("_info"), name, "infos end in _info");
        refuse(
                (kind == Kind.DURATIONS) && !name.endsWith("_seconds"),
                name,
                "durations end in _seconds");
        for (String end : RESERVED_ENDS) {
            refuse(name.endsWith(end), name, end + " is added by the exposition");
        }
    }

    private static void checkLabels(String name, Label... labels) {
        Set<String> names = new HashSet<>();
        for (Label label : labels) {
            refuse(!isWord(label.name()), name, "label '" + label.name() + "' is no word");
            refuse(!names.add(label.name()), name, "label " + label.name() + " is there twice");
            refuse(
                    FORBIDDEN_LABELS.contains(label.name()),
                    name,
                    "label " + label.name() + " is not allowed");
        }
    }

    private static String stem(String name) {
        for (String end : List.of("_total", "_info")) {
            if (name.endsWith(end)) {
                return name.substring(0, name.length() - end.length());
            }
        }
        return name;
    }

    private static boolean isWord(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z';
            if (!letter && (i == 0 || c != '_' && (c < '0' || c > '9'))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static void refuse(boolean wrong, String name, String why) {
        if (wrong) {
            throw new IllegalArgumentException("metric " + name + ": " + why);
        }
    }
}
