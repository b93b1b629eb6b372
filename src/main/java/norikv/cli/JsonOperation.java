package norikv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.ReadBounds;
import norikv.domain.Request;
import norikv.domain.Version;
import norikv.json.Json;
import norikv.json.JsonReader;
import norikv.server.DidYouMean;

/// One operation as a JSON object, a line of `norikv batch`:
///
/// ```text
/// {"op":"put","key":{"utf8":"a"},"value":{"utf8":"1"},"ttl_ms":60000,"if_absent":true}
/// {"op":"put","key":{"utf8":"a"},"value":{"base64":"AP8="},"if_version":{"term":1,"index":7}}
/// {"op":"delete","key":{"utf8":"a"},"idempotency_key":"order-17"}
/// {"op":"get","key":{"utf8":"a"},"consistency":"stale","max_staleness_ms":2000}
/// ```
///
/// An unknown member is an error, because it may be a misspelt one that matters.
final class JsonOperation {
    private static final List<String> OPS = List.of("get", "put", "delete");
    private static final List<String> OF_GET =
            List.of("op", "key", "consistency", "min_version", "max_staleness_ms");
    private static final List<String> OF_WRITE =
            List.of("op", "key", "if_version", "idempotency_key");
    private static final List<String> OF_PUT = ofPut();

    private final Map<String, Json> members;

    private JsonOperation(Map<String, Json> members) {
        this.members = members;
    }

    private static List<String> ofPut() {
        List<String> names = new ArrayList<>(OF_WRITE);
        names.addAll(List.of("value", "ttl_ms", "if_absent"));
        return List.copyOf(names);
    }

    /// {@return the operation that a line spells}
    ///
    /// **Errors.** [JsonReader.Malformed], and [NoriException.Malformed] for what is outside of
    /// [Limits].
    ///
    /// @param level how fresh a read is to be that does not say
    static Request.Single read(byte[] line, int from, int end, Consistency level)
            throws JsonReader.Malformed {
        Json found = JsonReader.read(line, from, end);
        if (!(found instanceof Json.Obj(var members))) {
            throw new JsonReader.Malformed(1, "want an object");
        }
        return new JsonOperation(members).operation(level);
    }

    private Request.Single operation(Consistency level) throws JsonReader.Malformed {
        String op = members.get("op") instanceof Json.Str(var text) ? text : "";
        switch (op) {
            case "get" -> {
                JsonItem.checkNames(members, OF_GET);
                return new Request.Get(key(), consistency(level), bounds());
            }
            case "put" -> {
                JsonItem.checkNames(members, OF_PUT);
                Bytes value = JsonItem.bytes(members, "value");
                return new Request.Put(key(), value, ttlMillis(), condition(), once());
            }
            case "delete" -> {
                JsonItem.checkNames(members, OF_WRITE);
                return new Request.Delete(key(), condition(), once());
            }
            default -> {
                String wanted = "\"get\", \"put\" or \"delete\"" + DidYouMean.hint(op, OPS);
                throw JsonItem.unwanted(members, "op", wanted);
            }
        }
    }

    private Bytes key() throws JsonReader.Malformed {
        return JsonItem.bytes(members, "key");
    }

    private Consistency consistency(Consistency level) throws JsonReader.Malformed {
        Json member = members.get("consistency");
        if (member == null) {
            return level;
        }
        if (member instanceof Json.Str(var text)) {
            return Consistency.parse(text);
        }
        throw JsonItem.unwanted(members, "consistency", "\"linearizable\", \"lease\" or \"stale\"");
    }

    private ReadBounds bounds() throws JsonReader.Malformed {
        Version least =
                members.containsKey("min_version") ? version("min_version") : Version.NONE;
        if (!members.containsKey("max_staleness_ms")) {
            return new ReadBounds(least, ReadBounds.ANY_AGE);
        }
        long millis = whole(members.get("max_staleness_ms"));
        if (millis < 0) {
            throw JsonItem.unwanted(members, "max_staleness_ms", "0 milliseconds or more");
        }
        return new ReadBounds(least, millis);
    }

    private long ttlMillis() throws JsonReader.Malformed {
        if (!members.containsKey("ttl_ms")) {
            return Request.Put.NO_TTL;
        }
        long millis = whole(members.get("ttl_ms"));
        if (millis < 1) {
            throw JsonItem.unwanted(
                    members, "ttl_ms", "1 to %d milliseconds".formatted(Limits.TTL_MILLIS_MAX));
        }
        return millis;
    }

    private Precondition condition() throws JsonReader.Malformed {
        Json version = members.get("if_version");
        Json absent = members.get("if_absent");
        if (absent != null && !(absent instanceof Json.Bool)) {
            throw JsonItem.unwanted(members, "if_absent", "true or false");
        }
        boolean ifAbsent = absent instanceof Json.Bool(var truth) && truth;
        if (version == null) {
            return ifAbsent ? Precondition.IF_ABSENT : Precondition.NONE;
        }
        if (ifAbsent) {
            throw new JsonReader.Malformed(1, "if_version and if_absent exclude each other");
        }
        return new Precondition.IfVersion(version("if_version"));
    }

    private Version version(String name) throws JsonReader.Malformed {
        if (members.get(name) instanceof Json.Obj(var parts) && parts.size() == 2) {
            long term = whole(parts.get("term"));
            long index = whole(parts.get("index"));
            if (term > 0 && index > 0) {
                return new Version(term, index);
            }
        }
        throw JsonItem.unwanted(members, name, "{\"term\":…,\"index\":…}, both above 0");
    }

    private Once once() throws JsonReader.Malformed {
        Json member = members.get("idempotency_key");
        if (member == null) {
            return Once.NONE;
        }
        if (member instanceof Json.Str(var name) && !name.isEmpty()) {
            return Once.keyed(Bytes.utf8(name));
        }
        throw JsonItem.unwanted(
                members,
                "idempotency_key",
                "a text of 1 to %d bytes".formatted(Once.KEY_BYTES_MAX));
    }

    /// {@return the whole number that `member` is; -1 if it is none, or negative}
    private static long whole(Json member) {
        try {
            return member instanceof Json.Num(var text) ? Math.max(-1, Long.parseLong(text)) : -1;
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}
