package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardSet;
import norikv.domain.Sharding;
import norikv.embedded.EmbeddedCluster;
import norikv.embedded.EmbeddedOptions;
import norikv.json.Json;
import norikv.json.JsonReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A benchmark of a cluster asks the nodes that lead, counts what it was told, and fails nothing.
@Timeout(120)
final class BenchClusterTest {
    private static EmbeddedCluster cluster;

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.start();
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    @Test
    void everyWorkloadRunsWithoutErrors() throws JsonReader.Malformed {
        for (List<String> workload :
                List.of(
                        List.of("put", "linearizable"),
                        List.of("get", "linearizable"),
                        List.of("get", "lease"),
                        List.of("get", "stale"),
                        List.of("mixed:50/50", "linearizable"),
                        List.of("scan", "linearizable"),
                        List.of("scan", "stale"))) {
            Json.Obj report = bench(workload.get(0), workload.get(1));
            // A stale read may be ahead of a replica that has not applied yet.
            Set<String> told = new TreeSet<>(object(report, "errors").members().keySet());
            told.removeAll(Set.of("NOT_LEADER(retried)", "NO_QUORUM(retried)"));
            if (workload.get(1).equals("stale")) {
                told.remove("NOT_FOUND");
            }
            assertEquals(Set.of(), told, workload.toString());
            // An open loop counts what was begun in time, however slow the machine is.
            assertTrue(Double.parseDouble(member(report, "count").toString()) > 0);
        }
    }

    @Test
    void nodesOfTwoClustersAreRefused() {
        try (EmbeddedCluster other =
                EmbeddedCluster.start(
                        EmbeddedOptions.defaults()
                                .withNodes(1)
                                .withSetting("cluster.id", "other"))) {
            Run run = Run.of("bench", "-e", cluster.endpoints() + "," + other.endpoints());
            assertEquals(2, run.exitCode());
            assertTrue(run.err().contains("one cluster"), run.err());
        }
    }

    @Test
    void aRequestGoesWhereItsShardWasLastSeenToBeLed() {
        var routes = new BenchRoutes(List.of("n1", "n2", "n3"), new Sharding(1));
        var get = new Request.Get(Bytes.utf8("k"), Consistency.LINEARIZABLE);
        var stale = new Request.Get(Bytes.utf8("k"), Consistency.STALE);
        assertEquals(1, routes.nodeOf(get, 1), "nothing is known");
        assertTrue(routes.redirect(get, 1, "n3"));
        assertEquals(2, routes.nodeOf(get, 1));
        assertEquals(1, routes.nodeOf(stale, 1), "any replica will do");
        assertFalse(routes.redirect(get, 2, ""), "it does not know either");
        assertEquals(0, routes.nodeOf(get, 1), "then the next one is asked");
        assertFalse(routes.redirect(get, 0, "n1"), "itself is no other");
    }

    @Test
    void aScanIsDoneWhenEveryShardWasAnsweredFor() {
        var scans = new BenchScans(1, 3);
        scans.begin(0, 2);
        assertEquals(new BenchScans.State.Waits(), scans.take(0, part(0, 1)));
        assertEquals(new BenchScans.State.Done(), scans.take(0, part(2)));
        scans.begin(0, 2);
        scans.take(0, part(0, 1));
        assertTrue(
                scans.take(0, part()) instanceof BenchScans.State.Failed failed
                        && failed.why().code() == ErrorCode.NOT_LEADER);
        scans.begin(0, 2);
        var refused = new Reply.Failed(ErrorCode.WRITE_STALL, "no", 1);
        assertEquals(new BenchScans.State.Waits(), scans.take(0, refused));
        assertEquals(new BenchScans.State.Failed(refused), scans.take(0, part(0, 1, 2)));
    }

    private static Reply part(int... shards) {
        ShardSet of = ShardSet.of(3, shard -> IntStream.of(shards).anyMatch(s -> s == shard));
        return new Reply.PagePart(of, new Reply.Page(List.of(), 0, Bytes.EMPTY));
    }

    private static Json.Obj bench(String workload, String consistency)
            throws JsonReader.Malformed {
        Run run =
                Run.of(
                        "bench", "-e", cluster.endpoints(), "--workload", workload,
                        "--consistency", consistency, "--duration=300ms", "--warmup=0s",
                        "--rate=200", "--keys=300", "--clients=4", "--value-size=100",
                        "--timeout=20s", "-o", "json");
        assertEquals(0, run.exitCode(), run.err());
        byte[] out = run.out().getBytes(StandardCharsets.UTF_8);
        return (Json.Obj) JsonReader.read(out, 0, out.length);
    }

    private static Json.Obj object(Json.Obj of, String name) {
        return (Json.Obj) member(of, name);
    }

    private static Json member(Json.Obj of, String name) {
        return of.member(name).orElseThrow();
    }
}
