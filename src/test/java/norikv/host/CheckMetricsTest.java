package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import norikv.domain.NodeId;
import norikv.domain.Placement;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.observe.Exposition;
import norikv.observe.Registry;
import norikv.port.ShardStore.Digest;
import norikv.port.Storage;
import org.junit.jupiter.api.Test;

/// What people hear of comparisons.
final class CheckMetricsTest {
    private static final Digest RIGHT = new Digest(7, 0xaL);
    private static final Digest WRONG = new Digest(6, 0xbL);
    private static final Placement PLACEMENT =
            new Placement(List.of(new NodeId("n1"), new NodeId("n2"), new NodeId("n3")), 8, 3);

    private final Registry registry = new Registry();
    private final List<Event> events = new ArrayList<>();
    private final Replica replica = new HostRig(1).replica();
    private final CheckMetrics metrics =
            new CheckMetrics(registry, events::add, PLACEMENT, List.of(replica));

    @Test
    void eachOutcomeIsCountedAndToldWithWhoHoldsWhat() {
        compared(Map.of(1L, RIGHT, 2L, RIGHT));
        compared(Map.of(1L, WRONG, 2L, RIGHT, 3L, RIGHT));
        compared(Map.of(1L, WRONG, 2L, RIGHT));

        String right = "7:000000000000000a";
        String wrong = "6:000000000000000b";
        assertEquals(
                List.of(
                        new Event.Check.Agreed(0, 9, 2),
                        new Event.Check.Diverged(0, 9, "n1", wrong, right),
                        new Event.Check.Split(0, 9, "n1=" + wrong + " n2=" + right)),
                events);
        for (String outcome : List.of("agreed", "diverged", "split")) {
            String counted = "norikv_raft_checks_total{outcome=\"%s\"} 1".formatted(outcome);
            assertTrue(shown().contains(counted), this::shown);
        }
    }

    @Test
    void theReadmeNamesWhatIsCounted() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        replica.diverged(true);
        assertTrue(shown().contains("norikv_raft_groups_diverged 1"), this::shown);
        for (String name : List.of("norikv_raft_groups_diverged", "norikv_raft_checks_total")) {
            assertTrue(shown().contains(name), name);
            assertTrue(readme.contains("`" + name + "`"), name);
        }
    }

    private String shown() {
        return Exposition.CLASSIC.write(registry.snapshot());
    }

    private void compared(Map<Long, Digest> digests) {
        var place = new Storage.Applied(new Version(2, 9), 70);
        var verify = new HostEntry.Verify(place, digests);
        metrics.compared(replica, verify, Comparison.of(digests, 3));
    }
}
