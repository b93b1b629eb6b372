package norikv.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import norikv.bytes.Utf8;

/// Reads one JSON value and nothing else: strict, so that a mistake in a large file is found where
/// it is made.
///
/// **Limits.** [#DEPTH_MAX] levels; as long as the given bytes. **Errors.** [Malformed] with the
/// byte. A name twice in an object, malformed UTF-8 and half a surrogate pair are errors.
/// **Source.** RFC 8259.
public final class JsonReader {
    /// How deep lists and objects may stand in each other.
    public static final int DEPTH_MAX = 8;

    private final byte[] array;
    private final int start;
    private final int end;
    private int at;

    private JsonReader(byte[] array, int from, int end) {
        this.array = array;
        this.start = from;
        this.at = from;
        this.end = end;
    }

    /// What is wrong and where.
    public static final class Malformed extends Exception {
        /// @param at counted from 1
        public Malformed(int at, String what) {
            super("byte " + at + ": " + what);
        }
    }

    /// {@return the value that the bytes `[from, end)` of `array` spell}
    public static Json read(byte[] array, int from, int end) throws Malformed {
        JsonReader reader = new JsonReader(array, from, end);
        if (!Utf8.isValid(array, from, end)) {
            throw new Malformed(1, "not UTF-8");
        }
        Json value = reader.value(0);
        reader.space();
        if (reader.at < end) {
            throw reader.malformed("the end");
        }
        return value;
    }

    private Json value(int depth) throws Malformed {
        if (depth > DEPTH_MAX) {
            throw malformed("at most " + DEPTH_MAX + " levels");
        }
        space();
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> list(depth);
            case '"' -> new Json.Str(string());
            case 't' -> word("true", new Json.Bool(true));
            case 'f' -> word("false", new Json.Bool(false));
            case 'n' -> word("null", new Json.Null());
            default -> number();
        };
    }

    private Json object(int depth) throws Malformed {
        Map<String, Json> members = new LinkedHashMap<>();
        at++;
        space();
        while (peek() != '}') {
            if (!members.isEmpty()) {
                take(',');
                space();
            }
            String name = string();
            if (members.containsKey(name)) {
                throw malformed("each name once");
            }
            space();
            take(':');
            members.put(name, value(depth + 1));
            space();
        }
        at++;
        return new Json.Obj(members);
    }

    private Json list(int depth) throws Malformed {
        List<Json> elements = new ArrayList<>();
        at++;
        space();
        while (peek() != ']') {
            if (!elements.isEmpty()) {
                take(',');
            }
            elements.add(value(depth + 1));
            space();
        }
        at++;
        return new Json.Arr(elements);
    }

    private String string() throws Malformed {
        take('"');
        String head = plain();
        if (peek() == '"') {
            at++;
            return head;
        }
        StringBuilder out = new StringBuilder(head);
        while (peek() == '\\') {
            at++;
            escape(out);
            out.append(plain());
        }
        if (at < end && isControl(array[at])) {
            throw malformed("no control character in a text");
        }
        take('"');
        return out.toString();
    }

    /// {@return the text up to a quote, a backslash, a control character or the end}
    private String plain() {
        int from = at;
        while (at < end && array[at] != '"' && array[at] != '\\' && !isControl(array[at])) {
            at++;
        }
        return text(from);
    }

    private void escape(StringBuilder out) throws Malformed {
        int c = peek();
        at++;
        switch (c) {
            case '"', '\\', '/' -> out.append((char) c);
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            case 't' -> out.append('\t');
            case 'u' -> {
                char unit = unit();
                if (Character.isLowSurrogate(unit)) {
                    throw malformed("a whole surrogate pair");
                }
                out.append(unit);
                if (Character.isHighSurrogate(unit)) {
                    take('\\');
                    take('u');
                    char low = unit();
                    if (!Character.isLowSurrogate(low)) {
                        throw malformed("a whole surrogate pair");
                    }
                    out.append(low);
                }
            }
            default -> {
                at--;
                throw malformed("an escape that exists");
            }
        }
    }

    private char unit() throws Malformed {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0) {
                throw malformed("four hexadecimal digits");
            }
            unit = unit << 4 | digit;
            at++;
        }
        return (char) unit;
    }

    private Json number() throws Malformed {
        int first = at;
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (peek() == '.') {
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
        return new Json.Num(text(first));
    }

    private void digits() throws Malformed {
        if (!isDigit(peek())) {
            throw malformed("a value");
        }
        while (isDigit(peek())) {
            at++;
        }
    }

    private Json word(String word, Json value) throws Malformed {
        for (int i = 0; i < word.length(); i++) {
            take(word.charAt(i));
        }
        return value;
    }

    private void take(char wanted) throws Malformed {
        if (peek() != wanted) {
            throw malformed("'" + wanted + "'");
        }
        at++;
    }

    private void space() {
        while (at < end
                && (array[at] == ' '
                        || array[at] == '\t'
                        || array[at] == '\n'
                        || array[at] == '\r')) {
            at++;
        }
    }

    /// {@return the byte that comes, 0 at the end: no JSON has one}
    private int peek() {
        return at < end ? array[at] & 0xff : 0;
    }

    private String text(int from) {
        return new String(array, from, at - from, StandardCharsets.UTF_8);
    }

    private Malformed malformed(String wanted) {
        int c = peek();
        String got = c > ' ' && c < 0x7f ? "'" + (char) c + "'" : "character code " + c;
        return new Malformed(
                at - start + 1, "want " + wanted + ", got " + (at < end ? got : "the end"));
    }

    private static boolean isControl(byte b) {
        return b >= 0 && b < ' ';
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
