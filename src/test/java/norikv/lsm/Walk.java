package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// An open cursor beside the items it must give, whatever happens beside it.
final class Walk implements AutoCloseable {
    private final RangeCursor cursor;
    private final List<Expected> expected;
    private final boolean backward;

    /// Where the cursor must be among the expected; −1 or their number: on no item.
    private int at;

    private int moves;
    private int seen;

    private record Expected(Bytes key, ShardId shard, ShardTwin.Value value, long logTime) {}

    /// @param opener gives a cursor on the first item, or on the last if the plan goes backward
    /// @param at up to which index each shard is seen
    Walk(
            Function<RangePlan, RangeCursor> opener, RangePlan plan, Map<ShardTwin, Long> at) {
        this.expected = expected(plan, at);
        this.cursor = opener.apply(plan);
        this.backward = plan.backward();
        this.at = backward ? expected.size() - 1 : 0;
    }

    /// A scan of all that one shard has in a space.
    static Walk ofShard(Lsm lsm, ShardTwin twin, int space, long index) {
        var plan = new RangePlan(space, twin.shard()::equals, Bytes.EMPTY, Bytes.EMPTY, false);
        return new Walk(lsm::scan, plan, Map.of(twin, index));
    }

    private static List<Expected> expected(RangePlan plan, Map<ShardTwin, Long> at) {
        List<Expected> items = new ArrayList<>();
        at.forEach((twin, index) -> expect(twin, index, plan, items));
        items.sort(Comparator.comparing(Expected::key));
        return items;
    }

    private static void expect(
            ShardTwin twin, long index, RangePlan plan, List<Expected> items) {
        long logTime = twin.placeAt(index).logTimeMillis();
        twin.valuesAt(index)
                .forEach(
                        (place, value) -> {
                            Bytes key = place.slice(1, place.length());
                            boolean inRange =
                                    key.compareTo(plan.from()) >= 0
                                            && (plan.to().isEmpty()
                                                    || key.compareTo(plan.to()) < 0);
                            if (place.byteAt(0) == plan.space()
                                    && inRange
                                    && value.isLiveAt(logTime)) {
                                items.add(new Expected(key, twin.shard(), value, logTime));
                            }
                        });
    }

    /// Moves over the next items in the direction of the plan, `itemsMax` at most.
    ///
    /// @return what was seen so far, in short
    String look(int itemsMax) {
        return move(itemsMax, backward);
    }

    /// Moves over the next items in one direction, `itemsMax` at most, and compares each.
    String move(int itemsMax, boolean towardsFirst) {
        for (int i = 0; i < itemsMax && compare(); i++) {
            if (towardsFirst) {
                at--;
                cursor.prev();
            } else {
                at++;
                cursor.next();
            }
        }
        compare();
        return said();
    }

    /// Goes to the first item from `key` on, or to the last up to it.
    String seek(Bytes key, boolean upTo) {
        at = upTo ? expected.size() - 1 : 0;
        while (isOnItem() && (upTo ? 1 : -1) * expected.get(at).key().compareTo(key) > 0) {
            at += upTo ? -1 : 1;
        }
        if (upTo) {
            cursor.seekForPrev(key);
        } else {
            cursor.seek(key);
        }
        compare();
        return said();
    }

    /// Goes to the first item, or to the last.
    String end(boolean last) {
        at = last ? expected.size() - 1 : 0;
        if (last) {
            cursor.seekToLast();
        } else {
            cursor.seekToFirst();
        }
        compare();
        return said();
    }

    /// Compares all that is left.
    String toEnd() {
        return look(Integer.MAX_VALUE);
    }

    private String said() {
        return "%d moves %08x%s".formatted(moves, seen, cursor.isValid() ? "…" : "");
    }

    private boolean isOnItem() {
        return at >= 0 && at < expected.size();
    }

    /// {@return whether there is an item here}
    private boolean compare() {
        moves++;
        assertEquals(isOnItem(), cursor.isValid(), () -> "item %d of %d".formatted(at, moves));
        if (!isOnItem()) {
            seen = seen * 31 + 1;
            return false;
        }
        Expected item = expected.get(at);
        assertEquals(item.key(), cursor.key());
        assertEquals(item.shard(), cursor.shard());
        assertEquals(item.value().at(), cursor.version());
        assertEquals(item.value().expiresAtMillis(), cursor.expiresAtMillis());
        assertEquals(item.logTime(), cursor.appliedLogTimeMillis());
        byte[] value = new byte[cursor.valueLength()];
        cursor.copyValue(value, 0);
        assertEquals(item.value().bytes(), Bytes.wrap(value));
        seen = seen * 31 + cursor.key().hashCode();
        seen = seen * 31 + cursor.version().hashCode();
        seen = seen * 31 + Bytes.wrap(value).hashCode();
        return true;
    }

    @Override
    public void close() {
        cursor.close();
    }
}
