package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import norikv.domain.Consistency;
import norikv.domain.NodeId;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;
import norikv.host.HostTrio.Node;
import norikv.host.HostTrio.Reader;
import norikv.host.HostTrio.WideReader;
import org.junit.jupiter.api.Test;

/// Where links and disks take no time, neither do reads and writes: no timer stands in their way.
final class HostTrioTest {
    private static final ShardId SHARD = new ShardId(3);

    private final HostTrio trio = new HostTrio(1);

    @Test
    void aReadOfAGroupWithNothingElseToDoWaitsForNoHeartbeat() {
        Node leader = trio.leaderOf(SHARD);
        var reader = new Reader(leader, SHARD, Consistency.LINEARIZABLE, Long.MAX_VALUE);
        trio.settle();

        assertEquals("readable", reader.heard);
    }

    @Test
    void aWriteWaitsForNoHeartbeat() {
        Node leader = trio.leaderOf(SHARD);
        Asked asked = trio.propose(leader, SHARD, "a");
        trio.settle();

        assertEquals(Asked.Fate.APPLIED, asked.fate);
    }

    @Test
    void aReadWaitsForWhatIsCommittedBeforeItToBeApplied() {
        Node leader = trio.leaderOf(SHARD);
        leader.witness.places.pressure = Applying.PRESSURE_MAX; // nothing is applied here
        Asked asked = trio.propose(leader, SHARD, "a");
        trio.settle();
        var reader = new Reader(leader, SHARD, Consistency.LINEARIZABLE, Long.MAX_VALUE);
        trio.settle();
        trio.loops.advance(500_000_000);
        assertEquals(Asked.Fate.APPENDED, asked.fate);
        assertEquals("waits", reader.heard);

        leader.witness.places.pressure = 0;
        trio.loops.advance(500_000_000);
        assertEquals(Asked.Fate.APPLIED, asked.fate);
        assertEquals("readable", reader.heard);
    }

    @Test
    void whoShouldLeadANewGroupDoesSoAsSoonAsThereAreLinks() {
        trio.connect();
        trio.settle();

        for (int shard = 0; shard < HostRig.SHARDS; shard++) {
            int[] holders = HostTrio.PLACEMENT.holders(new ShardId(shard));
            NodeId preferred = HostTrio.PLACEMENT.node(holders[0]);
            for (Node node : trio.nodes) {
                assertEquals(Optional.of(preferred), node.host.leader(new ShardId(shard)));
            }
        }
    }

    @Test
    void whoseClockIsFarFromTheOthersGivesLeadershipAwayAndGetsItBackWhenItIsRight() {
        trio.connect();
        trio.settle();
        Node late = trio.nodes.getFirst();
        assertTrue(ledBy(late) > 0);

        late.life.jumpWallMillis(-2 * WallClocks.OFF_MILLIS_MAX);
        trio.loops.advance(10_000_000_000L);
        assertEquals(0, ledBy(late));
        assertEquals(HostRig.SHARDS, ledBy(trio.nodes.get(1)) + ledBy(trio.nodes.get(2)));

        // Nearly right: the others do not hand it what it would give away again at once.
        long nearly = WallClocks.OFF_MILLIS_MAX + 500;
        late.life.jumpWallMillis(nearly);
        trio.loops.advance(10_000_000_000L);
        assertEquals(0, ledBy(late));

        late.life.jumpWallMillis(2 * WallClocks.OFF_MILLIS_MAX - nearly);
        trio.loops.advance(10_000_000_000L);
        assertTrue(ledBy(late) > 0);
    }

    private static long ledBy(Node node) {
        return IntStream.range(0, HostRig.SHARDS)
                .filter(s -> node.host.leader(new ShardId(s)).equals(Optional.of(node.name)))
                .count();
    }

    @Test
    void whoLeadsAndWhoLeadsNoMoreIsAnEvent() {
        Node leader = trio.leaderOf(SHARD);
        assertTrue(trio.events.stream().anyMatch(e -> e.startsWith(elected(leader))));

        trio.events.clear();
        trio.cut = leader.name;
        trio.loops.advance(4_000_000_000L);
        String steppedDown = leader.name + " StepDown[shard=3, ";
        assertEquals(1, trio.events.stream().filter(e -> e.startsWith(steppedDown)).count());
        Predicate<String> ofAnother =
                event ->
                        trio.nodes.stream()
                                .anyMatch(n -> n != leader && event.startsWith(elected(n)));
        assertTrue(trio.events.stream().anyMatch(ofAnother), trio.events::toString);
    }

    private static String elected(Node node) {
        return node.name + " LeaderElected[shard=3, ";
    }

    @Test
    void whoReadsManyGroupsHearsWhichOfThemAreLedHere() {
        requireThoseLedHere(trio);
    }

    @Test
    void whoReadsGroupsOfSeveralWorkersHearsOfAllOnce() {
        requireThoseLedHere(new HostTrio(1, 3));
    }

    private static void requireThoseLedHere(HostTrio trio) {
        Node leader = trio.leaderOf(SHARD);
        var reader = new WideReader(leader, Long.MAX_VALUE);
        trio.settle();

        ShardSet passed = reader.passed.orElseThrow();
        assertTrue(passed.contains(SHARD));
        assertEquals(HostRig.SHARDS, passed.size() + reader.refused.size());
        for (int shard = 0; shard < HostRig.SHARDS; shard++) {
            NodeId led = leader.host.leader(new ShardId(shard)).orElseThrow();
            assertEquals(led.equals(leader.name), passed.contains(shard));
        }
        assertEquals(Set.of("NOT_LEADER"), Set.copyOf(reader.refused.values()));
    }

    @Test
    void thoseWhoReadManyGroupsShareTheQuestions() {
        Node leader = trio.leaderOf(SHARD);
        trio.cut = leader.name; // questions leave, and no answers come
        int before = trio.messagesSent;
        List<WideReader> readers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            readers.add(new WideReader(leader, Long.MAX_VALUE));
            trio.settle();
        }
        int rounds = (trio.messagesSent - before) / 2; // to two others each
        assertTrue(rounds <= Reads.MANY_MAX * HostRig.SHARDS, () -> "rounds: " + rounds);

        trio.cut = new NodeId("nobody");
        trio.loops.advance(500_000_000);
        assertTrue(readers.stream().allMatch(r -> r.passed.orElseThrow().contains(SHARD)));
    }

    @Test
    void whoReadsManyGroupsOfACutOffLeaderIsRefusedAtTheDeadline() {
        Node leader = trio.leaderOf(SHARD);
        trio.cut = leader.name;
        long deadline = trio.loops.nowNanos() + 100_000_000;
        var reader = new WideReader(leader, deadline);
        trio.settle();
        assertTrue(reader.passed.isEmpty());

        trio.loops.advance(200_000_000);
        assertTrue(reader.passed.orElseThrow().isEmpty());
        assertEquals("DEADLINE_EXCEEDED", reader.refused.get(SHARD.number()));
    }
}
