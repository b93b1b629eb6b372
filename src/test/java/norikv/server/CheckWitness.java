package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import norikv.observe.Event;

/// Hears what the nodes of a cluster say about comparisons of replicas.
final class CheckWitness {
    /// Comparisons in which all held the same, one each at each node that heard of it.
    int agreed;

    /// Those in which some did not.
    final List<Event.Check> differences = new ArrayList<>();

    /// No replica was ever another than the others.
    void requireAgreement() {
        assertEquals(List.of(), differences);
    }

    /// Notes `event`, and passes it on.
    void heard(Event event, Event.Sink others) {
        switch (event) {
            case Event.Check.Agreed _ -> agreed++;
            case Event.Check difference -> differences.add(difference);
            default -> {}
        }
        others.publish(event);
    }
}
