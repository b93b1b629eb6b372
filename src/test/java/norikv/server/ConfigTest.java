package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import norikv.domain.NoriException;
import norikv.kv.KeyTerms;
import norikv.server.ConfigReader.FlagValue;
import norikv.server.ConfigReader.Problem;
import norikv.server.ConfigReader.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where each setting may come from, which one wins, and what is said about mistakes.
final class ConfigTest {
    @TempDir Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private final List<FlagValue> flags = new ArrayList<>();
    private String file = "";

    @Test
    void everyDefaultIsValidAndNothingConflicts() {
        assertEquals(List.of(), Config.defaults().conflicts());
        assertEquals("127.0.0.1:7447", Config.defaults().rpcAddr().toString());
        assertEquals("127.0.0.1:8080", Config.defaults().httpAddr().toString());
        assertEquals(Path.of("./norikv-data"), Config.defaults().dataDir());
        assertEquals(1024, Config.defaults().totalShards());
    }

    @Test
    void idempotencyKeysAreKeptAsIsSaid() {
        Config config =
                Config.defaults()
                        .with(ConfigKey.LIMITS_IDEMPOTENCY_WINDOW, "2m")
                        .with(ConfigKey.LIMITS_IDEMPOTENCY_SHARD_BYTES, "1MiB");

        assertEquals(new KeyTerms(120_000, 1 << 20), keyTerms(config));
        assertEquals(KeyTerms.defaults(), keyTerms(Config.defaults()));
    }

    private static KeyTerms keyTerms(Config config) {
        return Stack.Options.of(config, 2, 1L << 40).node().keyTerms();
    }

    @Test
    void keysAndVariablesAreUniqueAndNoneIsWhatKubernetesSets() {
        Set<String> seen = new HashSet<>();
        for (ConfigKey key : ConfigKey.values()) {
            assertTrue(seen.add(key.key()), key.key());
            assertTrue(seen.add(key.variable()), key.variable());
            assertFalse(key.variable().matches("NORIKV_(.*_)?(PORT|SERVICE_HOST)"), key.key());
            assertTrue(key.doc().endsWith("."), key.key());
        }
    }

    @Test
    void laterSourcesWinAndTheOriginIsKept() throws IOException {
        write(
                "a.properties",
                "# a comment\n\nnode_id=file\nrpc_addr: [::1]:1\nstorage.bands = 4\n");
        environment.put("NORIKV_RPC_ADDR", "127.0.0.1:2");
        environment.put("NORIKV_STORAGE_BANDS", "8");
        environment.put("NORIKV_HTTP_ADDR", "");
        flags.add(new FlagValue("--set", "storage.bands", "2"));

        Config config = good().config();

        assertEquals("file", config.nodeId().name());
        assertEquals("127.0.0.1:2", config.rpcAddr().toString());
        assertEquals(2, config.bands());
        assertEquals(file + ":3", origin(config, ConfigKey.NODE_ID));
        assertEquals("env NORIKV_RPC_ADDR", origin(config, ConfigKey.RPC_ADDR));
        assertEquals("--set", origin(config, ConfigKey.STORAGE_BANDS));
        assertEquals("default", origin(config, ConfigKey.HTTP_ADDR));
    }

    @Test
    void everythingWrongIsReportedAtOnceWithItsPlace() throws IOException {
        write(
                "b.properties",
                """
                node_id = n1
                cluster.replicaton_factor = 1

                storage.memtable_bytes = 512
                node_id = n2
                limits.idle_timeout = 5
                data_dir = C:\\new
                just words
                """);
        environment.put("NORIKV_CLUSTER_TOTAL_SHARDS", "0");
        flags.add(new FlagValue("--rpc-addr", "rpc_addr", "7447"));

        assertEquals(
                List.of(
                        new Problem(file + ":5", "", "node_id stands in line 1 too"),
                        new Problem(
                                file + ":7",
                                "",
                                "write no backslash: every line and character stands for itself"),
                        new Problem(file + ":8", "", "want key = value, got 'just words'"),
                        new Problem(
                                file + ":2",
                                "cluster.replicaton_factor",
                                "unknown key; did you mean cluster.replication_factor?"),
                        new Problem(
                                file + ":4",
                                "storage.memtable_bytes",
                                "'512' needs a unit, such as 512MiB"),
                        new Problem(
                                file + ":6",
                                "limits.idle_timeout",
                                "'5' needs a unit, such as 5s"),
                        new Problem(
                                "env NORIKV_CLUSTER_TOTAL_SHARDS",
                                "cluster.total_shards",
                                "want a whole number from 1 to 65536, got '0'"),
                        new Problem(
                                "--rpc-addr",
                                "rpc_addr",
                                "want host:port such as 127.0.0.1:7447 or [::1]:7447, port 0 for"
                                        + " any that is free, got '7447'")),
                bad());
    }

    @Test
    void settingsThatDoNotGoTogetherAreRefused() {
        flags.add(new FlagValue("--set", "cluster.total_shards", "8"));
        environment.put("NORIKV_HTTP_ADDR", "127.0.0.1:7447");
        assertEquals(
                List.of(
                        new Problem(
                                "default",
                                "storage.bands",
                                "16 must be at most cluster.total_shards (8, from --set)"),
                        new Problem(
                                "env NORIKV_HTTP_ADDR",
                                "http_addr",
                                "127.0.0.1:7447 is taken by rpc_addr (from default)")),
                bad());
    }

