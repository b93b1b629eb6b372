package norikv.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A JSON value. `toString` writes it on one line.
public sealed interface Json {
    /// An object; members keep their order.
    record Obj(Map<String, Json> members) implements Json {
        /// Adds a member; returns this.
        public Obj with(String name, Json value) {
            members.put(name, value);
            return this;
        }

        /// Adds a text; returns this.
        public Obj with(String name, String value) {
            return with(name, new Str(value));
        }

        /// Adds a whole number; returns this.
        public Obj with(String name, long value) {
            return with(name, new Num(Long.toString(value)));
        }

        /// Adds a number; returns this.
        public Obj with(String name, double value) {
            return with(name, new Num(Double.toString(value)));
        }

        /// Adds a truth; returns this.
        public Obj with(String name, boolean value) {
            return with(name, new Bool(value));
        }

        public Optional<Json> member(String name) {
            return Optional.ofNullable(members.get(name));
        }

        @Override
        public String toString() {
            return text(this);
        }
    }

    /// A list.
    record Arr(List<Json> elements) implements Json {
        @Override
        public String toString() {
            return text(this);
        }
    }

    /// A text.
    record Str(String value) implements Json {
        @Override
        public String toString() {
            return text(this);
        }
    }

    /// A number, as it is written.
    record Num(String text) implements Json {
        @Override
        public String toString() {
            return text;
        }
    }

    /// A truth.
    record Bool(boolean value) implements Json {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    /// Nothing.
    record Null() implements Json {
        @Override
        public String toString() {
            return "null";
        }
    }

    /// {@return an empty object to fill}
    static Obj object() {
        return new Obj(new LinkedHashMap<>());
    }

    /// {@return an empty list to fill}
    static Arr array() {
        return new Arr(new ArrayList<>());
    }

    /// {@return a list of texts}
    static Arr strings(List<String> texts) {
        Arr array = array();
        for (String text : texts) {
            array.elements().add(new Str(text));
        }
        return array;
    }

    /// Writes `value` on one line.
    static void write(StringBuilder out, Json value) {
        switch (value) {
            case Obj(var members) -> {
                out.append('{');
                String between = "";
                for (Map.Entry<String, Json> member : members.entrySet()) {
                    out.append(between);
                    quote(out, member.getKey());
                    out.append(':');
                    write(out, member.getValue());
                    between = ",";
                }
                out.append('}');
            }
            case Arr(var elements) -> {
                out.append('[');
                String between = "";
                for (Json element : elements) {
                    out.append(between);
                    write(out, element);
                    between = ",";
                }
                out.append(']');
            }
            case Str(var text) -> quote(out, text);
            case Num(var text) -> out.append(text);
            case Bool(var truth) -> out.append(truth);
            case Null() -> out.append("null");
        }
    }

    /// Writes `text` in quotes, escaped so that it is one line whatever it holds.
    static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || c == 0x7f || c == 0x2028 || c == 0x2029) {
                        String hex = Integer.toHexString(c);
                        out.append("\\u").append("0000", hex.length(), 4).append(hex);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static String text(Json value) {
        StringBuilder out = new StringBuilder();
        write(out, value);
        return out.toString();
    }
}
