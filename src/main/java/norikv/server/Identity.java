package norikv.server;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import norikv.disk.Disk;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;

/// What a data folder says about itself: whose it is, and in which format. Written once, when the
/// folder is first used, and compared at every start.
///
/// ```text
/// norikv-identity 1
/// cluster_id=…          1 to 64 of a-z A-Z 0-9 . _ -
/// node_id=…
/// store_uuid=…          drawn at random: a wiped disk is another store
/// total_shards=1024
/// bands=16
/// replication_factor=3
/// nodes=n1,n2,n3        all nodes of the cluster, in the order of the placement's ring
/// format_log=1          the newest format that may be found in the folder, by kind of file
/// format_tables=1
/// crc32c=0123abcd       of all lines before, as UTF-8 with their line ends
/// ```
///
/// **Durability.** Written under a temporary name, forced, renamed, and the folder forced: a crash
/// leaves the whole file or none. **Source.** `wire/files.md`, identity.
public record Identity(
        String clusterId, NodeId nodeId, UUID storeUuid, int bands, Placement placement) {
    /// The file's name in the data folder.
    public static final String FILE = "identity";

    /// The newest format of log files that this build reads and the one it writes.
    static final int FORMAT_LOG = 1;

    /// The newest format of tables and manifests that this build reads and the one it writes.
    static final int FORMAT_TABLES = 1;

    private static final String FIRST_LINE = "norikv-identity 1";

    /// {@return the identity that a folder made with `config` would get}
    static Identity of(Config config, RandomGenerator chance) {
        UUID store = new UUID(chance.nextLong(), chance.nextLong());
        String cluster = config.clusterId();
        return new Identity(
                cluster.equals(Config.AUTO) ? "c-" + store.toString().substring(0, 8) : cluster,
                config.nodeId(),
                store,
                config.bands(),
                Placement.over(
                        List.copyOf(config.nodes().keySet()),
                        config.totalShards(),
                        config.replicationFactor()));
    }

    /// Reads the identity of the folder, or makes one for an empty folder.
    ///
    /// **Errors.** `CLUSTER_MISMATCH` when the folder is another node's, another cluster's or has
    /// another number of shards or bands; `VERSION_UNSUPPORTED` when it is newer than this build;
    /// `CORRUPTION` when the file is damaged, or missing from a folder that holds data. The folder
    /// is not touched then.
    static Identity openOrCreate(Disk disk, Config config, RandomGenerator chance) {
        if (disk.exists(FILE)) {
            Identity found = parse(TextFile.read(disk, FILE));
            found.mustServe(config);
            return found;
        }
        mustBeEmpty(disk);
        Identity made = of(config, chance);
        TextFile.write(disk, FILE, made.lines());
        return made;
    }

    private static void mustBeEmpty(Disk disk) {
        if (!disk.list("wal").isEmpty() || !disk.list("lsm").isEmpty()) {
            throw new NoriException.Corruption(
                    FILE + ": missing, but the folder holds data; is this the right folder?");
        }
    }

    /// Requires that the folder of a node has a sound identity, or is empty.
    ///
    /// **Errors.** `CORRUPTION` and `VERSION_UNSUPPORTED` as when it is opened.
    public static void check(Disk disk) {
        if (disk.exists(FILE)) {
            parse(TextFile.read(disk, FILE));
        } else {
            mustBeEmpty(disk);
        }
    }

    private void mustServe(Config config) {
        if (!config.clusterId().equals(Config.AUTO)) {
            mustEqual("cluster.id", clusterId, config.clusterId());
        }
        mustEqual("node_id", nodeId, config.nodeId());
        mustEqual("cluster.total_shards", totalShards(), config.totalShards());
        mustEqual("storage.bands", bands, config.bands());
        mustEqual(
                "cluster.nodes", sorted(placement.nodes()), sorted(config.nodes().keySet()));
        mustEqual(
                "cluster.replication_factor",
                placement.replicationFactor(),
                config.replicationFactor());
    }

    private static void mustEqual(String what, Object folder, Object configured) {
        if (!folder.equals(configured)) {
            throw new NoriException.Refused(
                    ErrorCode.CLUSTER_MISMATCH,
                    "%s: the data folder was made with %s, the configuration says %s"
                            .formatted(what, folder, configured));
        }
    }

    public int totalShards() {
        return placement.totalShards();
    }

    private static List<String> sorted(Collection<NodeId> nodes) {
        return nodes.stream().map(NodeId::name).sorted().toList();
    }

    /// {@return the store's UUID as a number: what other stores left in a file never validates}
    long salt() {
        return storeUuid.getMostSignificantBits() ^ storeUuid.getLeastSignificantBits();
    }

    String lines() {
        return """
                %s
                cluster_id=%s
                node_id=%s
                store_uuid=%s
                total_shards=%d
                bands=%d
                replication_factor=%d
                nodes=%s
                format_log=%d
                format_tables=%d
                """
                .formatted(
                        FIRST_LINE,
                        clusterId,
                        nodeId,
                        storeUuid,
                        totalShards(),
                        bands,
                        placement.replicationFactor(),
                        String.join(
                                ",", placement.nodes().stream().map(NodeId::name).toList()),
                        FORMAT_LOG,
                        FORMAT_TABLES);
    }

    /// {@return the identity that `text` spells}
    static Identity parse(String text) {
        if (!text.startsWith("norikv-identity ")) {
            throw new NoriException.Corruption(
                    FILE + ": first line '" + FIRST_LINE + "', got something else");
        }
        if (!text.startsWith(FIRST_LINE + "\n")) {
            throw newer("format of " + FILE, text.lines().findFirst().orElse(""), FIRST_LINE);
        }
        Map<String, String> fields = new LinkedHashMap<>();
        TextFile.lines(FILE, text)
                .lines()
                .skip(1)
                .forEach(
                        line -> {
                            int equals = Math.max(0, line.indexOf('='));
                            fields.put(line.substring(0, equals), line.substring(equals + 1));
                        });
        mustReadFormat(fields, "format_log", FORMAT_LOG);
        mustReadFormat(fields, "format_tables", FORMAT_TABLES);
        try {
            return new Identity(
                    field(fields, "cluster_id"),
                    new NodeId(field(fields, "node_id")),
                    UUID.fromString(field(fields, "store_uuid")),
                    Integer.parseInt(field(fields, "bands")),
                    new Placement(
                            Stream.of(field(fields, "nodes").split(",", -1))
                                    .map(NodeId::new)
                                    .toList(),
                            Integer.parseInt(field(fields, "total_shards")),
                            Integer.parseInt(field(fields, "replication_factor"))));
        } catch (NoriException.Malformed | IllegalArgumentException e) {
            throw new NoriException.Corruption(FILE + ": " + e.getMessage(), e);
        }
    }

    private static void mustReadFormat(Map<String, String> fields, String name, int newest) {
        String found = field(fields, name);
        if (!found.matches("[0-9]{1,6}") || Integer.parseInt(found) > newest) {
            throw newer(name, found, Integer.toString(newest));
        }
    }

    private static NoriException newer(String what, String found, String known) {
        return new NoriException.Refused(
                ErrorCode.VERSION_UNSUPPORTED,
                "%s: this build reads up to '%s', the data folder has '%s'; use a newer build"
                        .formatted(what, known, found));
    }

    private static String field(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new NoriException.Corruption(FILE + ": no line " + name + "=…");
        }
        return value;
    }
}
