package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What an operator sees of a cluster, of which one node answers and one does not.
final class ClusterCommandsTest {
    private final MemoryNode node = new MemoryNode();

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void theStatusShowsNodesThatAnswerAndThoseThatDoNot() {
        Run run = node.run("cluster", "status");
        assertEquals(0, run.exitCode(), run.err());
        String text = run.out().replaceAll(" +", " ");
        assertTrue(text.contains("n1 " + node.endpoint() + " ready "), text);
        assertTrue(text.contains("n2 127.0.0.1:1 unreachable - - - -"), text);
        assertTrue(text.endsWith("\n1024 shards, 1 without a leader\n"), text);
        assertTrue(run.err().startsWith("n2: "), run.err());

        String json = node.run("cluster", "status", "-o", "json").out();
        assertTrue(json.contains("\"without_leader\":1"), json);
        assertTrue(json.contains("\"state\":\"unreachable\",\"error\":\""), json);
    }

    @Test
    void theTopologyNamesTheNodes() {
        String text = node.run("cluster", "topology").out().replaceAll(" +", " ");
        assertTrue(text.contains("\n2 n2 127.0.0.1:1 512\n"), text);
        String json = node.run("cluster", "topology", "-o", "json").out();
        assertTrue(json.endsWith("\"preferred_shards\":512}],\"shards\":1024}\n"), json);
    }

    @Test
    void aShardIsShownWithTheReplicasThatAnswerAndThoseThatDoNot() {
        Run run = node.run("shard", "show", "717");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(
                """
                NODE ROLE LEADER TERM FIRST LAST COMMIT APPLIED LOG_TIME LOG_BYTES
                n2 unreachable - - - - - - - -
                n1 leader n1 8 3 8:9 8 7:7 1000 817
                """,
                run.out().replaceAll(" +", " "));
        assertTrue(run.err().startsWith("n2: "), run.err());
        String json = node.run("shard", "show", "717", "-o", "json").out();
        assertTrue(
                json.endsWith(
                        "{\"node\":\"n1\",\"role\":\"leader\",\"leader\":\"n1\",\"term\":8,"
                                + "\"first_index\":3,\"last\":{\"term\":8,\"index\":9},"
                                + "\"commit_index\":8,\"applied\":{\"term\":7,\"index\":7},"
                                + "\"log_time_ms\":1000,\"log_bytes\":817}]}\n"),
                json);
        assertEquals(2, node.run("shard", "show").exitCode());
        assertEquals(2, node.run("shard", "show", "x").exitCode());
        assertTrue(node.run("shard", "show", "1024").err().contains("0 to 1023, got 1024"));
    }

    @Test
    void aLeaderIsMovedAndHashesAreShown() {
        assertEquals(
                new Run(0, "OK shard=716 leader=n1 term=9\n", ""),
                node.run("shard", "move-leader", "716", "--to", "n1"));
        assertEquals(
                "{\"ok\":true,\"shard\":716,\"leader\":\"n1\",\"term\":9}\n",
                node.run("shard", "move-leader", "716", "--to", "n1", "-o", "json").out());
        assertEquals(2, node.run("shard", "move-leader", "716").exitCode());
        assertEquals(2, node.run("shard", "show", "716", "--to", "n1").exitCode());
        Run gone = node.run("shard", "move-leader", "716", "--to", "n2");
        assertEquals(5, gone.exitCode(), gone.err());

        Run hash = node.run("shard", "hash", "716");
        assertEquals(
                "NODE PLACE LOG_TIME ROWS HASH\nn1 7:7 1000 2 ffffffffffffffff\n",
                hash.out().replaceAll(" +", " "));
        assertEquals(5, hash.exitCode(), "n2 does not answer");
        assertTrue(hash.err().startsWith("n2: "), hash.err());
    }

    @Test
    void shardsAreListedAndTheOneOfAKeyIsFound() {
        String all = node.run("shard", "list").out().replaceAll(" +", " ");
        assertEquals(1025, all.lines().count());
        assertTrue(all.contains("\n1 n2 7 n2,n1\n"), all);
        assertTrue(all.endsWith("\n1023 - - n2,n1\n"), all);
        String one = node.run("shard", "locate", "user:42").out().replaceAll(" +", " ");
        assertEquals("SHARD LEADER TERM HOLDERS\n717 n2 7 n2,n1\n", one);
        assertEquals(
                "[{\"shard\":717,\"leader\":\"n2\",\"term\":7,\"holders\":[\"n2\",\"n1\"]}]\n",
                node.run("shard", "locate", "user:42", "-o", "json").out());
        assertEquals(2, node.run("shard", "find", "k").exitCode());
    }
}
