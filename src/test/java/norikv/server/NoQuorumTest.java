package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static norikv.server.WellCluster.others;
import static norikv.server.WellCluster.world;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardSet;
import org.junit.jupiter.api.Test;

/// What callers are told where too few nodes are left, on simulated clocks.
final class NoQuorumTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Bytes KEY = Bytes.utf8("k");
    private static final long DEADLINE = 5 * SECOND;

    @Test
    void aSurvivorSaysSoAtOnceAndServesWhatIsStale() {
        ClusterSim world = world(1);
        assertInstanceOf(Reply.Written.class, answer(world, ask(world, leader(world), put())));
        world.driver.advance(SECOND);
        ClusterSim.Member left = world.members.getLast();
        world.members.stream().filter(m -> m != left).forEach(ClusterSim.Member::crash);
        world.driver.advance(10 * SECOND);

        for (Request request :
                List.of(put(), get(Consistency.LINEARIZABLE), get(Consistency.LEASE))) {
            long began = world.driver.nowNanos();
            var failed = (Reply.Failed) answer(world, ask(world, left, request));
            assertEquals(ErrorCode.NO_QUORUM, failed.code(), failed::message);
            assertTrue(world.driver.nowNanos() - began < SECOND);
        }
        ShardSet all = ShardSet.all(world.placement.totalShards());
        var part = new Request.ScanPart(all, scan(Consistency.LINEARIZABLE));
        var refused = (Reply.Failed) answer(world, ask(world, left, part));
        assertEquals(ErrorCode.NO_QUORUM, refused.code(), refused::message);
        var stalePart = new Request.ScanPart(all, scan(Consistency.STALE));
        var page = (Reply.PagePart) answer(world, ask(world, left, stalePart));
        assertEquals(all, page.shards());
        var stale = answer(world, ask(world, left, get(Consistency.STALE)));
        assertInstanceOf(Reply.Found.class, stale);

        world.members.getFirst().start();
        world.driver.advance(10 * SECOND);
        assertInstanceOf(Reply.Written.class, answer(world, ask(world, leader(world), put())));
    }

    /// One that is asked again and again hears of it before the deadline of a first call.
    @Test
    void itIsSaidWithinTheDeadlineOfACallThatWasUnderWay() {
        ClusterSim world = world(2);
        ClusterSim.Member leader = leader(world);
        List<ClusterSim.Member> others = others(world, leader);
        leader.crash();
        others.getFirst().crash();
        long began = world.driver.nowNanos();
        ErrorCode said = ErrorCode.INTERNAL;
        while (said != ErrorCode.NO_QUORUM) {
            var failed = (Reply.Failed) answer(world, ask(world, others.getLast(), put()));
            said = failed.code();
            assertTrue(
                    said == ErrorCode.NO_QUORUM || said == ErrorCode.NOT_LEADER,
                    failed::toString);
            assertTrue(world.driver.nowNanos() - began < DEADLINE, "within the deadline");
        }
    }

    @Test
    void whatWasAppendedIsIndeterminateAndWhatCameLaterIsNot() {
        ClusterSim world = world(3);
        ClusterSim.Member leader = leader(world);
        others(world, leader).forEach(ClusterSim.Member::crash);
        List<Reply> appended = ask(world, leader, put());
        world.driver.advance(4 * SECOND);
        List<Reply> late = ask(world, leader, put());
        assertEquals(ErrorCode.NO_QUORUM, ((Reply.Failed) answer(world, late)).code());
        assertEquals(ErrorCode.INDETERMINATE, ((Reply.Failed) answer(world, appended)).code());
    }

    /// Nobody leads for a moment: that is no lack of nodes.
    @Test
    void anElectionIsNotTakenForIt() {
        int unled = 0;
        for (long seed = 1; seed <= 8; seed++) {
            ClusterSim world = world(seed);
            ClusterSim.Member leader = leader(world);
            List<ClusterSim.Member> others = others(world, leader);
            leader.crash();
            Reply reply = answer(world, ask(world, others.getFirst(), put()));
            while (reply instanceof Reply.Failed(var code, _, _, var hint)
                    && (hint.isEmpty() || hint.equals(leader.id.name()))) {
                assertEquals(ErrorCode.NOT_LEADER, code);
                unled += hint.isEmpty() ? 1 : 0;
                reply = answer(world, ask(world, others.getFirst(), put()));
            }
        }
        assertTrue(unled > 3, "it was asked while nobody led");
    }

    private static ClusterSim.Member leader(ClusterSim world) {
        return WellCluster.leader(world, world.options.sharding().shardOf(KEY));
    }

    private static Request put() {
        return new Request.Put(KEY, KEY, Request.Put.NO_TTL, Precondition.NONE);
    }

    private static Request.Scan scan(Consistency level) {
        return new Request.Scan(
                Bytes.EMPTY,
                Bytes.EMPTY,
                10,
                1_000,
                false,
                Request.Projection.ITEMS,
                level,
                Bytes.EMPTY);
    }

    private static Request get(Consistency level) {
        return new Request.Get(KEY, level);
    }

    private static List<Reply> ask(
            ClusterSim world, ClusterSim.Member member, Request request) {
        List<Reply> replies = new ArrayList<>();
        long deadline = world.driver.nowNanos() + DEADLINE;
        member.stack.keyValue().submit(request, deadline, replies::add);
        return replies;
    }

    private static Reply answer(ClusterSim world, List<Reply> replies) {
        for (int i = 0; i < 3_000 && replies.isEmpty(); i++) {
            world.driver.advance(SECOND / 500);
        }
        assertEquals(1, replies.size());
        return replies.getFirst();
    }
}
