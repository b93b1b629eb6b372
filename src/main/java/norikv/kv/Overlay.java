package norikv.kv;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import norikv.port.Storage.Lookup;

/// What the earlier entries of a pass have done to the shard at hand and storage does not show yet.
///
/// **Threads.** Confined to the pass. **Limits.** No more keys than the shard has entries in a
/// pass.
final class Overlay {
    private static final Lookup ABSENT = new Lookup.Absent();

    private final Map<Bytes, Lookup> byKey = new HashMap<>();
    private boolean needed;

    /// The next shard has `entries` entries in this pass: the only one of a shard sees no other.
    void begin(int entries) {
        byKey.clear();
        needed = entries > 1;
    }

    void put(Bytes key, Version at, long expiresAtMillis, long logTimeMillis) {
        if (needed) {
            byKey.put(key, new Lookup.Hit(Bytes.EMPTY, at, expiresAtMillis, logTimeMillis));
        }
    }

    void delete(Bytes key) {
        if (needed) {
            byKey.put(key, ABSENT);
        }
    }

    /// {@return what the pass made of `key`, without its value; empty where it left it alone}
    Optional<Lookup> find(Bytes key) {
        return needed ? Optional.ofNullable(byKey.get(key)) : Optional.empty();
    }
}
