package norikv.kv;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Storage;

/// Storage in a sorted map, of which the test says what is cold, broken or under pressure.
///
/// **Threads.** One.
final class FakeStorage implements Storage {
    final Set<Bytes> cold = new HashSet<>();
    final Set<Space> coldSpaces = EnumSet.noneOf(Space.class);
    final Set<Bytes> broken = new HashSet<>();
    final Map<Integer, Applied> applied = new HashMap<>();
    double pressure;
    int writes;
    int diskReads;
    Runnable beforeWrite = () -> {};
    final NavigableMap<Bytes, Row> rows = new TreeMap<>();

    /// What is beside the users' data.
    final Map<Place, Row> others = new HashMap<>();

    /// A key that is not a user's.
    record Place(ShardId shard, Space space, Bytes key) {}

    /// The newest version of a key: a value or a tombstone.
    record Row(
            ShardId shard, Version at, Bytes value, boolean isDeleted, long expiresAtMillis) {
        boolean isLiveAt(long millis) {
            return !isDeleted && (expiresAtMillis == Item.NEVER || expiresAtMillis > millis);
        }
    }

    @Override
    public Applied applied(ShardId shard) {
        return applied.getOrDefault(shard.number(), Applied.NOTHING);
    }

    @Override
    public Lookup get(ShardId shard, Space space, Bytes key, Reach reach) {
        if (broken.contains(key)) {
            throw new NoriException.Corruption("table-7@4096: a block that is whole, got another");
        }
        if (reach == Reach.MEMORY && (cold.contains(key) || coldSpaces.contains(space))) {
            return new Lookup.Cold();
        }
        if (reach == Reach.DISK) {
            diskReads++;
        }
        Row row = space == Space.USER ? rows.get(key) : others.get(new Place(shard, space, key));
        return row == null || row.isDeleted
                ? new Lookup.Absent()
                : new Lookup.Hit(
                        row.value, row.at, row.expiresAtMillis, applied(shard).logTimeMillis());
    }

    @Override
    public ScanPage scan(ScanPlan plan) {
        var range =
                plan.to().isEmpty()
                        ? rows.tailMap(plan.from(), true)
                        : rows.subMap(plan.from(), true, plan.to(), false);
        var items = new ArrayList<Item>();
        int bytes = 0;
        Overdue overdue = new Overdue.None();
        Bytes last = Bytes.EMPTY;
        for (var row : (plan.reverse() ? range.descendingMap() : range).entrySet()) {
            Row found = row.getValue();
            if (!plan.shards().test(found.shard)
                    || !found.isLiveAt(applied(found.shard).logTimeMillis())) {
                continue;
            }
            int more =
                    row.getKey().length()
                            + found.value.length()
                            + Limits.ANSWER_OVERHEAD_BYTES_MAX;
            boolean isFull = items.size() == plan.itemsMax() || bytes + more > plan.bytesMax();
            if (isFull && !items.isEmpty()) {
                Bytes next = plan.reverse() ? last : row.getKey();
                return page(plan, items, new Position.At(next), overdue);
            }
            if (!found.isLiveAt(plan.leaderTime().applyAsLong(found.shard))) {
                overdue = new Overdue.Shard(found.shard);
            }
            last = row.getKey();
            bytes += more;
            items.add(new Item(last, found.value, found.at, found.expiresAtMillis));
        }
        return page(plan, items, new Position.End(), overdue);
    }

    private static ScanPage page(
            ScanPlan plan, List<Item> items, Position next, Overdue overdue) {
        boolean isCount = plan.projection() == Request.Projection.COUNT;
        return new ScanPage(isCount ? List.of() : items, items.size(), next, overdue);
    }

    @Override
    public Batch newBatch() {
        return new RowBatch();
    }

    @Override
    public void write(Batch batch) {
        beforeWrite.run();
        writes++;
        var rowBatch = (RowBatch) batch;
        rows.putAll(rowBatch.rows);
        others.putAll(rowBatch.others);
        applied.putAll(rowBatch.applied);
    }

    @Override
    public double pressure() {
        return pressure;
    }

    private static final class RowBatch implements Batch {
        private final Map<Bytes, Row> rows = new TreeMap<>();
        private final Map<Place, Row> others = new HashMap<>();
        private final Map<Integer, Applied> applied = new HashMap<>();

        @Override
        public void put(
                ShardId shard,
                Space space,
                Version at,
                Bytes key,
                Bytes value,
                long expiresAtMillis) {
            var row = new Row(shard, at, value, false, expiresAtMillis);
            if (space == Space.USER) {
                rows.put(key, row);
            } else {
                others.put(new Place(shard, space, key), row);
            }
        }

        @Override
        public void delete(ShardId shard, Version at, Bytes key) {
            rows.put(key, new Row(shard, at, Bytes.EMPTY, true, Item.NEVER));
        }

        @Override
        public void applied(ShardId shard, Applied place) {
            applied.put(shard.number(), place);
        }
    }
}
