package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import norikv.bytes.Bytes;
import norikv.client.SimScan;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.port.KeyValue;
import org.junit.jupiter.api.Test;

/// Who leads how much, on simulated clocks: after a first start, and after a node came back.
final class ClusterBalanceTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int KEYS = 60;

    @Test
    void nineNodesOfWhichEachHoldsAThirdStartBalanceAndAreScanned() {
        int shards = 60;
        var world = new ClusterSim(1, ClusterShape.LONG_LOGS, shards, 9);
        world.start();
        world.driver.advance(30 * SECOND);
        for (int number = 1; number <= 9; number++) {
            int held = 0;
            for (int shard = 0; shard < shards; shard++) {
                held += world.placement.holds(number, new ShardId(shard)) ? 1 : 0;
            }
            assertEquals(shards * 3 / 9.0, held, 2, "replicas of n" + number);
        }
        world.members.forEach(member -> assertEquals(shards / 9.0, led(world, member), 1));

        assertEquals(write(world), scan(world));
    }

    @Test
    void leadersSpreadByThemselvesWithinThirtySecondsOfARestart() {
        int shards = 90;
        var world = new ClusterSim(2, ClusterShape.LONG_LOGS, shards, 3);
        world.start();
        world.driver.advance(20 * SECOND);
        ClusterSim.Member lost = world.members.getFirst();
        lost.crash();
        world.driver.advance(10 * SECOND);
        int others = world.members.stream().mapToInt(member -> led(world, member)).sum();
        assertEquals(shards, others, "led by the two that are left");

        lost.start();
        world.driver.advance(30 * SECOND);
        world.members.forEach(
                member -> assertEquals(shards / 3.0, led(world, member), shards / 3.0 / 10));
    }

    @Test
    void aNodeWithoutAMajorityIsNotReady() {
        var world = new ClusterSim(3, ClusterShape.LONG_LOGS, 4, 3);
        world.start();
        world.driver.advance(10 * SECOND);
        ClusterSim.Member left = world.members.getFirst();
        var health = new NodeHealth();
        health.opened(left.stack);
        health.recovered();
        assertTrue(health.ready().stream().allMatch(Reply.Check::ok), health.ready()::toString);

        world.members.stream().skip(1).forEach(ClusterSim.Member::crash);
        world.driver.advance(10 * SECOND);
        assertEquals(
                List.of(new Reply.Check("leaders", false, "4 shards without a leader")),
                health.ready().stream().filter(check -> !check.ok()).toList());
    }

    private static int led(ClusterSim world, ClusterSim.Member member) {
        if (!member.isUp()) {
            return 0;
        }
        int led = 0;
        for (int shard = 0; shard < world.placement.totalShards(); shard++) {
            led += member.stack.leader(new ShardId(shard)).equals(Optional.of(member.id)) ? 1 : 0;
        }
        return led;
    }

    /// {@return the keys that were written, each to whoever leads it}
    private static List<Bytes> write(ClusterSim world) {
        var keys = new TreeSet<Bytes>();
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            Bytes key = Bytes.utf8("c" + i);
            keys.add(key);
            ShardId shard = world.options.sharding().shardOf(key);
            var put = new Request.Put(key, key, Request.Put.NO_TTL, Precondition.NONE);
            world.members.stream()
                    .filter(m -> m.stack.leader(shard).equals(Optional.of(m.id)))
                    .forEach(
                            m ->
                                    m.stack
                                            .keyValue()
                                            .submit(put, Long.MAX_VALUE / 2, replies::add));
        }
        world.driver.advance(SECOND);
        assertEquals(
                KEYS, replies.stream().filter(Reply.Written.class::isInstance).count());
        return List.copyOf(keys);
    }

    private static List<Bytes> scan(ClusterSim world) {
        var scan =
                new SimScan(new Nodes(world), world.random, Consistency.LINEARIZABLE, false);
        for (int i = 0; i < 1_000 && !scan.step(); i++) {
            world.driver.advance(SECOND / 50);
        }
        assertTrue(scan.step(), "the scan ends");
        return scan.items.stream().map(Item::key).toList();
    }

    /// The nodes of a world in which all are up.
    private record Nodes(ClusterSim world) implements SimScan.Cluster {
        @Override
        public int nodes() {
            return world.members.size();
        }

        @Override
        public int shards() {
            return world.placement.totalShards();
        }

        @Override
        public long nowNanos() {
            return world.driver.nowNanos();
        }

        @Override
        public void ask(int node, Request request, long deadlineNanos, KeyValue.Answer answer) {
            world.members.get(node).stack.keyValue().submit(request, deadlineNanos, answer);
        }
    }
}
