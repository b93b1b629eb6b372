package norikv.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import norikv.domain.Limits;

/// Every setting of a node: its name, what may be written, its default, and what it is for. What
/// `norikv config` prints, checks and explains comes from here.
public enum ConfigKey {
    NODE_ID(
            "node_id",
            new ConfigType.Name(),
            "n1",
            "The name of this node, unique in its cluster. The data folder keeps it: another name"
                    + " is refused."),
    CLUSTER_ID(
            "cluster.id",
            new ConfigType.NameOrAuto(),
            "auto",
            "The name of the cluster. auto: made up at the first start and kept in the data folder;"
                    + " later that one is taken."),
    TOTAL_SHARDS(
            "cluster.total_shards",
            new ConfigType.Whole(1, Limits.SHARDS_MAX),
            "1024",
            "How many shards all keys are spread over. Fixed at the first start, for the life of"
                    + " the cluster."),
    REPLICATION_FACTOR(
            "cluster.replication_factor",
            new ConfigType.WholeOrAuto(1, 9),
            "auto",
            "How many nodes keep each shard. auto: 3, or 1 where there are fewer than three nodes."
                    + " Fixed at the first start."),
    CLUSTER_NODES(
            "cluster.nodes",
            new ConfigType.NodeList(),
            "",
            "All nodes of the cluster and where they listen. At the first start it says which node"
                    + " keeps which shard; later only addresses may change. Nothing: this node is"
                    + " alone."),
    CLUSTER_SECRET(
            "cluster.secret",
            new ConfigType.Secret(),
            "",
            "What nodes prove to each other to know. Needed when any of them is reached through"
                    + " more than this machine."),
    CLUSTER_CHECK_INTERVAL(
            "cluster.check_interval",
            new ConfigType.Time(Duration.ZERO, Duration.ofDays(30)),
            "1d",
            "How often what the replicas of a shard hold is compared, shard after shard. One that"
                    + " holds something else than most is stopped and gets the shard again. 0s:"
                    + " never, and this node takes no part."),
    RPC_ADDR(
            "rpc_addr",
            new ConfigType.HostAndPort(),
            "127.0.0.1:7447",
            "Where clients connect. There is no authentication: whoever reaches it reads and writes"
                    + " everything."),
    HTTP_ADDR(
            "http_addr",
            new ConfigType.HostAndPort(),
            "127.0.0.1:8080",
            "Where metrics and health are served, over HTTP."),
    DATA_DIR(
            "data_dir",
            new ConfigType.Folder(),
            "./norikv-data",
            "Where everything is kept. One node at a time: the folder is locked."),
    STORAGE_BANDS(
            "storage.bands",
            new ConfigType.Whole(1, 1024),
            "16",
            "Into how many key ranges the shards of a node are put together: a scan merges this"
                    + " many cursors. At most cluster.total_shards. Fixed at the first start."),
    STORAGE_MEMTABLE_BYTES(
            "storage.memtable_bytes",
            new ConfigType.Size(1 << 20, 1 << 30, 1),
            "24MiB",
            "How much is gathered in memory before it is written as a table. Up to four times this"
                    + " is in use under load."),
    STORAGE_DISK_LOW_BYTES(
            "storage.disk_low_bytes",
            new ConfigType.SizeOrAuto(0, 1L << 40),
            "auto",
            "Below so many free bytes of the disk, puts are refused; deletes and reads go on. auto:"
                    + " a 20th of the disk, 32 MiB to 8 GiB. Taken back when there is an 8th"
                    + " more."),
    STORAGE_DISK_FULL_BYTES(
            "storage.disk_full_bytes",
            new ConfigType.SizeOrAuto(0, 1L << 40),
            "auto",
            "Below so many free bytes, all writes are refused. auto: a 100th of the disk, 8 MiB to"
                    + " 1 GiB. At most storage.disk_low_bytes."),
    STORAGE_DISK_RESERVE_BYTES(
            "storage.disk_reserve_bytes",
            new ConfigType.SizeOrAuto(0, 1L << 40),
            "auto",
            "How much of the disk a file of zeros holds back, to be given up when it is full: what"
                    + " makes room needs some first. Not counted as free. auto: a 100th of the"
                    + " disk, 8 MiB to 256 MiB."),
    STORAGE_SCRUB_RATE(
            "storage.scrub_rate",
            new ConfigType.Size(0, 1 << 30, 4096),
            "4MiB",
            "How many bytes a second are read again, of tables once a day and of the log once an"
                    + " hour, to find damage before they are needed. 0B: none."),
    WAL_SEGMENT_BYTES(
            "wal.segment_bytes",
            new ConfigType.Size(4 << 20, 1 << 30, 4096),
            "64MiB",
            "The size of one file of the shared log. Files are filled with zeros when they are made"
                    + " and used again."),
    WAL_KEEP_BYTES(
            "wal.keep_bytes",
            new ConfigType.Size(0, 1L << 40, 4096),
            "256MiB",
            "How much of the shared log is kept for nodes that lag, though it is in tables here."
                    + " One that lags by more gets whole shards instead. A node that is alone keeps"
                    + " none."),
    LIMITS_CONNECTIONS_MAX(
            "limits.connections_max",
            new ConfigType.Whole(1, 65_536),
            "4096",
            "The most client connections at a time. One more is told so and closed."),
    LIMITS_REQUESTS_IN_FLIGHT(
            "limits.requests_in_flight",
            new ConfigType.Whole(1, 65_536),
            "1024",
            "The most unanswered requests of one connection. Beyond it nothing more is read from"
                    + " that connection."),
    LIMITS_BYTES_IN_FLIGHT(
            "limits.bytes_in_flight",
            new ConfigType.Size(3 << 20, 1 << 30, 1),
            "4MiB",
            "The most bytes of requests and replies that are held for one connection. Beyond it"
                    + " nothing more is read from that connection."),
    LIMITS_HANDSHAKE_TIMEOUT(
            "limits.handshake_timeout",
            new ConfigType.Time(Duration.ofMillis(100), Duration.ofMinutes(10)),
            "10s",
            "How long a new connection may take to introduce itself before it is closed."),
    LIMITS_IDLE_TIMEOUT(
            "limits.idle_timeout",
            new ConfigType.Time(Duration.ofSeconds(1), Duration.ofDays(30)),
            "10m",
            "How long a connection may be silent before it is closed."),
    LIMITS_STALL_TIMEOUT(
            "limits.stall_timeout",
            new ConfigType.Time(Duration.ofSeconds(1), Duration.ofHours(1)),
            "30s",
            "How long a client may leave its replies unread before it is closed."),
    LIMITS_IDEMPOTENCY_WINDOW(
            "limits.idempotency_window",
            new ConfigType.Time(Duration.ofSeconds(1), Duration.ofDays(30)),
            "10m",
            "How long the idempotency key of a write is known, in the log time of its shard. The"
                    + " same write under the same key is done once within it."),
    LIMITS_IDEMPOTENCY_SHARD_BYTES(
            "limits.idempotency_shard_bytes",
            new ConfigType.Size(0, 1L << 40, 1),
            "16MiB",
            "How much the idempotency keys of one shard may take. Beyond it writes with new keys"
                    + " are refused; none that is known is dropped before its time."),
    SERVER_DRAIN_TIMEOUT(
            "server.drain_timeout",
            new ConfigType.Time(Duration.ofMillis(100), Duration.ofMinutes(10)),
            "30s",
            "How long a stop may take to answer what is in flight and to write memory to tables."
                    + " What was acknowledged is durable in any case.");

