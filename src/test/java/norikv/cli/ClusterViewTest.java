package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.Reply;
import org.junit.jupiter.api.Test;

/// What several nodes say of one cluster.
final class ClusterViewTest {
    private static final List<Integer> HOLDERS = List.of(1, 2, 3);

    @Test
    void theNewestTermCounts() {
        var unknown = new Reply.Seat(0, 0, HOLDERS);
        var old = new Reply.Seat(1, 4, HOLDERS);
        var newer = new Reply.Seat(2, 5, HOLDERS);
        List<Reply.Seat> seats = new ArrayList<>(List.of(old, newer, unknown));
        ClusterView.merge(seats, List.of(newer, old, old));

        assertEquals(List.of(newer, newer, old), seats);
    }
}
