package norikv.wal;

import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What the files of a log are called: `000012.log` is segment 12, and a name that ends in `.spare`
/// belongs to a file that waits for its next life.
final class SegmentName {
    private static final Pattern SEGMENT = Pattern.compile("(\\d{6,10})\\.log");
    private static final Pattern FRESH = Pattern.compile("fresh-(\\d{6,18})\\.spare");
    private static final String SPARE_END = ".spare";

    private SegmentName() {}

    static String segment(long number) {
        return "%06d.log".formatted(number);
    }

    /// {@return the name of a spare file that was segment `number`}
    static String spare(long number) {
        return "%06d%s".formatted(number, SPARE_END);
    }

    /// {@return the name of the `count`-th spare file that was never a segment}
    static String freshSpare(long count) {
        return "fresh-%06d%s".formatted(count, SPARE_END);
    }

    /// {@return the count that [#freshSpare] made `name` from; 0 if it did not}
    static long freshCount(String name) {
        var match = FRESH.matcher(name);
        return match.matches() ? Long.parseLong(match.group(1)) : 0;
    }

    static boolean isSpare(String name) {
        return name.endsWith(SPARE_END);
    }

    /// {@return the segments among `names`, by number}
    static TreeMap<Long, String> segments(List<String> names) {
        var segments = new TreeMap<Long, String>();
        for (String name : names) {
            var match = SEGMENT.matcher(name);
            if (match.matches()) {
                segments.put(Long.parseLong(match.group(1)), name);
            }
        }
        return segments;
    }
}
