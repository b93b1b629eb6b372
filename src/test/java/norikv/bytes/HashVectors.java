package norikv.bytes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The rows of `hash-vectors.json`, which every client in every language must agree with.
public final class HashVectors {
    private static final Pattern ROW = Pattern.compile("\\{[^{}]*\\}");

    private final String text;

    private HashVectors(String text) {
        this.text = text;
    }

    /// One row: its members by name.
    public record Row(String text) {
        /// {@return the member `name` without its quotes}
        public String text(String name) {
            Matcher member =
                    Pattern.compile("\"" + name + "\":\\s*\"?([^\",\\n}]*)").matcher(text);
            if (!member.find()) {
                throw new AssertionError(name + " in " + text);
            }
            return member.group(1).strip();
        }

        public int number(String name) {
            return Integer.parseInt(text(name));
        }

        /// {@return the member `name`, an array of numbers}
        public int[] numbers(String name) {
            Matcher member =
                    Pattern.compile("\"" + name + "\":\\s*\\[([^\\]]*)\\]").matcher(text);
            if (!member.find()) {
                throw new AssertionError(name + " in " + text);
            }
            return Arrays.stream(member.group(1).split(","))
                    .mapToInt(number -> Integer.parseInt(number.strip()))
                    .toArray();
        }
    }

    /// Reads the file.
    public static HashVectors read() {
        try (var in = HashVectors.class.getResourceAsStream("/hash-vectors.json")) {
            return new HashVectors(new String(in.readAllBytes(), UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// {@return the rows of the section `name`}
    public List<Row> rows(String name) {
        int start = text.indexOf('[', text.indexOf("\"" + name + "\""));
        int depth = 0;
        int end = start;
        do {
            depth += text.charAt(end) == '[' ? 1 : text.charAt(end) == ']' ? -1 : 0;
            end++;
        } while (depth > 0);
        return ROW.matcher(text.substring(start, end))
                .results()
                .map(row -> new Row(row.group()))
                .toList();
    }

    /// {@return the input of the boundary rows: bytes 0, 1, 2 … `length` − 1, each modulo 256}
    public static byte[] ascending(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}
