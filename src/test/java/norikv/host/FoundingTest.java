package norikv.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import norikv.raft.Configuration;
import norikv.raft.Members;
import norikv.raftlog.HardState;
import norikv.raftlog.LogBatch;
import norikv.raftlog.LogEntry;
import norikv.wal.HexVector;
import org.junit.jupiter.api.Test;

/// What a group begins with, and which stores are refused because their groups cannot have come
/// from there.
final class FoundingTest {
    private static final ShardId SHARD = new ShardId(0);
    private static final Placement PLACEMENT =
            new Placement(List.of(new NodeId("n1")), HostRig.SHARDS, 1);

    private final Founding founding = new Founding("orders", PLACEMENT, 1);
    private final HostRig rig = new HostRig(1);

    @Test
    void theFirstEntryIsTheVector() throws Exception {
        List<NodeId> nodes = List.of(new NodeId("n1"), new NodeId("n2"), new NodeId("n3"));
        var of = new Founding("orders", Placement.over(nodes, 4, 3), 1);

        Bytes command = of.command(SHARD);

        assertArrayEquals(HexVector.read("entry-first"), command.toByteArray());
        assertEquals(
                Configuration.of(Members.of(1, 2, 3), Members.NONE),
                Configuration.decode(command));
    }

    @Test
    void everyGroupBeginsWithAnEntryThatIsCommitted() {
        rig.open();
        assertDoesNotThrow(() -> check(false));

        founding.begin(rig.log, rig.node);

        for (int number = 0; number < HostRig.SHARDS; number++) {
            int group = Replica.groupOf(new ShardId(number));
            LogEntry entry = rig.log.entries(group, 1, 0).getFirst();
            assertEquals(founding.command(new ShardId(number)), entry.payload());
            assertEquals(new HardState(1, 0, 1), rig.log.hardState(group));
        }
        assertDoesNotThrow(() -> check(true));
        assertDoesNotThrow(() -> founding.verify(rig.log, rig.places));
    }

    @Test
    void aNodeHasOnlyTheGroupsThatItHolds() {
        rig.open();
        var two = new Placement(List.of(new NodeId("n1"), new NodeId("n2")), 2, 1);

        new Founding("orders", two, 2).begin(rig.log, rig.node);

        assertEquals(0, rig.log.lastIndex(Replica.groupOf(SHARD)));
        assertEquals(1, rig.log.lastIndex(Replica.groupOf(new ShardId(1))));
    }

    @Test
    void aCrashWhileItIsFoundedLeavesAStoreThatCanBeFounded() {
        int crashes = 0;
        for (int call = 1; ; call++) {
            var life = new HostRig(call);
            life.open();
            life.disk.crashAfter(call);
            boolean isWhole = isFounded(life);
            life.crash(call);
            life.open();
            founding.check(life.log, "log", _ -> Version.NONE, false);
            assertTrue(isFounded(life), "at call " + call);
            founding.check(life.log, "log", _ -> Version.NONE, true);
            founding.verify(life.log, life.places);
            if (isWhole) {
                break;
            }
            crashes++;
        }
        assertTrue(crashes > 1, "crashes: " + crashes);
    }

    private boolean isFounded(HostRig life) {
        try {
            founding.begin(life.log, life.node);
            return true;
        } catch (SimDisk.Crashed | NoriException.Unavailable _) {
            return false;
        }
    }

    @Test
    void aFoundedStoreThatHasNothingHasLostItsVotes() {
        rig.open();

        var lost = assertThrows(NoriException.Corruption.class, () -> check(true));

        assertTrue(lost.getMessage().contains("votes are lost"), lost.getMessage());
    }

    @Test
    void aStoreThatWasNotFoundedCannotHaveVoted() {
        rig.open();
        founding.begin(rig.log, rig.node);
        LogBatch batch = rig.log.newBatch();
        batch.hardState(Replica.groupOf(SHARD), new HardState(2, 1, 1));
        Install.force(rig.log, batch, rig.node, Long.MAX_VALUE);

        var odd = assertThrows(NoriException.Corruption.class, () -> check(false));

        assertTrue(odd.getMessage().contains("got 1 in term 2"), odd.getMessage());
    }

    @Test
    void anotherClusterIsNotTakenForThisOne() {
        rig.open();
        founding.begin(rig.log, rig.node);

        assertOther(new Founding("orders2", PLACEMENT, 1), "orders");
        List<NodeId> others = List.of(new NodeId("n2"));
        assertOther(new Founding("orders", new Placement(others, 8, 1), 1), "placement");
        List<NodeId> more = List.of(new NodeId("n1"), new NodeId("n2"));
        assertOther(new Founding("orders", new Placement(more, 8, 2), 1), "1 replicas");
    }

    @Test
    void whatTheLogDroppedIsKnownFromStorage() {
        rig.open();
        founding.begin(rig.log, rig.node);
        int group = Replica.groupOf(SHARD);
        LogBatch batch = rig.log.newBatch();
        batch.compactTo(group, 1, 1);
        Install.force(rig.log, batch, rig.node, Long.MAX_VALUE);

        assertThrows(
                NoriException.Corruption.class, () -> founding.verify(rig.log, rig.places));
        rig.places
                .of(SHARD)
                .add(
                        new Committed(
                                Founding.AT,
                                0,
                                Committed.Kind.CONFIGURATION,
                                founding.command(SHARD)));
        assertDoesNotThrow(() -> founding.verify(rig.log, rig.places));
        assertOther(new Founding("orders2", PLACEMENT, 1), "orders");
        rig.places.isDamaged = true;
        assertDoesNotThrow(() -> founding.verify(rig.log, rig.places));
    }

    private void assertOther(Founding other, String word) {
        var refused =
                assertThrows(
                        NoriException.Corruption.class, () -> other.verify(rig.log, rig.places));
        assertTrue(refused.getMessage().contains(word), refused.getMessage());
    }

    private void check(boolean isFounded) {
        founding.check(rig.log, "log", _ -> Version.NONE, isFounded);
    }
}
