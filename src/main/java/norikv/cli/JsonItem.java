package norikv.cli;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.bytes.Utf8;
import norikv.domain.Item;
import norikv.domain.Version;
import norikv.json.Json;
import norikv.json.JsonReader;
import norikv.server.DidYouMean;

/// A key and its value as a JSON object, the unit of export, import and scans:
///
/// ```text
/// {"key":{"utf8":"user:42"},"value":{"base64":"AP8="},"expires_at_ms":1700000000000}
/// ```
///
/// Any bytes survive: what is no UTF-8 is base64. `version` is written by scans and passed over by
/// imports. An unknown member is an error, because it may be a misspelt one that matters.
///
/// @param expiresAtMillis or [Item#NEVER]
record JsonItem(Bytes key, Bytes value, long expiresAtMillis) {
    private static final List<String> MEMBERS =
            List.of("key", "value", "expires_at_ms", "version");
    private static final int SHOWN_CHARS_MAX = 40;

    /// {@return `bytes` as an object with one member}
    static Json.Obj bytes(Bytes bytes) {
        Json.Obj object = Json.object();
        return Utf8.isValid(bytes.array(), bytes.offset(), bytes.offset() + bytes.length())
                ? object.with("utf8", bytes.toUtf8())
                : object.with("base64", Base64.getEncoder().encodeToString(bytes.toByteArray()));
    }

    static Json.Obj version(Version version) {
        return Json.object().with("term", version.term()).with("index", version.index());
    }

    /// {@return what is exported of `item`}
    static Json.Obj exported(Item item) {
        Json.Obj object =
                Json.object().with("key", bytes(item.key())).with("value", bytes(item.value()));
        return expiry(object, item);
    }

    /// Adds to `object` what reads show of `item` beside its key; returns it.
    static Json.Obj shown(Json.Obj object, Item item) {
        object.with("value", bytes(item.value())).with("version", version(item.version()));
        return expiry(object, item);
    }

    /// Adds to `object` when `item` expires, if it does; returns it.
    static Json.Obj expiry(Json.Obj object, Item item) {
        return item.expiresAtMillis() == Item.NEVER
                ? object
                : object.with("expires_at_ms", item.expiresAtMillis());
    }

    /// {@return the item that a line of an export spells}
    static JsonItem read(byte[] line, int from, int end) throws JsonReader.Malformed {
        if (!(JsonReader.read(line, from, end) instanceof Json.Obj(var members))) {
            throw new JsonReader.Malformed(1, "want an object");
        }
        checkNames(members, MEMBERS);
        return new JsonItem(
                bytes(members, "key"), bytes(members, "value"), expiry(members));
    }

    /// Refuses members that are not among `known`.
    static void checkNames(Map<String, Json> members, List<String> known)
            throws JsonReader.Malformed {
        for (String name : members.keySet()) {
            if (!known.contains(name)) {
                String hint = DidYouMean.hint(name, known);
                throw new JsonReader.Malformed(1, "unknown member '" + name + "'" + hint);
            }
        }
    }

    /// {@return the bytes that the member `name` spells}
    static Bytes bytes(Map<String, Json> members, String name)
            throws JsonReader.Malformed {
        if (members.get(name) instanceof Json.Obj(var spelled) && spelled.size() == 1) {
            var only = spelled.entrySet().iterator().next();
            if (only.getValue() instanceof Json.Str(var text)) {
                if (only.getKey().equals("utf8")) {
                    return Bytes.utf8(text);
                }
                if (only.getKey().equals("base64")) {
                    return base64(name, text);
                }
            }
        }
        throw unwanted(members, name, "{\"utf8\":\"…\"} or {\"base64\":\"…\"}");
    }

    /// {@return that the member `name` is not what is wanted}
    static JsonReader.Malformed unwanted(Map<String, Json> members, String name, String wanted) {
        Json found = members.get(name);
        String got = found == null ? "nothing" : shortened(found.toString());
        return new JsonReader.Malformed(1, "%s: want %s, got %s".formatted(name, wanted, got));
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "…";
    }

    private static Bytes base64(String name, String text) throws JsonReader.Malformed {
        try {
            return Bytes.wrap(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException _) {
            throw new JsonReader.Malformed(1, name + ": no base64");
        }
    }

    private static long expiry(Map<String, Json> members) throws JsonReader.Malformed {
        Json member = members.get("expires_at_ms");
        if (member == null) {
            return Item.NEVER;
        }
        try {
            if (member instanceof Json.Num(var text) && Long.parseLong(text) >= 0) {
                return Long.parseLong(text);
            }
        } catch (NumberFormatException _) {
            // falls through to the one error for everything that is no time
        }
        throw unwanted(members, "expires_at_ms", "milliseconds since 1970");
    }
}
