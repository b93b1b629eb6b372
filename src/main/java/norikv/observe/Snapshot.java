package norikv.observe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What all instruments of a [Registry] said at about one moment. Each series is consistent in
/// itself (a distribution's count is the sum of its buckets); two series may be moments apart.
///
/// @param families sorted by name
public record Snapshot(List<Family> families) {
    public Snapshot {
        families = List.copyOf(families);
    }

    /// What a family's series are, and how they are written.
    public enum Kind {
        /// A number that only grows.
        COUNTER,
        /// A number that goes up and down.
        GAUGE,
        /// A [Distribution] of nanoseconds, shown in seconds.
        DURATIONS,
        /// A [Distribution] of plain amounts.
        AMOUNTS,
        /// A count and a sum that somebody else keeps.
        SUMMARY,
        /// Constant labels, nothing else.
        INFO
    }

    /// All series of one name.
    public record Family(String name, String help, Kind kind, List<Series> series) {
        public Family {
            series = List.copyOf(series);
        }
    }

    /// One series: a name, its labels, and what it said.
    public record Series(List<Label> labels, Value value) {
        public Series {
            labels = List.copyOf(labels);
        }
    }

    /// What a series said.
    public sealed interface Value {
        /// A whole number.
        record Whole(long number) implements Value {}

        /// A number.
        record Real(double number) implements Value {}

        /// A count and a sum.
        record Summary(long count, double sum) implements Value {}

        /// A distribution.
        record Spread(Distribution distribution) implements Value {}
    }

    /// {@return the whole numbers of all counters and the counts of all distributions, by name,
    /// with the labels in braces behind it where there are any}
    public Map<String, Long> counters() {
        Map<String, Long> counters = new LinkedHashMap<>();
        for (Family family : families) {
            for (Series series : family.series()) {
                String labels = Exposition.labels(series.labels(), "");
                switch (series.value()) {
                    case Value.Whole(long number) -> {
                        if (family.kind() == Kind.COUNTER) {
                            counters.put(family.name() + labels, number);
                        }
                    }
                    case Value.Spread(var spread) ->
                            counters.put(family.name() + "_count" + labels, spread.count());
                    case Value.Real _, Value.Summary _ -> {}
                }
            }
        }
        return counters;
    }
}
