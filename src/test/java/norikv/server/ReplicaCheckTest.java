package norikv.server;

import static norikv.server.WellCluster.ask;
import static norikv.server.WellCluster.leader;
import static norikv.server.WellCluster.others;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.port.Peers;
import norikv.port.Storage;
import org.junit.jupiter.api.Test;

/// Replicas that hold something else than the others, on simulated clocks: they are found while
/// nobody reads what is wrong, they serve nobody, and they get the shard again.
final class ReplicaCheckTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ShardId SHARD = new ShardId(0);

    /// What no client ever wrote.
    private static final Bytes GHOST = Bytes.utf8("ghost");

    @Test
    void replicasThatHoldTheSameAreComparedAgainAndAgain() {
        ClusterSim world = world(1);
        write(world);
        int before = world.checks.agreed;
        world.driver.advance(60 * SECOND);
        // Of each of four shards in some seconds each, and each of three nodes hears of it.
        assertTrue(world.checks.agreed - before > 100, () -> "" + world.checks.agreed);
        assertEquals(List.of(), world.checks.differences);
    }

    @Test
    void aFollowerThatHoldsARowTooManyIsStoppedAndGetsTheShardAgain() {
        ClusterSim world = world(2);
        write(world);
        ClusterSim.Member victim = others(world, leader(world, SHARD)).getFirst();
        Astray.lead(world, victim, SHARD, ReplicaCheckTest::ghost);
        requireFoundAndRepaired(world, victim);
    }

    @Test
    void aFollowerThatHoldsARowTooFewIsStoppedAndGetsTheShardAgain() {
        ClusterSim world = world(3);
        Bytes key = write(world);
        ClusterSim.Member victim = others(world, leader(world, SHARD)).getLast();
        Astray.lead(
                world, victim, SHARD, (batch, at) -> batch.delete(SHARD, at, key));
        requireFoundAndRepaired(world, victim);
    }

    @Test
    void aLeaderThatIsWrongStopsItselfAndNotTheOthers() {
        ClusterSim world = world(4);
        write(world);
        ClusterSim.Member victim = leader(world, SHARD);
        Astray.lead(world, victim, SHARD, ReplicaCheckTest::ghost);
        requireFoundAndRepaired(world, victim);
        assertEquals(victim, leader(world, SHARD), "it leads again as it should");
    }

    /// A session's outcome that one replica does not know is found as well.
    @Test
    void whatIsRememberedOfWritesIsComparedToo() {
        ClusterSim world = world(5);
        write(world);
        ClusterSim.Member victim = others(world, leader(world, SHARD)).getFirst();
        Astray.lead(
                world,
                victim,
                SHARD,
                (batch, at) ->
                        batch.put(
                                SHARD, Storage.Space.SESSIONS, at, GHOST, GHOST, Item.NEVER));
        requireFoundAndRepaired(world, victim);
    }

    @Test
    void whereTwoDifferAndTheThirdIsAwayNobodyIsStoppedAndAllSaySo() {
        ClusterSim world = world(6);
        write(world);
        ClusterSim.Member leader = leader(world, SHARD);
        ClusterSim.Member away = others(world, leader).getFirst();
        ClusterSim.Member victim = others(world, leader).getLast();
        Astray.lead(world, victim, SHARD, ReplicaCheckTest::ghost);
        away.crash();
        world.driver.advance(40 * SECOND);
        Event.Check first = world.checks.differences.getFirst();
        assertInstanceOf(Event.Check.Split.class, first);
        assertEquals(SHARD.number(), ((Event.Check.Split) first).shard());
        assertEquals(List.of(), leader.stack.divergedShards());
        assertEquals(List.of(), victim.stack.divergedShards());
        write(world);

        // With the third it is clear who is wrong.
        away.start();
        world.driver.advance(60 * SECOND);
        world.checks.differences.removeIf(Event.Check.Split.class::isInstance);
        requireNamed(world, victim);
        requireSame(world);
    }

    @Test
    void aReplicaThatRestartsComesToTheSameConclusionAgain() {
        ClusterSim world = world(7);
        write(world);
        ClusterSim.Member leader = leader(world, SHARD);
        ClusterSim.Member victim = others(world, leader).getFirst();
        Astray.lead(world, victim, SHARD, ReplicaCheckTest::ghost);
        awaitDiverged(world, victim);
        world.network.losesChunks = true; // it does not get the shard
        victim.crash();
        victim.start();
        world.driver.advance(5 * SECOND);
        assertEquals(List.of(SHARD), victim.stack.divergedShards());
        world.network.losesChunks = false;
        world.driver.advance(60 * SECOND);
        requireNamed(world, victim);
        requireSame(world);
    }

    @Test
    void nothingIsComparedWhileAVoterDoesNotKnowHow() {
        ClusterSim world = new ClusterSim(8, ClusterShape.LONG_LOGS, 4, 3);
        ClusterSim.Member old = world.members.getLast();
        world.network.knows(old.id, Peers.FEATURES & ~Peers.CHECKS);
        world.start();
        world.driver.advance(20 * SECOND);
        write(world);
        world.driver.advance(60 * SECOND);
        assertEquals(0, world.checks.agreed);
        assertEquals(0, world.network.hostEntries(), "none is in anybody's log");

        old.crash();
        world.network.knows(old.id, Peers.FEATURES);
        old.start();
        world.driver.advance(60 * SECOND);
        assertTrue(world.checks.agreed > 0);
        assertTrue(world.network.hostEntries() > 0);
    }

    /// Who went away before it could be asked may come back as an older build.
    @Test
    void whoWasNotMetInThisLifeKnowsNothing() {
        ClusterSim world = new ClusterSim(9, ClusterShape.LONG_LOGS, 4, 3);
        ClusterSim.Member away = world.members.getLast();
        world.start();
        away.crash();
        world.driver.advance(60 * SECOND);
        assertEquals(0, world.network.hostEntries());
        away.start();
        world.driver.advance(60 * SECOND);
        assertTrue(world.checks.agreed > 0);
    }

    private static ClusterSim world(long seed) {
        var world = new ClusterSim(seed, ClusterShape.LONG_LOGS, 4, 3);
        world.start();
        world.driver.advance(20 * SECOND);
        return world;
    }

    /// {@return a key of the shard, which was written}
    private static Bytes write(ClusterSim world) {
        Bytes key = Shards.keyOf(world.options.sharding(), SHARD.number());
        var put = new Request.Put(key, key, Request.Put.NO_TTL, Precondition.NONE);
        assertInstanceOf(Reply.Written.class, ask(world, leader(world, SHARD), put));
        world.driver.advance(SECOND);
        return key;
    }

    /// A row too many.
    private static void ghost(Storage.Batch batch, Version at) {
        batch.put(SHARD, at, GHOST, GHOST, Item.NEVER);
    }

    private static void awaitDiverged(ClusterSim world, ClusterSim.Member victim) {
        for (int i = 0; victim.stack.divergedShards().isEmpty(); i++) {
            assertTrue(i < 100_000, "it is found");
            world.driver.advance(SECOND / 1_000);
        }
    }

    private static void requireFoundAndRepaired(ClusterSim world, ClusterSim.Member victim) {
        awaitDiverged(world, victim);
        world.network.losesChunks = true; // it does not get the shard yet
        world.driver.advance(3 * SECOND);
        assertEquals(List.of(SHARD), victim.stack.divergedShards());
        assertTrue(victim.stack.divergenceDetail().endsWith("the first: 0"));
        var shown = (Reply.Replica) ask(world, victim, new Request.ShowReplica(SHARD));
        assertEquals(Reply.Role.DIVERGED, shown.role());
        Bytes key = Shards.keyOf(world.options.sharding(), SHARD.number());
        for (Consistency consistency : Consistency.values()) {
            var refused =
                    (Reply.Failed) ask(world, victim, new Request.Get(key, consistency));
            assertNotEquals(ErrorCode.DEADLINE_EXCEEDED, refused.code());
        }
        write(world);
        world.network.losesChunks = false;
        world.driver.advance(60 * SECOND);
        requireNamed(world, victim);
        for (ClusterSim.Member member : world.members) {
            assertEquals(List.of(), member.stack.divergedShards());
        }
        var stale = ask(world, victim, new Request.Get(key, Consistency.STALE));
        assertInstanceOf(Reply.Found.class, stale);
        requireSame(world);
    }

    /// Every node says that `victim` has diverged, and nobody says so of another one, or again.
    private static void requireNamed(ClusterSim world, ClusterSim.Member victim) {
        Set<Long> indexes = new HashSet<>();
        for (Event.Check difference : world.checks.differences) {
            var diverged = (Event.Check.Diverged) difference;
            assertEquals(victim.id.name(), diverged.node());
            assertEquals(SHARD.number(), diverged.shard());
            assertNotEquals(diverged.digest(), diverged.right());
            indexes.add(diverged.index());
        }
        assertEquals(1, indexes.size(), () -> "" + world.checks.differences);
    }

    private static void requireSame(ClusterSim world) {
        world.driver.advance(5 * SECOND);
        Set<String> seen = new HashSet<>();
        for (ClusterSim.Member member : world.members) {
            seen.add(Shards.of(member.stack.shards(), SHARD));
        }
        assertEquals(1, seen.size(), seen::toString);
    }
}
