package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.client.ClientOptions;
import norikv.client.Norikv;
import norikv.client.Scan;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three real processes: what they acknowledged survives the loss of any one of them.
@Timeout(300)
final class ClusterIT {
    private static final int NODES = 3;
    private static final int KEYS = 60;
    private static final int FILL = 120;
    private static final int FILL_BYTES = 512 << 10;

    @TempDir private Path folder;
    private final List<Integer> ports = new ArrayList<>();
    private final List<String> settings = new ArrayList<>();

    @Test
    void whatWasAcknowledgedSurvivesTheLossOfEachNodeInTurn() throws IOException {
        IntStream.range(0, NODES).forEach(_ -> ports.add(freePort()));
        List<NodeProcess> nodes = new ArrayList<>();
        try {
            nodes.addAll(startAll());
            try (Norikv client = connect(Duration.ofSeconds(20))) {
                for (int round = 0; round < NODES; round++) {
                    write(client, round);
                    nodes.get(round).kill();
                    check(client, round);
                    write(client, round + 100);
                    check(client, round + 100);
                    nodes.set(round, start(round).join().mustBeReady());
                }
                nodes.forEach(NodeProcess::kill);
                nodes.clear();
                nodes.addAll(startAll());
                check(client, NODES - 1 + 100);
            }
            for (NodeProcess node : nodes) {
                assertEquals(0, node.stop(), node::errors);
            }
        } finally {
            for (NodeProcess node : nodes) {
                node.close();
            }
        }
    }

    @Test
    void whoMissedMoreThanTheLogsKeepIsBroughtUpToDate() throws IOException {
        IntStream.range(0, NODES).forEach(_ -> ports.add(freePort()));
        settings.addAll(List.of("--set", "wal.keep_bytes=0B"));
        settings.addAll(List.of("--set", "storage.memtable_bytes=4MiB"));
        List<NodeProcess> nodes = new ArrayList<>(startAll());
        try (Norikv client = connect(Duration.ofSeconds(60))) {
            write(client, 1);
            nodes.get(2).kill();
            fill(client);
            write(client, 2);
            nodes.set(2, start(2).join().mustBeReady());
            nodes.get(0).kill();
            // Nothing is committed from here on before node 2 has what it missed.
            check(client, 2);
            write(client, 3);
            assertTrue(shardsReceived(nodes.get(2)) > 0, "some shards came whole");
            nodes.set(0, start(0).join().mustBeReady());
            nodes.get(1).kill();
            check(client, 3);
            for (int i = 0; i < FILL; i++) {
                assertEquals(FILL_BYTES, client.get("fill" + i).orElseThrow().value().length());
            }
        } finally {
            for (NodeProcess node : nodes) {
                node.close();
            }
        }
    }

    /// Writes more than the others' logs keep.
    private static void fill(Norikv client) {
        Bytes value = Bytes.wrap(new byte[FILL_BYTES]);
        for (int i = 0; i < FILL; i++) {
            client.put(Bytes.utf8("fill" + i), value);
        }
    }

    private static long shardsReceived(NodeProcess node) throws IOException {
        String name = "norikv_snapshot_streams_ended_total{direction=\"rx\",outcome=\"done\"} ";
        try (InputStream page = URI.create(node.httpAddress() + "/metrics").toURL().openStream()) {
            String text = new String(page.readAllBytes(), StandardCharsets.UTF_8);
            int at = text.indexOf(name);
            assertTrue(at >= 0, text);
            String rest = text.substring(at + name.length());
            return Math.round(Double.parseDouble(rest.lines().findFirst().orElseThrow()));
        }
    }

    @Test
    void scansCountsAndExportsCoverTheShardsOfAllNodes() throws Exception {
        IntStream.range(0, NODES).forEach(_ -> ports.add(freePort()));
        List<NodeProcess> nodes = new ArrayList<>(startAll());
        try (Norikv client = connect(Duration.ofSeconds(20))) {
            write(client, 1);
            List<String> keys =
                    IntStream.range(0, KEYS).mapToObj(i -> "k" + i).sorted().toList();
            assertEquals(keys, cli("scan", "k", "--keys-only").lines().toList());
            assertEquals(KEYS + "\n", cli("count", "k"));
            assertEquals(KEYS, cli("export").lines().count());
            assertTrue(cli("cluster", "status").contains("16 shards, 0 without a leader"));
            assertEquals(17, cli("shard", "list").lines().count());

            Scan scan = client.scan(client.options().toScan().withPageBytes(400));
            List<String> seen = new ArrayList<>();
            for (Item item : scan) {
                seen.add(item.key().toUtf8());
                if (seen.size() == KEYS / 3) {
                    nodes.getFirst().kill();
                }
            }
            assertEquals(keys, seen);
        } finally {
            for (NodeProcess node : nodes) {
                node.close();
            }
        }
    }

