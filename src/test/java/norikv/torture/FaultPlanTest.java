package norikv.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// A plan is the seed's alone, has every kind of fault, and never more at once than it says.
final class FaultPlanTest {
    private static final List<Fault.Kind> ALL = List.of(Fault.Kind.values());
    private static final long MINUTES = 10 * 60_000;

    @Test
    void theSameSeedIsTheSamePlan() {
        assertEquals(FaultPlan.draw(7, 3, MINUTES, ALL), FaultPlan.draw(7, 3, MINUTES, ALL));
        assertNotEquals(FaultPlan.draw(7, 3, MINUTES, ALL), FaultPlan.draw(8, 3, MINUTES, ALL));
    }

    @Test
    void everyKindBefallsEveryNode() {
        List<Fault> plan = FaultPlan.draw(7, 3, 10 * MINUTES, ALL);
        for (Fault.Kind kind : ALL) {
            Set<Integer> nodes = new java.util.TreeSet<>();
            plan.stream().filter(f -> f.kind() == kind).forEach(f -> nodes.add(f.node()));
            boolean isOfAll = kind == Fault.Kind.KILL_ALL || kind == Fault.Kind.RESTART;
            assertEquals(isOfAll ? Set.of(Fault.ALL) : Set.of(0, 1, 2), nodes, kind.word());
        }
    }

    @Test
    void atMostOneFaultOfNodesAndOneOfLinksComeTogether() {
        List<Fault> plan = FaultPlan.draw(7, 5, MINUTES, ALL);
        int pairs = 0;
        for (Fault fault : plan) {
            List<Fault> together =
                    plan.stream()
                            .filter(other -> other != fault)
                            .filter(other -> other.atMillis() <= fault.endMillis())
                            .filter(other -> other.endMillis() >= fault.atMillis())
                            .toList();
            assertTrue(together.size() <= 1, () -> fault + " with " + together);
            for (Fault other : together) {
                assertNotEquals(fault.kind().isOfLinks(), other.kind().isOfLinks());
                pairs++;
            }
        }
        assertTrue(pairs > 0);
    }

    @Test
    void aRunBeginsAndEndsInPeace() {
        for (long seed = 0; seed < 50; seed++) {
            for (Fault fault : FaultPlan.draw(seed, 3, 60_000, ALL)) {
                assertTrue(fault.atMillis() >= 2_000, fault::toString);
                assertTrue(fault.endMillis() <= 58_000, fault::toString);
            }
        }
        assertEquals(List.of(), FaultPlan.draw(1, 3, 3_000, ALL));
        assertEquals(List.of(), FaultPlan.draw(1, 3, 60_000, List.of()));
    }

    @Test
    void onlyWhatWasAskedForBefalls() {
        var asked = EnumSet.of(Fault.Kind.PAUSE, Fault.Kind.SLOW);
        FaultPlan.draw(3, 3, MINUTES, List.copyOf(asked))
                .forEach(fault -> assertTrue(asked.contains(fault.kind()), fault::toString));
        assertThrows(NoriException.Malformed.class, () -> Fault.Kind.named("fire"));
        for (Fault.Kind kind : ALL) {
            assertEquals(kind, Fault.Kind.named(kind.word()));
        }
    }
}
