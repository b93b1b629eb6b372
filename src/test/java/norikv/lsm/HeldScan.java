package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// An open scan, and the items it must give whatever happens beside it.
final class HeldScan {
    private final RangeCursor cursor;
    private final List<Expected> expected;
    private int at;

    private record Expected(Bytes key, ShardId shard, ShardTwin.Value value, long logTime) {}

    /// A scan of random bounds, shards and direction over the twins as they are now.
    HeldScan(SplittableRandom random, Lsm lsm, Map<ShardId, ShardTwin> twins) {
        Set<ShardId> shards = new HashSet<>();
        boolean all = random.nextBoolean();
        for (ShardId shard : twins.keySet()) {
            if (all || random.nextBoolean()) {
                shards.add(shard);
            }
        }
        Bytes one = bound(random);
        Bytes other = bound(random);
        boolean swap = !other.isEmpty() && one.compareTo(other) > 0;
        var plan =
                new RangePlan(
                        random.nextInt(8) == 0 ? 3 : 0,
                        shards::contains,
                        swap ? other : one,
                        swap ? one : other,
                        random.nextBoolean());
        expected = new ArrayList<>();
        for (ShardId shard : shards) {
            expect(twins.get(shard), twins.get(shard).lastIndex(), plan);
        }
        sort(plan);
        cursor = lsm.scan(plan);
    }

    /// A scan of all users' data of one shard, which stands at `index`.
    HeldScan(Lsm lsm, ShardTwin twin, long index) {
        var plan = new RangePlan(0, twin.shard()::equals, Bytes.EMPTY, Bytes.EMPTY, false);
        expected = new ArrayList<>();
        expect(twin, index, plan);
        sort(plan);
        cursor = lsm.scan(plan);
    }

    private static Bytes bound(SplittableRandom random) {
        return switch (random.nextInt(5)) {
            case 0, 1 -> Bytes.EMPTY;
            case 2 -> Bytes.utf8("%02d".formatted(random.nextInt(30)));
            case 3 -> Bytes.utf8("common-prefix-%02d/".formatted(random.nextInt(30)));
            default -> Bytes.utf8("c%02d/%d".formatted(random.nextInt(30), random.nextInt(7)));
        };
    }

    private void expect(ShardTwin twin, long index, RangePlan plan) {
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
                                expected.add(new Expected(key, twin.shard(), value, logTime));
                            }
                        });
    }

    private void sort(RangePlan plan) {
        Comparator<Expected> order = Comparator.comparing(Expected::key);
        expected.sort(plan.backward() ? order.reversed() : order);
    }

    /// Compares the next items, `itemsMax` at most; without a bound also that there are no more.
    void check(int itemsMax) {
        for (int i = 0; i < itemsMax && at < expected.size(); i++) {
            assertTrue(cursor.isValid(), "the scan ends too early");
            assertItem(expected.get(at++));
            cursor.next();
        }
        if (itemsMax == Integer.MAX_VALUE) {
            assertFalse(cursor.isValid(), "the scan does not end");
        }
    }

    void checkAndClose() {
        check(Integer.MAX_VALUE);
        close();
    }

    private void assertItem(Expected item) {
        assertEquals(item.key(), cursor.key());
        assertEquals(item.shard(), cursor.shard());
        assertEquals(item.value().at(), cursor.version());
        assertEquals(item.value().expiresAtMillis(), cursor.expiresAtMillis());
        assertEquals(item.logTime(), cursor.appliedLogTimeMillis());
        byte[] value = new byte[cursor.valueLength()];
        cursor.copyValue(value, 0);
        assertEquals(item.value().bytes(), Bytes.wrap(value));
    }

    void close() {
        cursor.close();
    }
}
