package norikv.kv;

import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;

/// What applying means, said as plainly as it can be: one write after the other on a sorted map.
final class ApplierTwin {
    final Map<Bytes, Item> items = new TreeMap<>();

    Reply apply(Request.Single write, Version at, long logTimeMillis) {
        Version live = liveVersion(write.key(), logTimeMillis);
        return switch (write) {
            case Request.Put put when !holds(put.condition(), live) -> new Reply.Mismatch(live);
            case Request.Put(Bytes key, Bytes value, long ttlMillis, _) -> {
                long expires = ttlMillis == 0 ? Item.NEVER : logTimeMillis + ttlMillis;
                items.put(key, new Item(key, value, at, expires));
                yield new Reply.Written(at);
            }
            case Request.Delete delete when !holds(delete.condition(), live) ->
                    new Reply.Mismatch(live);
            case Request.Delete delete -> {
                items.remove(delete.key());
                yield new Reply.Deleted(!live.equals(Version.NONE), at);
            }
            case Request.Get _ -> throw new AssertionError(write);
        };
    }

    Reply read(Bytes key, long logTimeMillis) {
        if (liveVersion(key, logTimeMillis).equals(Version.NONE)) {
            return new Reply.Missing();
        }
        Item item = items.get(key);
        return new Reply.Found(item.value(), item.version(), item.expiresAtMillis());
    }

    private Version liveVersion(Bytes key, long logTimeMillis) {
        Item item = items.get(key);
        boolean isLive =
                item != null
                        && (item.expiresAtMillis() == Item.NEVER
                                || item.expiresAtMillis() > logTimeMillis);
        return isLive ? item.version() : Version.NONE;
    }

    private static boolean holds(Precondition condition, Version live) {
        return switch (condition) {
            case Precondition.None _ -> true;
            case Precondition.IfAbsent _ -> live.equals(Version.NONE);
            case Precondition.IfVersion(Version required) ->
                    live.index() > 0 && live.compareTo(required) == 0;
        };
    }
}
