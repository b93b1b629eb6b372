package norikv.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What the seeded driver promises to the simulations that stand on it.
final class SeededLoopsTest {
    private static final long STEPS = 100_000;

    private final SeededLoops loops = new SeededLoops(1);
    private final List<String> seen = new ArrayList<>();

    @Test
    void theSameSeedMakesTheSameChoices() {
        Set<String> runs = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            runs.add(aBusyRun(42));
        }
        assertEquals(1, runs.size());
        for (long seed = 0; seed < 50; seed++) {
            runs.add(aBusyRun(seed));
        }
        assertTrue(runs.size() > 45, () -> "" + runs.size());
    }

    private static String aBusyRun(long seed) {
        var loops = new SeededLoops(seed);
        var order = new StringBuilder();
        List<Loop> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String name = "" + i;
            all.add(
                    loops.start(
                            name,
                            now -> {
                                order.append(name);
                                return now + 100;
                            }));
        }
        Pool pool = loops.pool("p", 2, 10);
        loops.spawn("s", () -> pool.offer(() -> order.append("p")));
        loops.spawn("t", () -> all.get(0).wake());
        loops.advance(1000);
        return order + " " + loops.trace();
    }

    @Test
    void everyOrderOfReadyLoopsComesUp() {
        Set<String> orders = new TreeSet<>();
        for (long seed = 0; seed < 200; seed++) {
            var seeded = new SeededLoops(seed);
            var order = new StringBuilder();
            for (String name : List.of("a", "b", "c")) {
                seeded.start(name, _ -> log(order, name));
            }
            assertTrue(seeded.runUntilIdle(STEPS));
            orders.add(order.substring(0, 3));
        }

        assertTrue(orders.containsAll(List.of("abc", "acb", "bac", "bca", "cab", "cba")));
    }

    private static long log(StringBuilder order, String name) {
        order.append(name);
        return Step.UNTIL_WOKEN;
    }

    @Test
    void timePassesOnlyWhenNothingCanRunAndThenToTheEarliestDeadline() {
        long start = loops.nowNanos();
        List<Long> times = new ArrayList<>();
        loops.start("slow", now -> note(times, now, start, 700));
        loops.start("fast", now -> note(times, now, start, 300));
        assertTrue(loops.runUntilIdle(STEPS));
        assertEquals(start, loops.nowNanos());

        assertTrue(loops.runUntil(() -> loops.nowNanos() >= start + 1400, STEPS));
        assertEquals(start + 1400, loops.nowNanos());
        Set<Long> distinct = new TreeSet<>(times);
        assertEquals(Set.of(0L, 300L, 600L, 700L, 900L, 1200L), distinct);
    }

    /// Runs at multiples of `every`, and notes when.
    private static long note(List<Long> times, long now, long start, long every) {
        times.add(now - start);
        return start + ((now - start) / every + 1) * every;
    }

    @Test
    void advancingEndsAtTheTimeAskedForWithAllThatIsDueDone() {
        long start = loops.nowNanos();
        loops.start("exact", now -> now >= start + 500 ? log("due") : start + 500);
        loops.advance(499);
        assertEquals(List.of(), seen);
        loops.advance(1);

        assertEquals(List.of("due"), seen);
        assertEquals(start + 500, loops.nowNanos());
    }

    private long log(String what) {
        seen.add(what);
        return Step.UNTIL_WOKEN;
    }

    @Test
    void aWakeUpDuringTheStepRunsItOnceMore() {
        AtomicReference<Loop> loop = new AtomicReference<>();
        loop.set(
                loops.start(
                        "self",
                        _ -> {
                            seen.add("run");
                            if (seen.size() < 3) {
                                loop.get().wake();
                            }
                            return Step.UNTIL_WOKEN;
                        }));

        assertTrue(loops.runUntilIdle(STEPS));
        assertEquals(3, seen.size());
    }

    @Test
    void aStoppedLoopRunsNoMore() {
        Loop loop = loops.start("a", now -> now + 1 + log("run") * 0);
        loops.advance(10);
        int runs = seen.size();
        loop.stop();
        loop.stop();
        loop.wake();
        loops.advance(10);

        assertTrue(runs >= 10);
        assertEquals(runs, seen.size());
    }

    @Test
    void aLoopMayRunBeforeItIsDue() {
        int early = 0;
        for (long seed = 0; seed < 100; seed++) {
            var seeded = new SeededLoops(seed);
            List<Long> runs = new ArrayList<>();
            seeded.start("idle", now -> now + 1_000_000 + (runs.add(now) ? 0 : 1));
            seeded.start("busy", now -> now + 1);
            seeded.advance(50);
            early += runs.size() - 1;
        }

        assertTrue(early > 20, "" + early);
    }

    @Test
    void aWaiterLetsOthersRunUntilItsSignalIsRaised() {
        Signal signal = loops.signal();
        ArrayDeque<Signal> requests = new ArrayDeque<>();
        Loop server =
                loops.start(
                        "server",
                        _ -> {
                            while (!requests.isEmpty()) {
                                requests.remove().raise();
                            }
                            return Step.UNTIL_WOKEN;
                        });
        loops.runUntilIdle(STEPS);
        requests.add(signal);
        server.wake();

        assertFalse(signal.isRaised());
        assertTrue(signal.await(Step.UNTIL_WOKEN));
        assertTrue(signal.isRaised());
    }

    @Test
    void aWaitEndsAtItsDeadline() {
        long deadline = loops.nowNanos() + 12_345;

        assertFalse(loops.signal().await(deadline));
        assertEquals(deadline, loops.nowNanos());
        assertFalse(loops.signal().await(deadline - 1));
        assertEquals(deadline, loops.nowNanos());
    }

    @Test
    void aWaitThatNothingCanEndSaysSo() {
        var thrown =
                assertThrows(
                        AssertionError.class, () -> loops.signal().await(Step.UNTIL_WOKEN));

        assertTrue(thrown.getMessage().contains("nothing can end this wait"));
    }

    @Test
    void manyWaitersAreNestedWithinTheBound() {
        Signal signal = loops.signal();
        int[] deepest = new int[2];
        for (int i = 0; i < 300; i++) {
            loops.spawn(
                    "waiter",
                    () -> {
                        deepest[0] = Math.max(deepest[0], ++deepest[1]);
                        signal.await(Step.UNTIL_WOKEN);
                        deepest[1]--;
                        seen.add("done");
                    });
        }
        long raiseAt = loops.nowNanos() + 100;
        loops.start("raiser", now -> now >= raiseAt ? raise(signal) : raiseAt);

        assertTrue(loops.runUntil(() -> seen.size() == 300, STEPS));
        assertEquals(SeededLoops.NESTED_MAX, deepest[0]);
    }

    private static long raise(Signal signal) {
        signal.raise();
        return Step.UNTIL_WOKEN;
    }

    @Test
    void aPoolKeepsItsBoundAndRunsEachTaskOnce() {
        Pool pool = loops.pool("io", 2, 3);
        for (int i = 0; i < 4; i++) {
            String task = "" + i;
            assertEquals(i < 3, pool.offer(() -> seen.add(task)));
        }
        loops.runUntilIdle(STEPS);
        assertEquals(Set.of("0", "1", "2"), new TreeSet<>(seen));
        assertEquals(3, seen.size());

        pool.offer(() -> seen.add("last"));
        pool.stop();
        assertEquals("last", seen.getLast());
        assertFalse(pool.offer(() -> seen.add("never")));
    }

    @Test
    void onePoolThreadKeepsTheOrderAndTwoDoNot() {
        Map<Integer, Set<String>> orders = new HashMap<>();
        for (int threads = 1; threads <= 2; threads++) {
            for (long seed = 0; seed < 50; seed++) {
                var seeded = new SeededLoops(seed);
                var order = new StringBuilder();
                Pool pool = seeded.pool("io", threads, 10);
                for (String task : List.of("a", "b", "c")) {
                    pool.offer(() -> order.append(task));
                }
                seeded.runUntilIdle(STEPS);
                orders.computeIfAbsent(threads, _ -> new TreeSet<>()).add(order.toString());
            }
        }

        assertEquals(Set.of("abc"), orders.get(1));
        assertEquals(Set.of("abc", "acb", "bac", "bca"), orders.get(2));
    }

    @Test
    void whatIsThrownGoesToTheFaultHandlerOfItsNode() {
        var error = new AssertionError("index 3 > 2");
        SeededNode node = loops.node("n2", (where, cause) -> seen.add(where + " " + cause));
        node.start(
                "wal",
                _ -> {
                    throw error;
                });
        node.spawn("conn", () -> fail("x"));
        node.pool("io", 1, 1).offer(() -> fail("y"));
        loops.advance(1000);

        assertEquals(
                Set.of(
                        "wal: step " + error,
                        "conn: task java.lang.IllegalStateException: x",
                        "io: task java.lang.IllegalStateException: y"),
                new TreeSet<>(seen));
        assertEquals(3, seen.size());
    }

    private static void fail(String why) {
        throw new IllegalStateException(why);
    }

    @Test
    void withoutAHandlerAFaultFailsTheTest() {
        loops.spawn("conn", () -> fail("x"));

        var thrown = assertThrows(AssertionError.class, () -> loops.runUntilIdle(STEPS));
        assertTrue(thrown.getMessage().contains("conn: task"));
        assertEquals("x", thrown.getCause().getMessage());
    }

    @Test
    void nothingOfAKilledNodeRunsAnyMore() {
        SeededNode node = loops.node("n2", (where, _) -> seen.add("heard " + where));
        Signal never = node.signal();
        Pool pool = node.pool("io", 1, 1);
        node.start("loop", now -> now + 10);
        node.spawn(
                "waiter",
                () -> {
                    never.await(Step.UNTIL_WOKEN);
                    seen.add("went on");
                });
        long killAt = loops.nowNanos() + 50;
        loops.start("killer", now -> now >= killAt ? kill(node) : killAt);
        loops.advance(100);
        node.spawn("late", () -> seen.add("late"));
        assertFalse(pool.offer(() -> seen.add("offered")));
        node.start("later", _ -> log("later"));
        loops.advance(100);

        assertFalse(node.isAlive());
        assertEquals(List.of(), seen);
        assertThrows(SeededNode.Killed.class, () -> never.await(Step.UNTIL_WOKEN));
    }

    @Test
    void aKilledNodeThrowsItsWaitersOutAndTheOthersGoOn() {
        SeededNode node = loops.node("n2", (where, _) -> seen.add("heard " + where));
        long killAt = loops.nowNanos() + 50;
        loops.start("killer", now -> now >= killAt ? kill(node) : killAt);
        node.start("ticks", now -> now + 7);

        assertThrows(
                SeededNode.Killed.class, () -> node.signal().await(loops.nowNanos() + 1000));
        assertEquals(killAt, loops.nowNanos());
        assertEquals(List.of(), seen);
        assertFalse(loops.signal().await(killAt + 10));
    }

    private static long kill(SeededNode node) {
        node.kill();
        return Step.UNTIL_WOKEN;
    }

    @Test
    void theWallClockJumpsAndDriftsAndTheOtherNeverDoes() {
        SeededNode node = loops.node("n2", (_, _) -> {});
        Clock wall = node.clock();
        assertEquals(SeededLoops.WALL_MILLIS_AT_START, wall.wallMillis());
        long start = wall.nanoTime();
        node.jumpWallMillis(-5000);
        loops.advance(2_000_000_000L);
        assertEquals(SeededLoops.WALL_MILLIS_AT_START - 3000, wall.wallMillis());

        node.driftWall(500_000);
        loops.advance(2_000_000_000L);
        assertEquals(SeededLoops.WALL_MILLIS_AT_START, wall.wallMillis());
        assertEquals(SeededLoops.WALL_MILLIS_AT_START + 4000, loops.clock().wallMillis());
        assertEquals(start + 4_000_000_000L, wall.nanoTime());
        loops.jumpWallMillis(1);
        assertEquals(SeededLoops.WALL_MILLIS_AT_START + 4001, loops.clock().wallMillis());
    }

    @Test
    void aLoopThatAlwaysHasWorkIsBoundedByStepsUnlessTheyTakeTime() {
        loops.start("spins", now -> now);
        long start = loops.nowNanos();
        assertFalse(loops.runUntil(() -> loops.nowNanos() > start, 1000));
        assertEquals(1000, loops.steps());

        loops.stepsTake(100);
        assertTrue(loops.runUntil(() -> loops.nowNanos() > start + 5000, 1000));
        loops.advance(1000);
    }

    @Test
    void aSlowCallMovesTheClockAlone() {
        long start = loops.nowNanos();
        loops.start("a", now -> now >= start + 10 ? log("due") : start + 10);
        loops.runUntilIdle(STEPS);
        loops.pass(300);
        assertEquals(List.of(), seen);
        loops.advance(0);

        assertEquals(List.of("due"), seen);
    }

    @Test
    void anotherThreadIsRefused() throws Exception {
        var thrown = new AtomicReference<Throwable>();
        Loop loop = loops.start("a", _ -> Step.UNTIL_WOKEN);
        Thread other =
                Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, cause) -> thrown.set(cause))
                        .start(loop::wake);
        other.join();

        assertTrue(thrown.get() instanceof IllegalStateException, () -> "" + thrown.get());
    }

    @Test
    void theTraceTellsRunsApartAndTheDescriptionNamesWhatRan() {
        loops.start("wal", _ -> Step.UNTIL_WOKEN);
        long before = loops.trace();
        loops.runUntilIdle(STEPS);

        assertNotEquals(before, loops.trace());
        assertTrue(loops.describe().contains("node/wal"), loops::describe);
    }
}
