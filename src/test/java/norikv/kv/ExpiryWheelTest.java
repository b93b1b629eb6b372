package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The wheel against a list of everything that was put into it.
final class ExpiryWheelTest {
    private static final long NOW = 1_700_000_000_123L;
    private static final long TICK_MILLIS = 1L << ExpiryWheel.TICK_SHIFT;

    private record Told(int shard, long millis) {}

    @Test
    void aNearExpiryIsToldOnceItsTickIsOver() {
        var wheel = new ExpiryWheel(8, NOW);
        wheel.add(3, NOW + 10_000);
        assertEquals(List.of(), advance(wheel, NOW + 10_000 - TICK_MILLIS));

        List<Told> told = advance(wheel, NOW + 10_000 + TICK_MILLIS);
        assertEquals(1, told.size());
        assertEquals(3, told.getFirst().shard());
        assertTrue(told.getFirst().millis() > NOW + 10_000);
        assertEquals(List.of(), advance(wheel, NOW + 10_000_000));
    }

    @Test
    void whatIsOverAlreadyIsToldNext() {
        var wheel = new ExpiryWheel(8, NOW);
        wheel.add(1, NOW - 5_000_000);

        assertEquals(1, advance(wheel, NOW + TICK_MILLIS).size());
    }

    @Test
    void timeThatGoesBackChangesNothing() {
        var wheel = new ExpiryWheel(8, NOW);
        wheel.add(1, NOW + 5_000);
        advance(wheel, NOW + 4_000);

        assertTrue(wheel.advance(NOW - 50_000, (_, _) -> {}));
        assertEquals(1, advance(wheel, NOW + 6_000).size());
    }

    @Test
    void theLongestTimeToLiveHasItsPlace() {
        var wheel = new ExpiryWheel(8, NOW);
        long expiry = NOW + norikv.domain.Limits.TTL_MILLIS_MAX;
        wheel.add(1, expiry);

        List<Told> told = advance(wheel, expiry + TICK_MILLIS);
        assertTrue(told.stream().anyMatch(t -> t.millis() > expiry));
    }

    @Test
    void oneCallGoesABoundedWay() {
        var wheel = new ExpiryWheel(8, NOW);
        long far = NOW + 8_000 * TICK_MILLIS;
        wheel.add(1, far);
        advance(wheel, NOW + TICK_MILLIS);
        wheel.add(1, far + 8_000 * TICK_MILLIS);
        for (int i = 0; i < 9_000; i++) {
            wheel.add(1, far + i * TICK_MILLIS);
        }

        assertFalse(wheel.advance(far + 60_000 * TICK_MILLIS, (_, _) -> {}));
    }

    @Test
    void anEmptyWheelGoesAnyWayAtOnce() {
        var wheel = new ExpiryWheel(8, NOW);

        assertTrue(wheel.advance(NOW + norikv.domain.Limits.TTL_MILLIS_MAX, (_, _) -> {}));
    }

    /// Nothing is told before its time, and everything within a tick after it, in steps of any
    /// size; what is told needlessly is told of a shard that has an expiry near.
    @Test
    void everythingIsToldInItsTick() {
        Seeds.each(
                100,
                seed -> {
                    var random = new Random(seed);
                    var wheel = new ExpiryWheel(16, NOW);
                    var expected = new TreeMap<Long, Integer>();
                    long now = NOW;
                    for (int step = 0; step < 60; step++) {
                        for (int i = random.nextInt(4); i > 0; i--) {
                            long expiry = now + random.nextLong(1L << 8 + random.nextInt(24));
                            int shard = random.nextInt(16);
                            if (expected.putIfAbsent(expiry, shard) == null) {
                                wheel.add(shard, expiry);
                            }
                        }
                        now += random.nextLong(1L << 6 + random.nextInt(20));
                        List<Told> told = advance(wheel, now);
                        var over = expected.headMap(now - TICK_MILLIS, true);
                        over.forEach((expiry, shard) -> assertToldInTick(told, shard, expiry));
                        over.clear();
                        // The tick that is just over may have told of later ones as well.
                        removeTold(expected, told);
                    }
                });
    }

    private static void assertToldInTick(List<Told> told, int shard, long expiry) {
        assertTrue(
                told.stream()
                        .anyMatch(
                                t ->
                                        t.shard() == shard
                                                && t.millis() > expiry
                                                && t.millis() <= expiry + TICK_MILLIS),
                () -> "shard %d at %d among %s".formatted(shard, expiry, told));
    }

    private static void removeTold(TreeMap<Long, Integer> expected, List<Told> told) {
        expected.entrySet()
                .removeIf(
                        e ->
                                told.stream()
                                        .anyMatch(
                                                t ->
                                                        t.shard() == e.getValue()
                                                                && t.millis() > e.getKey()
                                                                && t.millis() - TICK_MILLIS
                                                                        <= e.getKey()));
    }

    private static List<Told> advance(ExpiryWheel wheel, long millis) {
        var told = new ArrayList<Told>();
        while (!wheel.advance(millis, (shard, at) -> told.add(new Told(shard, at)))) {
            // until it is there
        }
        return told;
    }
}
