package norikv.client;

import java.util.concurrent.atomic.AtomicIntegerArray;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Request;
import norikv.domain.Sharding;

/// Which node was last seen to lead each shard: a guess that costs one more try when it is wrong.
///
/// **Threads.** Any.
final class Routes {
    private static final int UNKNOWN = -1;

    /// A guess by shard, plus one; null until the number of shards is known.
    private volatile AtomicIntegerArray guesses;

    private volatile Sharding sharding = new Sharding(1);

    /// The cluster has told how keys are spread.
    void known(Sharding newSharding) {
        if (guesses == null || !newSharding.equals(sharding)) {
            sharding = newSharding;
            guesses = new AtomicIntegerArray(newSharding.totalShards());
        }
    }

    /// {@return the node to send `call` to, −1 if any will do or none is known}
    int of(Call call) {
        boolean isNearest = call.attempt == 1 && isStale(call.request);
        Bytes key = isNearest ? Bytes.EMPTY : keyOf(call);
        return key.isEmpty() ? UNKNOWN : of(key);
    }

    /// `node` answered `call`: it leads the shard, unless the read was stale.
    void served(Call call, int node) {
        if (!isStale(call.request)) {
            set(call, node);
        }
    }

    private static boolean isStale(Request request) {
        return request instanceof Request.Get get && get.consistency() == Consistency.STALE;
    }

    /// {@return the node to ask for `key`, −1 if none is known}
    int of(Bytes key) {
        AtomicIntegerArray known = guesses;
        if (known == null) {
            return UNKNOWN;
        }
        return of(sharding.shardOf(key).number());
    }

    /// {@return the node to ask for `shard`, −1 if none is known}
    int of(int shard) {
        AtomicIntegerArray known = guesses;
        return known != null && shard < known.length() ? known.get(shard) - 1 : UNKNOWN;
    }

    void set(Call call, int node) {
        Bytes key = keyOf(call);
        if (!key.isEmpty()) {
            set(key, node);
        }
    }

    void set(Bytes key, int node) {
        AtomicIntegerArray known = guesses;
        if (known == null) {
            return;
        }
        set(sharding.shardOf(key).number(), node);
    }

    /// @param node −1: none is known
    void set(int shard, int node) {
        AtomicIntegerArray known = guesses;
        if (known != null && shard < known.length() && known.get(shard) != node + 1) {
            known.set(shard, node + 1);
        }
    }

    /// {@return the key whose shard decides where `call` goes; empty if nothing does}
    private static Bytes keyOf(Call call) {
        return switch (call.request) {
            case null -> Bytes.EMPTY;
            case Request.Get get ->
                    isStale(get) && get.bounds().isNone() ? Bytes.EMPTY : get.key();
            case Request.Single single -> single.key();
            case Request.Batch(var operations) ->
                    operations.isEmpty() ? Bytes.EMPTY : operations.getFirst().key();
            case Request.Scan _, Request.ScanPart _, Request.Admin _ -> Bytes.EMPTY;
        };
    }
}
