package norikv.lsm;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// What an engine must hold: the log of each shard, the map that it gives, and what the engine said
/// to be durable. It outlives every crash, as the host's log does.
///
/// **Threads.** Confined to one.
final class Model {
    static final int SHARDS = 7;
    static final int KEYS = 30;
    private static final int ENTRIES_A_TERM = 50;

    final SortedMap<ShardId, ShardTwin> twins = new TreeMap<>();

    /// Up to where the engine said each shard to be in tables.
    final Map<ShardId, AppliedAt> told = new HashMap<>();

    /// Shards whose tablet is being made or dropped: after a crash it may be there or not.
    final Set<ShardId> unsure = new TreeSet<>();

    private long logTime = 1000;
    private long entries;

    /// {@return a key that belongs to `shard` only, as a hash would see to} Some share a prefix,
    /// and each comes before some of another shard.
    static Bytes key(int shard, int number) {
        String stem = number % 3 == 0 ? "" : number % 3 == 1 ? "common-prefix-" : "c";
        return Bytes.utf8("%s%02d/%d".formatted(stem, number, shard));
    }

    /// {@return a bound of a range; below zero the end of all keys}
    static Bytes bound(int number) {
        return switch (number < 0 ? -1 : number % 3) {
            case -1 -> Bytes.EMPTY;
            case 0 -> Bytes.utf8("%02d".formatted(number / 3 % KEYS));
            case 1 -> Bytes.utf8("common-prefix-%02d/".formatted(number / 3 % KEYS));
            default -> key(number % SHARDS, number / 3 % KEYS);
        };
    }

    ShardTwin twin(int shard) {
        return twins.get(new ShardId(shard));
    }

    boolean has(int shard) {
        return twins.containsKey(new ShardId(shard));
    }

    /// {@return the next time of the log}
    long pass(long millis) {
        logTime += millis;
        return logTime;
    }

    long logTime() {
        return logTime;
    }

    /// {@return how many entries were ever written to logs}
    long entries() {
        return entries;
    }

    /// {@return bytes that no other entry has, half of them such that compression gains something}
    Bytes value(int length) {
        byte[] value = new byte[length];
        new SplittableRandom(entries * 31 + length).nextBytes(value);
        if (length % 2 == 0) {
            for (int i = 8; i < length; i++) {
                value[i] = value[i - 8];
            }
        }
        return Bytes.wrap(value);
    }

    /// Appends an entry to the shard's log and to `batch`.
    void append(ShardTwin twin, java.util.List<ShardTwin.Op> ops, WriteBatch batch) {
        ShardTwin.Entry entry = twin.append(1 + twin.lastIndex() / ENTRIES_A_TERM, logTime, ops);
        entries++;
        add(twin.shard(), entry, batch);
        batch.applied(twin.shard(), entry.at(), entry.logTimeMillis());
    }

    static void add(ShardId shard, ShardTwin.Entry entry, WriteBatch batch) {
        for (ShardTwin.Op op : entry.ops()) {
            if (op.value() == null) {
                batch.delete(shard, op.space(), entry.at(), op.key());
            } else {
                batch.put(
                        shard,
                        op.space(),
                        entry.at(),
                        op.key(),
                        op.value(),
                        op.expiresAtMillis());
            }
        }
    }
}
