package norikv.adapter.lsm;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.Request;
import norikv.domain.Room;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.lsm.AppliedAt;
import norikv.lsm.GetResult;
import norikv.lsm.Lsm;
import norikv.lsm.RangeCursor;
import norikv.lsm.RangePlan;
import norikv.lsm.WriteBatch;
import norikv.port.Storage;

/// Serves [Storage] from an [Lsm]: words are translated, nothing is decided.
///
/// **Threads.** Any. **Limits.** A page looks at [#STEPS_MAX] entries of each band, tombstones and
/// foreign shards included, and then says where to go on, even if it found nothing.
public final class LsmStorage implements Storage {
    /// How many entries of each band a page looks at.
    public static final int STEPS_MAX = 20_000;

    private final Lsm lsm;
    private final int stepsMax;

    public LsmStorage(Lsm lsm) {
        this(lsm, STEPS_MAX);
    }

    /// @param stepsMax instead of [#STEPS_MAX]
    LsmStorage(Lsm lsm, int stepsMax) {
        this.lsm = lsm;
        this.stepsMax = stepsMax;
    }

    @Override
    public Applied applied(ShardId shard) {
        AppliedAt place = lsm.applied(shard);
        return new Applied(place.at(), place.logTimeMillis());
    }

    @Override
    public Lookup get(ShardId shard, Space space, Bytes key, Reach reach) {
        GetResult result = GetResult.givingValuesAway();
        lsm.get(shard, numberOf(space), key, reachOf(reach), result);
        return switch (result.outcome()) {
            case FOUND ->
                    new Lookup.Hit(
                            Bytes.wrap(result.value(), 0, result.valueLength()),
                            new Version(result.term(), result.index()),
                            result.expiresAtMillis(),
                            result.appliedLogTimeMillis());
            case ABSENT -> new Lookup.Absent();
            case COLD -> new Lookup.Cold();
        };
    }

    /// {@return the number of a space in keys} Never another one: `wire/shards.md` names them.
    private static int numberOf(Space space) {
        return switch (space) {
            case USER -> Lsm.USER_SPACE;
            case SESSIONS -> 1;
            case IDEMPOTENCY -> 2;
            case GROUP -> 3;
        };
    }

    private static norikv.lsm.Reach reachOf(Reach reach) {
        return switch (reach) {
            case MEMORY -> norikv.lsm.Reach.MEMORY;
            case DISK -> norikv.lsm.Reach.DISK;
        };
    }

    @Override
    public ScanPage scan(ScanPlan plan) {
        var range =
                new RangePlan(
                        Lsm.USER_SPACE,
                        plan.shards(),
                        plan.from(),
                        plan.to(),
                        plan.reverse(),
                        stepsMax);
        try (RangeCursor cursor = lsm.scan(range)) {
            return new Page(plan, cursor).read();
        }
    }

    /// One page while it is filled.
    private static final class Page {
        private static final int ITEM_OVERHEAD = Limits.ANSWER_OVERHEAD_BYTES_MAX;

        private final ScanPlan plan;
        private final RangeCursor cursor;
        private final List<Item> items = new ArrayList<>();
        private long count;
        private long bytes;
        private Overdue overdue = new Overdue.None();

        Page(ScanPlan plan, RangeCursor cursor) {
            this.plan = plan;
            this.cursor = cursor;
        }

        ScanPage read() {
            while (cursor.isValid() && hasRoom()) {
                add();
                if (plan.reverse()) {
                    cursor.prev();
                } else {
                    cursor.next();
                }
            }
            return new ScanPage(items, count, position(), overdue);
        }

        /// A page takes at least one item, however long that is.
        private boolean hasRoom() {
            return count == 0
                    || count < plan.itemsMax()
                            && bytes + itemBytes() <= plan.bytesMax();
        }

        private long itemBytes() {
            return switch (plan.projection()) {
                case ITEMS -> ITEM_OVERHEAD + cursor.keyLength() + cursor.valueLength();
                case KEYS -> ITEM_OVERHEAD + cursor.keyLength();
                case COUNT -> 0;
            };
        }

        private void add() {
            bytes += itemBytes();
            count++;
            noteOverdue();
            switch (plan.projection()) {
                case ITEMS -> {
                    byte[] value = new byte[cursor.valueLength()];
                    cursor.copyValue(value, 0);
                    items.add(item(Bytes.wrap(value)));
                }
                case KEYS -> items.add(item(Bytes.EMPTY));
                case COUNT -> {}
            }
        }

        private Item item(Bytes value) {
            return new Item(cursor.key(), value, cursor.version(), cursor.expiresAtMillis());
        }

        private void noteOverdue() {
            long expiry = cursor.expiresAtMillis();
            if (expiry != Item.NEVER
                    && overdue instanceof Overdue.None
                    && expiry <= plan.leaderTime().applyAsLong(cursor.shard())) {
                overdue = new Overdue.Shard(cursor.shard());
            }
        }

        private Position position() {
            if (!cursor.isValid() && !cursor.isPaused()) {
                return new Position.End();
            }
            return new Position.At(plan.reverse() ? cursor.key().successor() : cursor.key());
        }
    }

    @Override
    public Storage.Batch newBatch() {
        return new PassBatch();
    }

    @Override
    public void write(Storage.Batch batch) {
        switch (batch) {
            case PassBatch b -> lsm.write(b.writes);
            default -> throw new IllegalArgumentException("a batch of another storage");
        }
    }

    @Override
    public double pressure() {
        return lsm.pressure();
    }

    @Override
    public double writePressure() {
        return lsm.writePressure();
    }

    @Override
    public Room room() {
        return lsm.room();
    }

    /// A batch of ours.
    private static final class PassBatch implements Storage.Batch {
        private final WriteBatch writes = new WriteBatch();

        @Override
        public void put(
                ShardId shard,
                Space space,
                Version at,
                Bytes key,
                Bytes value,
                long expiresAtMillis) {
            writes.put(shard, numberOf(space), at, key, value, expiresAtMillis);
        }

        @Override
        public void delete(ShardId shard, Version at, Bytes key) {
            writes.delete(shard, Lsm.USER_SPACE, at, key);
        }

        @Override
        public void applied(ShardId shard, Applied applied) {
            writes.applied(shard, applied.at(), applied.logTimeMillis());
        }
    }
}
