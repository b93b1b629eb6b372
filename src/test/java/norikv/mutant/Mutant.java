package norikv.mutant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// One known bug, as a small replacement in one source file, and the test that must notice it.
///
/// A mutant is a text file `src/test/resources/mutants/ID.mutant`:
///
/// ```
/// # any number of comment lines
/// file: norikv/wal/Segment.java
/// claim: a record is acknowledged only after the force that covers it
/// test: norikv.wal.WalTest#aFailedForceIsNeverFollowedByAnAck
/// property: seed=42
/// --- old
///         file.force();
///         acknowledge(batch);
/// --- new
///         acknowledge(batch);
/// --- end
/// ```
///
/// - `file` is the source below `src/main/java`.
/// - `claim` is the sentence that the mutant makes false, in one line.
/// - `test` is `class#method`, for a method with parameters `class#method(type, type)`. A killing
///   test is quick and has bounds of its own: one that hangs kills nothing.
/// - `museum` names the real bug that it is like, `M12` say, if it is like one.
/// - `world`, if there is one, is a world of the simulator that notices it, and the invariant that
///   does not hold there: `world: 0x2a swarm 3000 I6` is seed, profile, milliseconds of trouble.
/// - `unseen` says why no world of the simulator notices it, if it is of the museum and none does.
/// - `property` sets a system property for the run, a committed seed say; any number of lines.
/// - The old text, whole lines with their indentation, stands exactly once in the file, or the
///   mutant no longer applies and the build fails. The new text may be empty.
///
/// The mutated file need only compile: no lint is asked of it.
record Mutant(
        String id,
        Path file,
        String claim,
        String test,
        Map<String, String> properties,
        String museum,
        Optional<Sight> sight,
        String unseen,
        String oldText,
        String newText) {

    /// A world of the simulator, and the invariant that the mutant breaks there.
    record Sight(long seed, String profile, long millis, String invariant) {
        static Sight parse(String id, String text) {
            String[] words = text.split(" ");
            if (words.length != 4 || !words[0].startsWith("0x")) {
                throw new IllegalArgumentException(
                        id + ": expected seed profile millis invariant, got " + text);
            }
            return new Sight(
                    Long.parseUnsignedLong(words[0].substring(2), 16),
                    words[1],
                    Long.parseLong(words[2]),
                    words[3]);
        }

        @Override
        public String toString() {
            return "0x%x %s %d %s".formatted(seed, profile, millis, invariant);
        }
    }

    private static final String OLD = "--- old";
    private static final String NEW = "--- new";
    private static final String END = "--- end";

    /// Reads one `.mutant` file; throws IllegalArgumentException when it is malformed.
    static Mutant read(Path path) throws IOException {
        String name = path.getFileName().toString();
        return parse(name.substring(0, name.lastIndexOf('.')), Files.readString(path));
    }

    /// Parses the text of one `.mutant` file.
    static Mutant parse(String id, String text) {
        List<String> lines = text.lines().toList();
        int oldAt = place(id, lines, OLD);
        int newAt = place(id, lines, NEW);
        int endAt = place(id, lines, END);
        if (oldAt > newAt || newAt > endAt || endAt != lines.size() - 1) {
            throw new IllegalArgumentException(
                    id + ": expected '" + OLD + "', '" + NEW + "', '" + END + "' in this order");
        }
        Map<String, String> head = new TreeMap<>();
        Map<String, String> properties = new TreeMap<>();
        for (String line : lines.subList(0, oldAt)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                readHead(id, line, head, properties);
            }
        }
        return new Mutant(
                id,
                Path.of(required(id, head, "file")),
                required(id, head, "claim"),
                required(id, head, "test"),
                Map.copyOf(properties),
                head.getOrDefault("museum", ""),
                Optional.ofNullable(head.get("world")).map(w -> Sight.parse(id, w)),
                head.getOrDefault("unseen", ""),
                block(lines, oldAt, newAt),
                block(lines, newAt, endAt));
    }

    /// The source with the bug in it; throws IllegalArgumentException when the old text does not
    /// stand in it exactly once.
    String applyTo(String source) {
        int at = source.indexOf(oldText);
        if (oldText.isBlank() || at < 0 || source.indexOf(oldText, at + 1) >= 0) {
            throw new IllegalArgumentException(
                    "%s no longer applies: its old text must stand exactly once in %s, found %s"
                            .formatted(id, file, at < 0 ? "none" : "several"));
        }
        return source.substring(0, at) + newText + source.substring(at + oldText.length());
    }

    private static void readHead(
            String id, String line, Map<String, String> head, Map<String, String> properties) {
        int colon = line.indexOf(": ");
        String key = colon < 0 ? line : line.substring(0, colon);
        String value = colon < 0 ? "" : line.substring(colon + 2).strip();
        switch (key) {
            case "file", "claim", "test", "museum", "world", "unseen" -> head.put(key, value);
            case "property" -> {
                int equals = value.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException(id + ": expected key=value, got " + line);
                }
                properties.put(value.substring(0, equals), value.substring(equals + 1));
            }
            default -> throw new IllegalArgumentException(id + ": unknown line: " + line);
        }
    }

    private static String required(String id, Map<String, String> head, String key) {
        String value = head.getOrDefault(key, "");
        if (value.isEmpty()) {
            throw new IllegalArgumentException(id + ": a line '" + key + ": …' is missing");
        }
        return value;
    }

    private static int place(String id, List<String> lines, String mark) {
        int at = lines.indexOf(mark);
        if (at < 0 || at != lines.lastIndexOf(mark)) {
            throw new IllegalArgumentException(id + ": expected one line '" + mark + "'");
        }
        return at;
    }

    private static String block(List<String> lines, int from, int to) {
        List<String> block = lines.subList(from + 1, to);
        return block.isEmpty() ? "" : String.join("\n", block) + "\n";
    }
}