    @Test
    void moreReplicasThanNodesAreRefused() {
        flags.add(new FlagValue("--set", "cluster.replication_factor", "3"));
        assertEquals(
                "3 must be at most the number of nodes (1, from default)",
                bad().getFirst().what());
    }

    @Test
    void aClusterNeedsANameThisNodeAndASecretBeyondThisMachine() {
        flags.add(new FlagValue("--set", "cluster.nodes", "a=10.0.0.1:7447,b=10.0.0.2:7447"));
        assertEquals(
                List.of("cluster.nodes", "cluster.id", "cluster.secret"),
                bad().stream().map(ConfigReader.Problem::key).toList());
    }

    @Test
    void aListOfNodesThatIsNoneIsRefused() {
        for (String text : List.of("n1", "n1=host", "n1=h:1,n1=h:2", "n1=h:0", "n1=h:1,")) {
            flags.clear();
            flags.add(new FlagValue("--set", "cluster.nodes", text));
            assertTrue(bad().getFirst().what().startsWith("want name=host:port"), text);
        }
    }

    @Test
    void threeNodesKeepThreeReplicasUnlessToldOtherwise() {
        Config alone = Config.defaults();
        Config three = alone.with(ConfigKey.CLUSTER_NODES, "n1=h:1,n2=h:2,n3=h:3");
        assertEquals(1, alone.replicationFactor());
        assertEquals(3, three.replicationFactor());
        assertEquals(
                2, three.with(ConfigKey.REPLICATION_FACTOR, "2").replicationFactor());
    }

    @Test
    void anUnknownVariableIsAWarningButThoseOfKubernetesAreSilent() {
        environment.put("NORIKV_NODEID", "x");
        environment.put("NORIKV_PORT", "tcp://10.0.0.1:7447");
        environment.put("NORIKV_PORT_7447_TCP_ADDR", "10.0.0.1");
        environment.put("NORIKV_SERVICE_HOST", "10.0.0.1");
        environment.put("NORIKV_RPC_SERVICE_PORT_DATA", "7447");
        environment.put("NORIKV_ENDPOINTS", "127.0.0.1:7447");
        environment.put("OTHER", "x");
        assertEquals(
                List.of("unknown variable NORIKV_NODEID; did you mean NORIKV_NODE_ID?"),
                good().warnings());
    }

    @Test
    void filesAreFoundWhereTheyAreExpected() throws IOException {
        write("etc/norikv/norikv.properties", "node_id=shared\n");
        environment.put("XDG_CONFIG_DIRS", "relative:" + folder.resolve("etc"));
        file = "";
        assertEquals("shared", good().config().nodeId().name());

        write("home/.config/norikv/norikv.properties", "node_id=own\n");
        file = "";
        assertEquals("own", good().config().nodeId().name());

        write("named.properties", "node_id=named\n");
        environment.put("NORIKV_CONFIG", file);
        file = "";
        assertEquals("named", good().config().nodeId().name());

        write("flag.properties", "node_id=flag\n");
        assertEquals("flag", good().config().nodeId().name());
    }

    @Test
    void aFileThatCannotBeReadIsAProblem() throws IOException {
        file = folder.resolve("missing").toString();
        assertEquals(List.of(new Problem(file, "", "no such file")), bad());

        write("latin.properties", "");
        Files.write(Path.of(file), new byte[] {'#', (byte) 0xe9, '\n'});
        assertEquals(List.of(new Problem(file, "", "not UTF-8")), bad());

        Files.write(Path.of(file), new byte[ConfigFile.BYTES_MAX + 1]);
        assertEquals("want at most 1048576 bytes", bad().getFirst().what());

        file = folder.toString();
        assertTrue(bad().getFirst().what().startsWith("cannot be read"));

        file = "a\0b";
        assertEquals("--config", bad().getFirst().where());
    }

    @Test
    void whatPropertiesReadsTheSameWayWeReadTheSameWay() throws IOException {
        write("same.properties", "! old comment\r\n  node_id : a-b \r\ndata_dir=/x/=y: z#1\r\n");
        java.util.Properties theirs = new java.util.Properties();
        try (var in = Files.newBufferedReader(Path.of(file))) {
            theirs.load(in);
        }
        Config config = good().config();
        assertEquals(theirs.getProperty("node_id").strip(), config.nodeId().name());
        assertEquals(theirs.getProperty("data_dir"), config.dataDir().toString());
    }

    @Test
    void aProgramSetsWhatItWantsAndIsRefusedTheSameMistakes() {
        Config config = Config.defaults().with(ConfigKey.DATA_DIR, folder.toString());
        assertEquals(folder, config.dataDir());
        assertEquals("program", origin(config, ConfigKey.DATA_DIR));
        assertThrows(
                NoriException.Malformed.class,
                () -> Config.defaults().with(ConfigKey.TOTAL_SHARDS, "many"));
    }

    @Test
    void theVersionIsThatOfTheBuildFile() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        assertTrue(pom.contains("<version>" + Release.VERSION + "-SNAPSHOT</version>")
                || pom.contains("<version>" + Release.VERSION + "</version>"));
    }

    private static String origin(Config config, ConfigKey key) {
        return config.settings().get(key).origin().toString();
    }

    private void write(String name, String text) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        file = path.toString();
    }

    private Result read() {
        String home = folder.resolve("home").toString();
        return ConfigReader.read(new ConfigReader.Sources(file, environment, flags, home));
    }

    private Result.Good good() {
        return assertInstanceOf(Result.Good.class, read());
    }

    private List<Problem> bad() {
        return assertInstanceOf(Result.Bad.class, read()).problems();
    }
}
