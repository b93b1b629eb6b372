package norikv.history;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.bytes.Utf8;
import norikv.domain.Consistency;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Version;
import norikv.json.Json;
import norikv.json.JsonReader;

/// An [Operation] as one line of JSON, so that others can check what we recorded.
///
/// What is written is read as an equal operation. **Errors.** [JsonReader.Malformed] names the
/// member, or the byte. **Source.** `wire/history.md`.
public final class HistoryLine {
    private static final List<String> MEMBERS =
            List.of(
                    "process", "op", "key", "value", "expect", "consistency", "call_ns",
                    "return_ns", "outcome", "value_out", "version");

    private static final Json NULL = new Json.Null();

    private final Map<String, Json> members;

    private HistoryLine(Map<String, Json> members) {
        this.members = members;
    }

    /// {@return `operation` on one line, without its end}
    public static String write(Operation operation) {
        Outcome outcome = operation.outcome();
        return Json.object()
                .with("process", operation.process())
                .with("op", opOf(operation.call()))
                .with("key", json(operation.key()))
                .with(
                        "value",
                        operation.call() instanceof Call.Put(var value, _) ? json(value) : NULL)
                .with("expect", json(operation.call().condition()))
                .with("consistency", consistencyOf(operation.call()))
                .with("call_ns", operation.callNanos())
                .with("return_ns", operation.returnNanos())
                .with("outcome", wordOf(outcome))
                .with("value_out", outcome instanceof Outcome.Found(var out, _) ? json(out) : NULL)
                .with("version", json(outcome.at()))
                .toString();
    }

    /// {@return the operation that the bytes `[from, end)` of `array` spell}
    public static Operation read(byte[] array, int from, int end) throws JsonReader.Malformed {
        if (!(JsonReader.read(array, from, end) instanceof Json.Obj(var members))) {
            throw new JsonReader.Malformed(1, "want an object");
        }
        for (String name : members.keySet()) {
            if (!MEMBERS.contains(name)) {
                throw new JsonReader.Malformed(1, "unknown member '" + name + "'");
            }
        }
        return new HistoryLine(members).operation();
    }

    private Operation operation() throws JsonReader.Malformed {
        try {
            String op = word("op");
            Call call = call(op);
            return new Operation(
                    whole("process"),
                    bytes("key"),
                    call,
                    whole("call_ns"),
                    whole("return_ns"),
                    outcome(call));
        } catch (NoriException.Malformed e) {
            throw new JsonReader.Malformed(1, e.getMessage());
        }
    }

    private Call call(String op) throws JsonReader.Malformed {
        Precondition condition = condition();
        return switch (op) {
            case "get" -> {
                requireNull("value");
                requireNull("expect");
                yield new Call.Get(Consistency.parse(word("consistency")));
            }
            case "put", "cas" -> {
                requireNull("consistency");
                if (op.equals("cas") == condition instanceof Precondition.None) {
                    throw wanted("expect", op.equals("cas") ? "a condition" : "null");
                }
                yield new Call.Put(bytes("value"), condition);
            }
            case "delete" -> {
                requireNull("value");
                requireNull("consistency");
                yield new Call.Delete(condition);
            }
            default -> throw wanted("op", "put, get, delete or cas");
        };
    }

    private Outcome outcome(Call call) throws JsonReader.Malformed {
        String word = word("outcome");
        Version at = member("version").equals(NULL) ? Version.NONE : version("version");
        if (!(call instanceof Call.Get && word.equals("ok"))) {
            requireNull("value_out");
        }
        return switch (word) {
            case "ok" ->
                    switch (call) {
                        case Call.Get _ -> new Outcome.Found(bytes("value_out"), at);
                        case Call.Put _ -> new Outcome.Written(at);
                        case Call.Delete _ -> new Outcome.Deleted(true, at);
                    };
            case "missing" ->
                    call instanceof Call.Delete
                            ? new Outcome.Deleted(false, at)
                            : new Outcome.Missing(at);
            case "mismatch" -> new Outcome.Mismatch(at);
            case "definite" -> {
                requireNull("version");
                yield Outcome.DEFINITE;
            }
            case "indeterminate" -> {
                requireNull("version");
                yield Outcome.INDETERMINATE;
            }
            default -> throw wanted("outcome", "ok, missing, mismatch, definite or indeterminate");
        };
    }

