package norikv.kv;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import norikv.port.Storage;
import norikv.port.Storage.Lookup;

/// What the earlier entries of a pass have done to the shard at hand and storage does not show yet.
///
/// **Threads.** Confined to the pass. **Limits.** No more rows than the shard's entries in a pass
/// write.
final class Overlay {
    private static final Lookup ABSENT = new Lookup.Absent();

    private final Map<Row, Lookup> byRow = new HashMap<>();
    private boolean needed;

    /// The next shard has `entries` entries in this pass: the only one of a shard sees no other.
    void begin(int entries) {
        byRow.clear();
        needed = entries > 1;
    }

    /// A user's key got a value, which nobody asks for while the pass lasts.
    void put(Bytes key, Version at, long expiresAtMillis, long logTimeMillis) {
        if (needed) {
            byRow.put(
                    new Row(Storage.Space.USER, key),
                    new Lookup.Hit(Bytes.EMPTY, at, expiresAtMillis, logTimeMillis));
        }
    }

    void delete(Bytes key) {
        if (needed) {
            byRow.put(new Row(Storage.Space.USER, key), ABSENT);
        }
    }

    /// Another row than a user's was written.
    void keep(Row row, Bytes value, Version at, long expiresAtMillis, long logTimeMillis) {
        if (needed) {
            byRow.put(row, new Lookup.Hit(value, at, expiresAtMillis, logTimeMillis));
        }
    }

    /// {@return what the pass made of `row`, a user's key without its value; empty where it left it
    /// alone}
    Optional<Lookup> find(Row row) {
        return needed ? Optional.ofNullable(byRow.get(row)) : Optional.empty();
    }
}
