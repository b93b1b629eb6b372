package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static norikv.server.WellCluster.ask;
import static norikv.server.WellCluster.others;
import static norikv.server.WellCluster.world;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Precondition;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// How fresh reads are that say how fresh they must be, on simulated clocks, which are up to 400 ms
/// apart.
final class BoundedReadTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Bytes KEY = Bytes.utf8("k");
    private static final long APART_MILLIS = 400;

    @Test
    void aStaleReadSaysHowOldItIs() {
        ClusterSim world = world(1);
        Version at = write(world);
        world.driver.advance(3 * SECOND);
        for (ClusterSim.Member member : world.members) {
            var found = (Reply.Found) read(world, member, Consistency.STALE, ReadBounds.NONE);
            assertEquals(at, found.at());
            assertEquals(at, found.age().applied());
            assertEquals(3_000, found.age().behindMillis(), APART_MILLIS + 300);
        }
        var fresh = (Reply.Found) read(world, leader(world), Consistency.LEASE, ReadBounds.NONE);
        assertEquals(Age.NONE, fresh.age());
    }

    @Test
    void aReplicaThatIsFreshEnoughServesAndOthersNameTheLeader() {
        ClusterSim world = world(2);
        ClusterSim.Member leader = leader(world);
        ClusterSim.Member lagging = others(world, leader).getFirst();
        Version old = write(world);
        world.driver.advance(SECOND);
        var within = new ReadBounds(old, 5_000);
        assertInstanceOf(Reply.Found.class, read(world, lagging, Consistency.STALE, within));

        lagging.node.pause(); // it hears nothing of what follows
        world.driver.advance(SECOND / 2);
        Version at = write(world);
        world.driver.advance(20 * SECOND);
        lagging.node.resume();
        var found = (Reply.Found) read(world, lagging, Consistency.STALE, ReadBounds.NONE);
        assertEquals(old, found.at(), "it has not heard of it yet");
        assertTrue(found.age().behindMillis() > 15_000, found::toString);
        for (ReadBounds bounds :
                List.of(
                        new ReadBounds(at, ReadBounds.ANY_AGE),
                        new ReadBounds(Version.NONE, 5_000))) {
            var failed = (Reply.Failed) read(world, lagging, Consistency.STALE, bounds);
            assertTrue(
                    failed.code() == ErrorCode.NOT_LEADER || failed.code() == ErrorCode.NO_QUORUM,
                    failed::toString);
            // Nothing was written for long: who leads knows that it is fresh all the same.
            var served = (Reply.Found) read(world, leader(world), Consistency.STALE, bounds);
            assertEquals(at, served.at());
            boolean isOld = bounds.maxStalenessMillis() == ReadBounds.ANY_AGE;
            assertEquals(isOld, served.age().behindMillis() > 0);
        }
    }

    @Test
    void aVersionThatNobodyHasIsRefusedByWhoLeads() {
        ClusterSim world = world(3);
        Version at = write(world);
        var bounds = new ReadBounds(new Version(at.term(), at.index() + 9), ReadBounds.ANY_AGE);
        for (Consistency level : Consistency.values()) {
            var failed = (Reply.Failed) read(world, leader(world), level, bounds);
            assertEquals(ErrorCode.INVALID_ARGUMENT, failed.code());
            assertTrue(failed.message().contains(", got " + bounds.minVersion()), failed::message);
        }
        for (Consistency level : Consistency.values()) {
            var met = new ReadBounds(at, 0);
            assertInstanceOf(Reply.Found.class, read(world, leader(world), level, met));
        }
    }

    @Test
    void aStalePageIsAsOldAsItsOldestShardAndOfNoneThatIsTooOld() {
        ClusterSim world = world(4);
        ClusterSim.Member leader = leader(world);
        ClusterSim.Member lagging = others(world, leader).getFirst();
        world.driver.advance(SECOND);
        lagging.node.pause(); // it hears nothing of what follows
        world.driver.advance(SECOND / 2);
        write(world);
        world.driver.advance(20 * SECOND);
        lagging.node.resume();
        int written = world.options.sharding().shardOf(KEY).number();
        Reply refused = ask(world, lagging, scan(world, 5_000));
        assertTrue(
                refused instanceof Reply.Failed failed && failed.code() == ErrorCode.NO_QUORUM
                        || refused instanceof Reply.PagePart part
                                && !part.shards().contains(written),
                refused::toString);
        Reply.PagePart any = part(world, lagging, ReadBounds.ANY_AGE);
        assertEquals(all(world), any.shards());
        assertTrue(any.page().behindMillis() > 15_000, any::toString);

        Reply.PagePart young = part(world, leader(world), 5_000);
        assertTrue(young.shards().contains(written), young::toString);
        assertTrue(young.page().behindMillis() <= 5_000, young::toString);
        assertEquals(1, young.page().count());
        // Nobody writes to them, but who leads them knows that they are fresh all the same.
        ShardSet led =
                ShardSet.of(
                        all(world).total(),
                        shard ->
                                WellCluster.leader(world, new ShardId(shard))
                                        == leader(world));
        assertEquals(led, part(world, leader(world), 100).shards());
        assertEquals(0, part(world, leader(world), 100).page().behindMillis());
    }

    private static ShardSet all(ClusterSim world) {
        return ShardSet.all(world.options.sharding().totalShards());
    }

    private static Reply.PagePart part(
            ClusterSim world, ClusterSim.Member member, long maxStalenessMillis) {
        Reply reply = ask(world, member, scan(world, maxStalenessMillis));
        return assertInstanceOf(Reply.PagePart.class, reply);
    }

    private static Request scan(ClusterSim world, long maxStalenessMillis) {
        var scan =
                new Request.Scan(
                        Bytes.EMPTY,
                        Bytes.EMPTY,
                        100,
                        65_536,
                        false,
                        Request.Projection.ITEMS,
                        Consistency.STALE,
                        Bytes.EMPTY,
                        maxStalenessMillis);
        return new Request.ScanPart(all(world), scan);
    }

    private static ClusterSim.Member leader(ClusterSim world) {
        return WellCluster.leader(world, world.options.sharding().shardOf(KEY));
    }

    private static Version write(ClusterSim world) {
        var put = new Request.Put(KEY, KEY, Request.Put.NO_TTL, Precondition.NONE);
        return ((Reply.Written) ask(world, leader(world), put)).at();
    }

    private static Reply read(
            ClusterSim world, ClusterSim.Member member, Consistency level, ReadBounds bounds) {
        return ask(world, member, new Request.Get(KEY, level, bounds));
    }

}
