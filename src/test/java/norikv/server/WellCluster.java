package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;

/// Simulated clusters of three in which nothing happens but what a test does.
final class WellCluster {
    private static final long SECOND = 1_000_000_000L;
    private static final int LOOKS_MAX = 3_000;

    private WellCluster() {}

    /// {@return a cluster of four shards whose leaders are where they should be}
    static ClusterSim world(long seed) {
        var world = new ClusterSim(seed, ClusterShape.QUIET, 4, 3);
        world.start();
        world.driver.advance(20 * SECOND);
        return world;
    }

    /// {@return the only node that is up and says that it leads `shard`}
    static ClusterSim.Member leader(ClusterSim world, ShardId shard) {
        List<ClusterSim.Member> leaders =
                world.members.stream()
                        .filter(ClusterSim.Member::isUp)
                        .filter(m -> m.stack.leader(shard).equals(Optional.of(m.id)))
                        .toList();
        assertEquals(1, leaders.size(), leaders::toString);
        return leaders.getFirst();
    }

    static List<ClusterSim.Member> others(ClusterSim world, ClusterSim.Member one) {
        return world.members.stream().filter(member -> member != one).toList();
    }

    /// {@return what `member` answers}
    static Reply ask(ClusterSim world, ClusterSim.Member member, Request request) {
        List<Reply> replies = new ArrayList<>();
        long deadline = world.driver.nowNanos() + 5 * SECOND;
        member.stack.keyValue().submit(request, deadline, replies::add);
        for (int i = 0; i < LOOKS_MAX && replies.isEmpty(); i++) {
            world.driver.advance(SECOND / 500);
        }
        assertEquals(1, replies.size());
        return replies.getFirst();
    }
}