    private Precondition condition() throws JsonReader.Malformed {
        return switch (member("expect")) {
            case Json.Null _ -> Precondition.NONE;
            case Json.Str(var text) when text.equals("absent") -> Precondition.IF_ABSENT;
            default -> new Precondition.IfVersion(version("expect"));
        };
    }

    private Version version(String name) throws JsonReader.Malformed {
        if (member(name) instanceof Json.Obj(var parts)
                && parts.size() == 2
                && parts.containsKey("term")
                && parts.containsKey("index")) {
            var spelled = new HistoryLine(parts);
            Version version = new Version(spelled.whole("term"), spelled.whole("index"));
            if (version.term() > 0 && version.index() > 0) {
                return version;
            }
        }
        throw wanted(name, "{\"term\":…,\"index\":…}, both above 0");
    }

    private Bytes bytes(String name) throws JsonReader.Malformed {
        if (member(name) instanceof Json.Str(var text)) {
            return Bytes.utf8(text);
        }
        if (member(name) instanceof Json.Obj(var parts)
                && parts.size() == 1
                && parts.get("base64") instanceof Json.Str(var text)) {
            try {
                return Bytes.wrap(Base64.getDecoder().decode(text));
            } catch (IllegalArgumentException _) {
                throw wanted(name, "base64");
            }
        }
        throw wanted(name, "a text or {\"base64\":\"…\"}");
    }

    private String word(String name) throws JsonReader.Malformed {
        if (member(name) instanceof Json.Str(var text)) {
            return text;
        }
        throw wanted(name, "a text");
    }

    private long whole(String name) throws JsonReader.Malformed {
        try {
            if (member(name) instanceof Json.Num(var text)) {
                return Long.parseLong(text);
            }
        } catch (NumberFormatException _) {
            // falls through to the one error for everything that is no whole number
        }
        throw wanted(name, "a whole number of 64 bits");
    }

    private void requireNull(String name) throws JsonReader.Malformed {
        if (!member(name).equals(NULL)) {
            throw wanted(name, "null");
        }
    }

    private Json member(String name) {
        return members.getOrDefault(name, NULL);
    }

    private static JsonReader.Malformed wanted(String name, String what) {
        return new JsonReader.Malformed(1, name + ": want " + what);
    }

    private static String opOf(Call call) {
        return switch (call) {
            case Call.Get _ -> "get";
            case Call.Put(_, Precondition.None _) -> "put";
            case Call.Put _ -> "cas";
            case Call.Delete _ -> "delete";
        };
    }

    private static Json consistencyOf(Call call) {
        if (!(call instanceof Call.Get(var consistency))) {
            return NULL;
        }
        return new Json.Str(
                switch (consistency) {
                    case LINEARIZABLE -> "linearizable";
                    case LEASE -> "lease";
                    case STALE -> "stale";
                });
    }

    private static String wordOf(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Found _, Outcome.Written _ -> "ok";
            case Outcome.Deleted(var existed, _) -> existed ? "ok" : "missing";
            case Outcome.Missing _ -> "missing";
            case Outcome.Mismatch _ -> "mismatch";
            case Outcome.Definite _ -> "definite";
            case Outcome.Indeterminate _ -> "indeterminate";
        };
    }

    private static Json json(Precondition condition) {
        return switch (condition) {
            case Precondition.None _ -> NULL;
            case Precondition.IfAbsent _ -> new Json.Str("absent");
            case Precondition.IfVersion(var required) -> json(required);
        };
    }

    private static Json json(Version version) {
        return version.equals(Version.NONE)
                ? NULL
                : Json.object().with("term", version.term()).with("index", version.index());
    }

    private static Json json(Bytes bytes) {
        int end = bytes.offset() + bytes.length();
        return Utf8.isValid(bytes.array(), bytes.offset(), end)
                ? new Json.Str(bytes.toUtf8())
                : Json.object()
                        .with("base64", Base64.getEncoder().encodeToString(bytes.toByteArray()));
    }
}
