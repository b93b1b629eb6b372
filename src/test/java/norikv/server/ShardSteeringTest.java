package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static norikv.server.WellCluster.ask;
import static norikv.server.WellCluster.leader;
import static norikv.server.WellCluster.others;
import static norikv.server.WellCluster.world;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import org.junit.jupiter.api.Test;

/// What operators ask of single shards, on simulated clocks.
final class ShardSteeringTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ShardId SHARD = new ShardId(0);

    @Test
    void whereReplicasStandIsShown() {
        ClusterSim world = world(1);
        NodeId leader = world.placement.node(world.placement.holders(SHARD)[0]);
        write(world, 20);
        world.driver.advance(2 * SECOND);
        List<Reply.Replica> seen = new ArrayList<>();
        for (ClusterSim.Member member : world.members) {
            var replica = (Reply.Replica) ask(world, member, new Request.ShowReplica(SHARD));
            boolean leads = member.id.equals(leader);
            assertEquals(leads ? Reply.Role.LEADER : Reply.Role.FOLLOWER, replica.role());
            assertEquals(leader.name(), replica.leader());
            assertEquals(replica.last(), replica.applied());
            assertEquals(replica.last().index(), replica.commit());
            assertTrue(replica.last().index() >= 20 && replica.logBytes() > 20 * 10);
            assertEquals(1, replica.firstIndex());
            seen.add(replica);
        }
        assertEquals(1, seen.stream().map(Reply.Replica::last).distinct().count());
        var beyond = new Request.ShowReplica(new ShardId(4));
        var refused = (Reply.Failed) ask(world, world.members.getFirst(), beyond);
        assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    }

    @Test
    void aShardThatWasMovedStaysForTenMinutesAndThenGoesHome() {
        ClusterSim world = world(2);
        ClusterSim.Member home = leader(world, SHARD);
        for (ClusterSim.Member target : others(world, home)) {
            var moved = (Reply.Led) move(world, target);
            var shown = (Reply.Replica) ask(world, target, new Request.ShowReplica(SHARD));
            assertEquals(new Reply.Led(shown.leader(), shown.term()), moved);
            assertEquals(target, leader(world, SHARD));
            world.driver.advance(60 * SECOND);
            assertEquals(target, leader(world, SHARD), "nobody gives it back");
            write(world, 3);
        }
        world.driver.advance(11 * 60 * SECOND);
        assertEquals(home, leader(world, SHARD));
    }

    @Test
    void aShardThatWasMovedGoesHomeWhenItsNodeStartsAgain() {
        ClusterSim world = world(3);
        ClusterSim.Member home = leader(world, SHARD);
        ClusterSim.Member target = others(world, home).getFirst();
        move(world, target);
        target.crash();
        world.driver.advance(5 * SECOND);
        target.start();
        world.driver.advance(30 * SECOND);
        assertEquals(home, leader(world, SHARD));
        assertEquals(home.id.name(), ((Reply.Led) move(world, home)).leader());
    }

    @Test
    void whoCannotTakeOverIsNamedWithTheReason() {
        ClusterSim world = world(4);
        ClusterSim.Member home = leader(world, SHARD);
        List<ClusterSim.Member> others = others(world, home);
        others.getFirst().crash();
        var order = new Request.MoveLeader(SHARD, others.getFirst().id);
        var failed = (Reply.Failed) ask(world, home, order);
        assertEquals(ErrorCode.UNAVAILABLE, failed.code());
        assertTrue(
                failed.message()
                        .matches(
                                "shard 0: %s cannot take over, %s leads on: it was heard .* ago.*"
                                        .formatted(others.getFirst().id, home.id)),
                failed.message());
        assertEquals(home, leader(world, SHARD));
        write(world, 3);

        var nowhere = new Request.MoveLeader(SHARD, new NodeId("n9"));
        var refused = (Reply.Failed) ask(world, home, nowhere);
        assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
        assertTrue(refused.message().endsWith(", got n9"), refused.message());
        var elsewhere = (Reply.Failed) ask(world, others.getLast(), order);
        assertEquals(ErrorCode.NOT_LEADER, elsewhere.code());
        assertEquals(home.id.name(), elsewhere.leader());
    }

    @Test
    void replicasHashToTheSameAtThePlaceThatIsAskedFor() {
        ClusterSim world = world(5);
        write(world, 30);
        world.driver.advance(2 * SECOND);
        long applied = applied(world);
        for (int round = 0; round < 5; round++) {
            // A place that is still to come, while it is written to: all replicas stop there.
            long index = applied + 7;
            List<Reply> replies = new ArrayList<>();
            for (ClusterSim.Member member : world.members) {
                member.stack
                        .keyValue()
                        .submit(
                                new Request.HashShard(SHARD, index),
                                world.driver.nowNanos() + 10 * SECOND,
                                replies::add);
            }
            writeAtOnce(world, 20);
            assertEquals(3, replies.size());
            for (Reply reply : replies) {
                var hashed = (Reply.Hashed) reply;
                assertEquals(index, hashed.at().index());
                assertEquals(replies.getFirst(), hashed);
            }
            applied = applied(world);
            assertTrue(applied >= index + 10, "nothing is held up behind it");
            Request past = new Request.HashShard(SHARD, index);
            var failed = (Reply.Failed) ask(world, world.members.getFirst(), past);
            assertEquals(ErrorCode.UNAVAILABLE, failed.code());
            assertTrue(failed.retryAfterMillis() > 0);
        }
        Request never = new Request.HashShard(SHARD, applied + 1_000);
        var late = (Reply.Failed) ask(world, world.members.getFirst(), never);
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, late.code());
        write(world, 5);
    }

    /// Tells the target, then the leader, as clients do.
    private static Reply move(ClusterSim world, ClusterSim.Member target) {
        var order = new Request.MoveLeader(SHARD, target.id);
        var known = (Reply.Led) ask(world, target, order);
        return known.leader().equals(target.id.name())
                ? known
                : ask(world, leader(world, SHARD), order);
    }

    private static long applied(ClusterSim world) {
        var shown = ask(world, leader(world, SHARD), new Request.ShowReplica(SHARD));
        return ((Reply.Replica) shown).applied().index();
    }

    /// Writes so much together that entries are applied many at a time.
    private static void writeAtOnce(ClusterSim world, int count) {
        List<Reply> replies = new ArrayList<>();
        long deadline = world.driver.nowNanos() + 5 * SECOND;
        for (Bytes key : keys(world, count)) {
            var put = new Request.Put(key, key, Request.Put.NO_TTL, Precondition.NONE);
            leader(world, SHARD).stack.keyValue().submit(put, deadline, replies::add);
        }
        world.driver.advance(2 * SECOND);
        assertEquals(
                count, replies.stream().filter(Reply.Written.class::isInstance).count());
    }

    /// Writes some keys of the shard, one after the other.
    private static void write(ClusterSim world, int count) {
        for (Bytes key : keys(world, count)) {
            var put = new Request.Put(key, key, Request.Put.NO_TTL, Precondition.NONE);
            Reply reply = ask(world, leader(world, SHARD), put);
            assertTrue(reply instanceof Reply.Written, reply::toString);
        }
    }

    private static List<Bytes> keys(ClusterSim world, int count) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> Bytes.utf8("s" + i))
                .filter(key -> world.options.sharding().shardOf(key).equals(SHARD))
                .limit(count)
                .toList();
    }
}
