package norikv.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.client.ClientOptions;
import norikv.client.GetOptions;
import norikv.client.Norikv;
import norikv.client.Read;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clusters inside this process serve, lose nodes, and find their data again.
@Timeout(240)
final class EmbeddedClusterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ClientOptions PATIENT = ClientOptions.defaults().withDeadline(PATIENCE);

    @TempDir private Path folder;

    @Test
    void theOthersGoOnWhileTheLeaderIsDead() {
        try (EmbeddedCluster cluster = EmbeddedCluster.start();
                Norikv client = cluster.client(PATIENT)) {
            client.put("k", "before");
            EmbeddedNode leader = cluster.leaderOf("k").orElseThrow();

            leader.kill();

            assertFalse(leader.isRunning());
            assertEquals("before", client.get("k").orElseThrow().value().toUtf8());
            client.put("k", "meanwhile");
            leader.restart();
            assertTrue(cluster.awaitReady(PATIENCE));
            assertTrue(leader.fault().isEmpty());
            assertEquals("meanwhile", client.get("k").orElseThrow().value().toUtf8());
        }
    }

    @Test
    void aReadTellsWhoAnsweredAndHowManyWereAsked() {
        try (EmbeddedCluster cluster = EmbeddedCluster.start();
                Norikv client = cluster.client(PATIENT)) {
            for (int i = 0; i < 20; i++) {
                String key = "k" + i;
                Optional<EmbeddedNode> leader;
                Read read;
                do { // leaders may still move to where they should be
                    leader = cluster.leaderOf(key);
                    client.put(key, "v");
                    read = client.read(Bytes.utf8(key), client.options().toGet());
                } while (!cluster.leaderOf(key).equals(leader));
                assertEquals(leader.orElseThrow().name(), read.node());
                assertEquals("v", read.item().orElseThrow().value().toUtf8());
                assertEquals(1, read.attempts(), "who led at the put is known");
            }
            try (Norikv other = cluster.client(PATIENT)) {
                int others = 0;
                for (int i = 0; i < 20; i++) {
                    others += other.read(Bytes.utf8("k" + i), other.options().toGet()).attempts();
                }
                assertTrue(others > 20, "some are led elsewhere than where it asks first");
            }
        }
    }

    @Test
    void aShardIsMovedComparedAndWrittenOn() {
        try (EmbeddedCluster cluster = EmbeddedCluster.start();
                Norikv client = cluster.client(PATIENT)) {
            client.put("k", "v");
            ShardId shard = client.sharding().shardOf(Bytes.utf8("k"));
            List<String> nodes =
                    client.topology().members().stream().map(Reply.Member::name).toList();
            for (String node : nodes) {
                Reply.Led led = client.shard(shard).moveLeader(node);
                assertEquals(node, led.leader());
                assertEquals(Reply.Role.LEADER, client.shard(shard).show(node).role());
                long index = client.put("k", "v of " + node).index();
                List<Reply> hashes = client.shard(shard).hash(nodes, index, PATIENCE);
                var first = (Reply.Hashed) hashes.getFirst();
                assertEquals(index, first.at().index());
                assertTrue(first.rows() >= 1);
                assertEquals(List.of(first, first, first), hashes);
            }
            assertEquals("v of n3", client.get("k").orElseThrow().value().toUtf8());
        }
    }

    @Test
    void aClientOfANodeThatIsLeftAloneIsToldOfIt() {
        Duration deadline = Duration.ofSeconds(8);
        try (EmbeddedCluster cluster = EmbeddedCluster.start();
                Norikv client = cluster.client(PATIENT.withDeadline(deadline))) {
            client.put("k", "v");
            cluster.node(0).kill();
            cluster.node(1).kill();
            // Nobody leads any more when the first of them ends: the others are in no log.
            for (Runnable call :
                    List.<Runnable>of(
                            () -> client.get("k"),
                            () -> client.put("k", "w"),
                            () -> client.delete("k"),
                            () -> client.scan("k").forEach(_ -> {}))) {
                NoriException failed = assertThrows(NoriException.class, call::run);
                assertEquals(ErrorCode.NO_QUORUM, failed.code(), failed.getMessage());
            }
            Reply batched = client.batch().put("k", "w").execute().getFirst();
            assertEquals(ErrorCode.NO_QUORUM, ((Reply.Failed) batched).code());
            cluster.node(0).restart();
            assertEquals(
                    "v",
                    client.get(Bytes.utf8("k"), GetOptions.defaults().withDeadline(PATIENCE))
                            .orElseThrow()
                            .value()
                            .toUtf8());
        }
    }

    @Test
    void whatIsKeptIsFoundAgainAtOtherPorts() {
        EmbeddedOptions kept = EmbeddedOptions.defaults().withFolder(folder);
        String first;
        try (EmbeddedCluster cluster = EmbeddedCluster.start(kept);
                Norikv client = cluster.client(PATIENT)) {
            first = cluster.endpoints();
            client.put("k", "kept");
            cluster.nodes().forEach(EmbeddedNode::kill);
        }
        try (EmbeddedCluster cluster = EmbeddedCluster.start(kept);
                Norikv client = cluster.client(PATIENT)) {
            assertFalse(cluster.endpoints().equals(first), first);
            assertEquals("kept", client.get("k").orElseThrow().value().toUtf8());
        }
        assertTrue(Files.isDirectory(folder.resolve("n1")), "closing keeps it");
    }

    @Test
    void anotherNumberOfNodesIsRefusedAndLeavesNothingOpen() {
        EmbeddedOptions kept = EmbeddedOptions.defaults().withFolder(folder);
        EmbeddedCluster.start(kept).close();

        NoriException refused =
                assertThrows(
                        NoriException.class, () -> EmbeddedCluster.start(kept.withNodes(5)));

        assertEquals(ErrorCode.CLUSTER_MISMATCH, refused.code());
        EmbeddedCluster.start(kept).close(); // no lock is held
    }

    @Test
    void whatCannotBeIsSaidBeforeAnythingIsMade() {
        EmbeddedOptions options = EmbeddedOptions.defaults().withFolder(folder);
        assertThrows(NoriException.Malformed.class, () -> options.withNodes(0));
        assertThrows(
                NoriException.Malformed.class,
                () -> EmbeddedCluster.start(options.withSetting("no.such", "1")));
        assertThrows(
                NoriException.Malformed.class,
                () -> EmbeddedCluster.start(options.withSetting("wal.segment_bytes", "4MiB")));
        assertFalse(Files.exists(folder.resolve("n1")));
    }

    @Test
    void twoClustersInOneProcessKnowNothingOfEachOther() {
        try (EmbeddedCluster one = EmbeddedCluster.start();
                EmbeddedCluster two =
                        EmbeddedCluster.start(EmbeddedOptions.defaults().withNodes(1));
                Norikv first = one.client(PATIENT);
                Norikv second = two.client(PATIENT)) {
            first.put("k", "one");
            assertTrue(second.get("k").isEmpty());
            two.nodes().forEach(EmbeddedNode::kill);
            assertEquals("one", first.get("k").orElseThrow().value().toUtf8());
        }
    }
}
