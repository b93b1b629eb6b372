package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.NodeId;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;

/// What must hold in a [ClusterSim] some time after the last fault.
final class ClusterChecks {
    private static final long STEPS_MAX = 30_000_000;

    /// How long replicas may take to become the same.
    private static final long SAME_STEPS_MAX = 20_000;

    private static final long DEADLINE_NANOS = 5_000_000_000L;

    private final ClusterSim world;

    ClusterChecks(ClusterSim world) {
        this.world = world;
    }

    /// Each shard is led by the node that should lead it.
    void leaders() {
        for (int number = 0; number < world.placement.totalShards(); number++) {
            var shard = new ShardId(number);
            NodeId preferred = world.placement.node(world.placement.holders(shard)[0]);
            assertEquals(
                    Optional.of(preferred),
                    world.member(preferred).stack.leader(shard),
                    () -> "leader of shard " + shard);
        }
    }

    /// All replicas show the same for `key`.
    void replicas(Bytes key) {
        List<Reply> seen = new ArrayList<>();
        int[] holders = world.placement.holders(world.options.sharding().shardOf(key));
        for (int number : holders) {
            var replies = new ArrayList<Reply>();
            world.ask(
                    world.member(world.placement.node(number)),
                    new Request.Get(key, Consistency.STALE),
                    world.driver.nowNanos() + DEADLINE_NANOS,
                    replies::add);
            boolean isAnswered = world.driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX);
            assertTrue(isAnswered, world.driver::describe);
            seen.add(Shards.withoutAge(replies.getFirst()));
        }
        assertTrue(seen.stream().distinct().count() == 1, () -> "replicas differ: " + seen);
    }

    /// All replicas of each shard hold the same, in all spaces. An entry of the nodes' own may be
    /// on its way to some, now and then: they get it.
    void shards() {
        for (int number = 0; number < world.placement.totalShards(); number++) {
            var shard = new ShardId(number);
            boolean same =
                    world.driver.runUntil(() -> held(shard).size() == 1, SAME_STEPS_MAX);
            assertTrue(same, () -> "replicas differ: " + held(shard));
        }
    }

    private Set<String> held(ShardId shard) {
        Set<String> seen = new HashSet<>();
        for (int holder : world.placement.holders(shard)) {
            NodeId node = world.placement.node(holder);
            seen.add(Shards.of(world.member(node).stack.shards(), shard));
        }
        return seen;
    }

    /// No node is damaged or failed, and whoever took something in has let it go: R1.
    void nodes() {
        for (ClusterSim.Member member : world.members) {
            assertEquals(Set.of(), member.stack.shards().damaged(), () -> "at " + member.id);
            assertTrue(member.faults.isEmpty(), member.faults::toString);
            for (String gauge :
                    List.of("norikv_writes_under_way", "norikv_writes_under_way_bytes")) {
                assertEquals(
                        0,
                        member.gauges.read(gauge),
                        () -> "R1: %s at %s".formatted(gauge, member.id));
            }
        }
    }
}