    /// {@return what a command line says, which must succeed}
    private String cli(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(NodeProcess.JAVA, "-XX:+UseSerialGC"));
        command.addAll(List.of("-p", NodeProcess.JAR.toString(), "-m", "norikv"));
        command.addAll(List.of(words));
        command.addAll(List.of("--timeout", "20s", "-e", "127.0.0.1:" + ports.getLast()));
        Path errors = Files.createTempFile(folder, "cli-", ".err");
        Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), Files.readString(errors));
        return out;
    }

    @Test
    void aMinorityServesNobody() throws IOException {
        IntStream.range(0, NODES).forEach(_ -> ports.add(freePort()));
        List<NodeProcess> nodes = new ArrayList<>(startAll());
        try (Norikv client = connect(Duration.ofSeconds(3))) {
            client.put("k", "v");
            nodes.get(0).kill();
            nodes.get(1).kill();
            NoriException refused = refusal(() -> client.put("k", "w"));
            assertTrue(
                    refused.code() != ErrorCode.INTERNAL, () -> "answered: " + refused.code());
            NoriException unread = refusal(() -> client.get("k"));
            assertTrue(!unread.code().isIndeterminate(), unread::getMessage);
        } finally {
            for (NodeProcess node : nodes) {
                node.close();
            }
        }
    }

    @Test
    void anotherListOfNodesIsRefusedLater() throws IOException {
        IntStream.range(0, NODES).forEach(_ -> ports.add(freePort()));
        startAll().forEach(NodeProcess::kill);
        ports.add(freePort());
        try (NodeProcess node = start(0).join()) {
            assertEquals(ErrorCode.CLUSTER_MISMATCH.exitCode(), node.awaitEnd());
            assertTrue(node.errors().contains("cluster.nodes"), node::errors);
        }
    }

    private List<NodeProcess> startAll() {
        List<CompletableFuture<NodeProcess>> starting =
                IntStream.range(0, NODES).mapToObj(this::start).toList();
        return starting.stream()
                .map(CompletableFuture::join)
                .map(NodeProcess::mustBeReady)
                .toList();
    }

    private CompletableFuture<NodeProcess> start(int index) {
        List<String> named = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            named.add("n" + i + "=127.0.0.1:" + ports.get(i));
        }
        String[] flags = {
            "--node-id", "n" + index,
            "--rpc-addr", "127.0.0.1:" + ports.get(index),
            "--set", "cluster.id=it",
            "--set", "cluster.total_shards=16",
            "--set", "wal.segment_bytes=16MiB",
            "--set", "cluster.secret=a secret of this test",
            "--set", "cluster.nodes=" + String.join(",", named)
        };
        List<String> all = new ArrayList<>(List.of(flags));
        all.addAll(settings);
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        Path data = Files.createDirectories(folder.resolve("n" + index));
                        return NodeProcess.start(data, all.toArray(String[]::new));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                command -> Thread.ofPlatform().start(command));
    }

    private Norikv connect(Duration deadline) {
        String endpoints =
                String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
        return Norikv.connect(endpoints, ClientOptions.defaults().withDeadline(deadline));
    }

    private static void write(Norikv client, int round) {
        for (int i = 0; i < KEYS; i++) {
            client.put("k" + i, "v" + round);
        }
    }

    private static void check(Norikv client, int round) {
        for (int i = 0; i < KEYS; i++) {
            assertEquals("v" + round, client.get("k" + i).orElseThrow().value().toUtf8());
        }
    }

    private static NoriException refusal(Runnable call) {
        try {
            call.run();
        } catch (NoriException e) {
            return e;
        }
        throw new AssertionError("refused without a majority, got an answer");
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