    private static final String ENVIRONMENT_PREFIX = "NORIKV_";

    private final String key;
    private final ConfigType type;
    private final String fallback;
    private final String doc;

    ConfigKey(String key, ConfigType type, String fallback, String doc) {
        this.key = key;
        this.type = type;
        this.fallback = fallback;
        this.doc = doc;
    }

    /// {@return the setting that files and `--set` call `key`, if there is one}
    public static Optional<ConfigKey> named(String key) {
        for (ConfigKey candidate : values()) {
            if (candidate.key.equals(key)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /// {@return all names}
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (ConfigKey key : values()) {
            names.add(key.key);
        }
        return names;
    }

    /// {@return what files and `--set` call it}
    public String key() {
        return key;
    }

    public ConfigType type() {
        return type;
    }

    /// {@return what it is if nobody says anything}
    public String fallback() {
        return fallback;
    }

    /// {@return what it is for}
    public String doc() {
        return doc;
    }

    /// {@return the environment variable that sets it}
    public String variable() {
        return ENVIRONMENT_PREFIX
                + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /// {@return the flag of `norikv server` that sets it: its own for the common ones, else
    /// `--set`}
    public String flag() {
        return switch (this) {
            case NODE_ID, RPC_ADDR, HTTP_ADDR, DATA_DIR -> "--" + key.replace('_', '-');
            default -> "--set " + key + "=VALUE";
        };
    }
}
