package norikv.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// What is taken out of a world that fails, where the reason is known.
final class MinimiserTest {
    private static final Seed SEED =
            new Seed(0x8, Profile.SWARM, Limits.NONE, 8_000 * Plan.MILLI);

    @Test
    void whatTheFailureNeedsStaysAndAllElseGoes() {
        Predicate<Seed> fails =
                seed ->
                        seed.limits().allows("crash")
                                && seed.limits().operationsMax() >= 7
                                && seed.plan().nodes >= 2
                                && seed.chaosNanos() >= 1_000 * Plan.MILLI;
        Seed smallest = Minimiser.smallest(SEED, fails);
        assertTrue(fails.test(smallest));
        assertTrue(smallest.chaosNanos() < 1_100 * Plan.MILLI, smallest::toString);
        assertEquals(7, smallest.limits().operationsMax());
        assertEquals(2, smallest.plan().nodes);
        assertEquals(1, smallest.plan().groups);
        assertFalse(smallest.limits().allows("torn"));
        assertTrue(smallest.limits().allows("crash"));
    }

    @Test
    void aWorldThatFailsWhateverHappensIsStillAWorld() {
        Seed smallest = Minimiser.smallest(SEED, _ -> true);
        assertTrue(smallest.chaosNanos() > 0, smallest::toString);
        assertEquals(0, smallest.limits().operationsMax());
        assertEquals(1, smallest.plan().nodes);
    }
}
