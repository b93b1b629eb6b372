package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// One shard as it should be: its log, and the map that applying the log gives.
final class ShardTwin {
    private final ShardId shard;
    private final List<Entry> log = new ArrayList<>();
    private final NavigableMap<Bytes, Value> values = new TreeMap<>();

    /// One operation of a log entry; one without a value removes the key.
    ///
    /// @param value null: remove
    record Op(int space, Bytes key, Bytes value, long expiresAtMillis) {
        Bytes place() {
            byte[] place = new byte[1 + key.length()];
            place[0] = (byte) space;
            key.copyTo(place, 1);
            return Bytes.wrap(place);
        }
    }

    /// One entry of the log: all or nothing of it is ever visible.
    record Entry(Version at, long logTimeMillis, List<Op> ops) {}

    /// What a key holds.
    record Value(Bytes bytes, Version at, long expiresAtMillis) {
        boolean isLiveAt(long logTimeMillis) {
            return expiresAtMillis == 0 || expiresAtMillis > logTimeMillis;
        }
    }

    ShardTwin(ShardId shard) {
        this.shard = shard;
    }

    /// {@return the same shard in another life: what was seen of the former one is gone}
    ShardTwin reborn() {
        var copy = new ShardTwin(shard);
        copy.log.addAll(log);
        copy.values.putAll(values);
        return copy;
    }

    ShardId shard() {
        return shard;
    }

    /// Appends an entry after the last one, and applies it.
    Entry append(long term, long logTimeMillis, List<Op> ops) {
        var entry = new Entry(new Version(term, log.size() + 1L), logTimeMillis, ops);
        log.add(entry);
        apply(entry, values);
        return entry;
    }

    List<Entry> log() {
        return log;
    }

    long lastIndex() {
        return log.size();
    }

    AppliedAt place() {
        return placeAt(log.size());
    }

    AppliedAt placeAt(long index) {
        if (index == 0) {
            return AppliedAt.NOTHING;
        }
        Entry last = log.get((int) index - 1);
        return new AppliedAt(last.at(), last.logTimeMillis());
    }

    /// {@return what all keys hold, expired ones included; the first byte of a key is its space}
    NavigableMap<Bytes, Value> values() {
        return values;
    }

    /// {@return what all keys held when the log ended with `index`}
    NavigableMap<Bytes, Value> valuesAt(long index) {
        if (index == log.size()) {
            return new TreeMap<>(values);
        }
        NavigableMap<Bytes, Value> map = new TreeMap<>();
        log.subList(0, (int) index).forEach(entry -> apply(entry, map));
        return map;
    }

    private static void apply(Entry entry, NavigableMap<Bytes, Value> map) {
        for (Op op : entry.ops()) {
            if (op.value() == null) {
                map.remove(op.place());
            } else {
                map.put(op.place(), new Value(op.value(), entry.at(), op.expiresAtMillis()));
            }
        }
    }
}
