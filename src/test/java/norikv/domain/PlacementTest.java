package norikv.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Every node holds as many shards as any other, and should lead as many, but for one.
final class PlacementTest {
    private static final int NODES_MAX = 12;

    @Test
    void shardsAndLeadersAreSpreadButForOne() {
        for (int nodes = 1; nodes <= NODES_MAX; nodes++) {
            for (int replicas = 1; replicas <= Math.min(7, nodes); replicas++) {
                for (int shards : List.of(1, 2, 3, 5, 8, 16, 64, 1000, 1023, 1024)) {
                    check(nodes, shards, replicas);
                }
            }
        }
    }

    @Test
    void theOrderInWhichNodesAreNamedDoesNotMatter() {
        var one = Placement.over(List.of(node(1), node(2), node(3)), 1024, 3);
        var other = Placement.over(List.of(node(3), node(1), node(2)), 1024, 3);
        assertEquals(one, other);
    }

    private static void check(int nodes, int shards, int replicas) {
        List<NodeId> names =
                IntStream.rangeClosed(1, nodes).mapToObj(PlacementTest::node).toList();
        var placement = Placement.over(names, shards, replicas);
        int[] held = new int[nodes + 1];
        int[] led = new int[nodes + 1];
        for (int number = 0; number < shards; number++) {
            var shard = new ShardId(number);
            int[] holders = placement.holders(shard);
            assertEquals(replicas, Arrays.stream(holders).distinct().count());
            led[holders[0]]++;
            for (int holder : holders) {
                held[holder]++;
            }
            for (int node = 1; node <= nodes; node++) {
                int asked = node;
                boolean isIn = Arrays.stream(holders).anyMatch(holder -> holder == asked);
                assertEquals(isIn, placement.holds(node, shard));
            }
        }
        String what = "%d nodes, %d shards, %d replicas".formatted(nodes, shards, replicas);
        assertTrue(spread(held) <= 1, () -> what + ": held " + Arrays.toString(held));
        assertTrue(spread(led) <= 1, () -> what + ": led " + Arrays.toString(led));
    }

    private static int spread(int[] counts) {
        int[] some = Arrays.copyOfRange(counts, 1, counts.length);
        return Arrays.stream(some).max().orElseThrow() - Arrays.stream(some).min().orElseThrow();
    }

    private static NodeId node(int number) {
        return new NodeId("n" + number);
    }
}
