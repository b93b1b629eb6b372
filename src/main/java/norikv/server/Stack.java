package norikv.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import norikv.adapter.lsm.LsmShards;
import norikv.adapter.lsm.LsmStorage;
import norikv.disk.Disk;
import norikv.disk.Watermarks;
import norikv.domain.NodeId;
import norikv.domain.Placement;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Room;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.host.CheckOptions;
import norikv.host.Founding;
import norikv.host.Host;
import norikv.host.Recovery;
import norikv.kv.KeyTerms;
import norikv.kv.KeyValueNode;
import norikv.lsm.DormantLsm;
import norikv.lsm.Lsm;
import norikv.lsm.LsmOptions;
import norikv.lsm.TableDamage;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Administration;
import norikv.port.KeyValue;
import norikv.port.Peers;
import norikv.port.ShardStore;
import norikv.raftlog.RaftLog;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;
import norikv.work.FaultHandler;
import norikv.work.Loops;

/// All of a node that is below its ports: storage, log, host and the key-value service, built
/// bottom-up and closed top-down. It knows no socket and no file system, so one thread and one seed
/// can run all of it on a simulated disk.
///
/// **Threads.** Opened and closed by one; [#keyValue()] is for any.
public final class Stack implements AutoCloseable {
    /// Where the shared log is, below the data folder.
    public static final String LOG_DIRECTORY = "wal";

    /// Where tables and manifest are, below the data folder.
    public static final String STORAGE_DIRECTORY = "lsm";

    /// The file that says that the first entries of the groups are durable here: from then on this
    /// store votes, and must find them again.
    public static final String FOUNDED = "founded";

    private static final String FOUNDED_LINE = "norikv-founded 1\n";

    private static final long CLOSE_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);

    private final Loops loops;
    private final Lsm lsm;
    private final RaftLog log;
    private final LsmStorage storage;
    private final LsmShards shards;
    private final Host host;
    private final KeyValueNode node;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// Whether this life found the store founded.
    private final boolean isFounded;

    /// What a stack lives in.
    ///
    /// @param status answers [norikv.domain.Request.Status]
    public record Environment(
            Disk disk,
            Loops loops,
            FaultHandler faults,
            Meter meter,
            Event.Sink events,
            Supplier<Reply.Status> status,
            Member member) {}

    /// Who this node is among the nodes of its cluster.
    ///
    /// @param logSalt random, of this store: what other logs left in a file never validates
    /// @param random draws the times of elections
    public record Member(
            String clusterId,
            Placement placement,
            NodeId self,
            Peers peers,
            long logSalt,
            RandomGenerator random) {
        /// {@return a node that is alone}
        public static Member alone(
                NodeId self, int totalShards, long logSalt, RandomGenerator random) {
            return new Member(
                    "alone",
                    new Placement(List.of(self), totalShards, 1),
                    self,
                    Peers.NONE,
                    logSalt,
                    random);
        }

        private Founding founding() {
            return new Founding(clusterId, placement, placement.number(self).orElseThrow());
        }
    }

    /// How large its parts are.
    ///
    /// @param logSegmentBytes the size of a file of the shared log
    /// @param logKeepBytes how much log is kept for nodes that lag, though it is flushed here
    /// @param logPinned how much more log single entries may keep
    /// @param logInFlightBytesMax how much log may be accepted and not yet durable
    public record Options(
            Sharding sharding,
            LsmOptions lsm,
            long logSegmentBytes,
            long logKeepBytes,
            RaftLogOptions.Pinned logPinned,
            long logInFlightBytesMax,
            Host.Options host,
            KeyValueNode.Options node) {
        private static final long LOG_IN_FLIGHT_BYTES_MAX = 32L << 20;
        private static final long SCRUB_INTERVAL_MILLIS = TimeUnit.DAYS.toMillis(1);

        /// Single entries keep no more log than they do by default.
        public Options(
                Sharding sharding,
                LsmOptions lsm,
                long logSegmentBytes,
                long logKeepBytes,
                long logInFlightBytesMax,
                Host.Options host,
                KeyValueNode.Options node) {
            this(
                    sharding,
                    lsm,
                    logSegmentBytes,
                    logKeepBytes,
                    RaftLogOptions.Pinned.DEFAULTS,
                    logInFlightBytesMax,
                    host,
                    node);
        }

        public Options withLogPinned(RaftLogOptions.Pinned pinned) {
            return new Options(
                    sharding,
                    lsm,
                    logSegmentBytes,
                    logKeepBytes,
                    pinned,
                    logInFlightBytesMax,
                    host,
                    node);
        }

        /// {@return what a configuration asks for, on a machine with so many processors and a disk
        /// of so many bytes}
        ///
        /// **Errors.** [norikv.domain.NoriException.Malformed] when the marks of the disk do not go
        /// together.
        public static Options of(Config config, int processors, long diskBytes) {
            return new Options(
                    new Sharding(config.totalShards()),
                    LsmOptions.defaults()
                            .withBands(config.bands())
                            .withMemtableBytes(
                                    (int) config.size(ConfigKey.STORAGE_MEMTABLE_BYTES))
                            .withRoom(room(config, diskBytes))
                            .withScrub(
                                    new LsmOptions.Scrub(
                                            config.size(ConfigKey.STORAGE_SCRUB_RATE),
                                            SCRUB_INTERVAL_MILLIS)),
                    config.size(ConfigKey.WAL_SEGMENT_BYTES),
                    config.replicationFactor() == 1 ? 0 : config.size(ConfigKey.WAL_KEEP_BYTES),
                    LOG_IN_FLIGHT_BYTES_MAX,
                    Host.Options.defaults(processors)
                            .withChecks(checks(config)),
                    KeyValueNode.Options.defaults()
                            .withKeyTerms(
                                    new KeyTerms(
                                            config.time(ConfigKey.LIMITS_IDEMPOTENCY_WINDOW)
                                                    .toMillis(),
                                            config.size(
                                                    ConfigKey.LIMITS_IDEMPOTENCY_SHARD_BYTES))));
        }

        /// A shard with one replica has nothing to be compared with.
        private static CheckOptions checks(Config config) {
            return config.replicationFactor() == 1
                    ? CheckOptions.OFF
                    : CheckOptions.every(
                            config.time(ConfigKey.CLUSTER_CHECK_INTERVAL).toNanos());
        }

        private static LsmOptions.Room room(Config config, long diskBytes) {
            LsmOptions.Room auto = LsmOptions.Room.of(diskBytes);
            long low = auto.marks().lowBytes();
            long full = auto.marks().fullBytes();
            return new LsmOptions.Room(
                    new Watermarks(
                            config.sizeOr(ConfigKey.STORAGE_DISK_LOW_BYTES, low),
                            config.sizeOr(ConfigKey.STORAGE_DISK_FULL_BYTES, full)),
                    config.sizeOr(
                            ConfigKey.STORAGE_DISK_RESERVE_BYTES, auto.reserveBytes()));
        }
    }

    private Stack(
            Environment environment, Options options, Lsm lsm, RaftLog log, boolean isFounded) {
        this.isFounded = isFounded;
        this.loops = environment.loops();
        this.lsm = lsm;
        this.log = log;
        this.storage = new LsmStorage(lsm);
        this.shards = new LsmShards(lsm);
        this.host =
                new Host(
                        new Host.Environment(
                                environment.member().placement(),
                                environment.member().self(),
                                !isFounded,
                                log,
                                storage,
                                shards,
                                environment.member().peers(),
                                loops,
                                environment.meter(),
                                environment.events(),
                                environment.member().random(),
                                lsm::requestFlush),
                        options.host());
        lsm.watchLog(() -> unflushedBytes(options.host()), options.host().unflushedBytesMax());
        this.node =
                new KeyValueNode(
                        options.sharding(),
                        host,
                        storage,
                        loops,
                        environment.meter(),
                        administration(environment),
                        options.node());
    }

    private Administration administration(Environment environment) {
        return (request, deadlineNanos, answer) -> {
            switch (request) {
                case Request.Status _ -> answer.reply(environment.status().get());
                case Request.Topology _ -> answer.reply(host.topology());
                case Request.OfShard order -> host.steer(order, deadlineNanos, answer);
            }
        };
    }

    /// Opens storage and log and begins to serve; [#isRecovered()] says when all shards can be read
    /// and written.
    ///
    /// **Errors.** [norikv.domain.NoriException.Corruption] when what is durable is damaged or does
    /// not fit together: what is damaged was not written to, and nothing is left open.
    public static Stack open(Environment environment, Options options) {
        Lsm lsm = null;
        RaftLog log = null;
        boolean opened = false;
        boolean isFounded = environment.disk().exists(FOUNDED);
        try (DormantLsm dormant = look(environment)) {
            var flush = new AtomicReference<Runnable>(() -> {});
            log = openLog(environment, options, dormant, () -> flush.get().run());
            lsm = dormant.begin(options.lsm());
            flush.set(lsm::requestFlush);
            Stack stack = new Stack(environment, options, lsm, log, isFounded);
            stack.start(environment);
            opened = true;
            return stack;
        } finally {
            if (!opened) {
                if (lsm != null) {
                    lsm.close();
                }
                if (log != null) {
                    log.close();
                }
            }
        }
    }

    private static DormantLsm look(Environment environment) {
        return DormantLsm.look(
                new Lsm.Environment(
                        environment.disk(),
                        STORAGE_DIRECTORY,
                        environment.loops(),
                        environment.faults(),
                        environment.meter(),
                        environment.events()));
    }

    /// Opens the log, if it is sound and fits what storage has: else nothing is changed, neither
    /// here nor there.
    ///
    /// @param flush asks for what is logged to become superfluous, when a file of it is damaged
    private static RaftLog openLog(
            Environment environment, Options options, DormantLsm dormant, Runnable flush) {
        WalOptions wal =
                WalOptions.defaults(environment.member().logSalt())
                        .withSegmentBytes(options.logSegmentBytes())
                        .withScrub(options.lsm().scrub().bytesPerSecond());
        LsmOptions.Room room = options.lsm().room();
        // What is free below the mark, and what the reserve gives up, is for tables and manifest.
        wal = wal.withFreeBytesMin(room.marks().fullBytes() + room.reserveBytes());
        wal = wal.withInFlight(options.logInFlightBytesMax(), wal.inFlightRecordsMax());
        return RaftLog.open(
                environment.disk(),
                LOG_DIRECTORY,
                new RaftLogOptions(wal, options.logKeepBytes(), options.logPinned()),
                environment.loops(),
                environment.meter(),
                event -> {
                    environment.events().publish(event);
                    if (event instanceof Event.Wal.SegmentDamaged) {
                        flush.run();
                    }
                },
                environment.faults(),
                log -> check(environment, log, dormant));
    }

    private static void check(Environment environment, RaftLog log, DormantLsm dormant) {
        Member member = environment.member();
        Recovery.check(
                member.placement().totalShards(),
                log,
                LOG_DIRECTORY,
                shard ->
                        new Recovery.Stored(
                                dormant.tabletOf(shard), dormant.durable(shard).at()));
        member.founding()
                .check(
                        log,
                        LOG_DIRECTORY,
                        shard -> dormant.durable(shard).at(),
                        environment.disk().exists(FOUNDED));
    }

    private void start(Environment environment) {
        int totalShards = environment.member().placement().totalShards();
        List<ShardId> all = new ArrayList<>(totalShards);
        for (int shard = 0; shard < totalShards; shard++) {
            all.add(new ShardId(shard));
        }
        Recovery.finish(totalShards, log, storage, shards, loops);
        shards.create(all);
        Founding founding = environment.member().founding();
        if (isFounded) {
            founding.verify(log, storage);
        } else {
            founding.begin(log, loops);
            TextFile.write(environment.disk(), FOUNDED, FOUNDED_LINE);
        }
        host.start(node.applier());
        lsm.onFlushed(
                _ -> host.flushed(shard -> lsm.durable(shard).at().index()));
        node.start();
    }

    /// How much log is not flushed, of the most that may be: in bytes or, where entries are small,
    /// in entries that are each an even share of those.
    private long unflushedBytes(Host.Options options) {
        double entries = (double) log.unflushedEntries() / options.unflushedEntriesMax();
        return Math.max(log.unflushedBytes(), (long) (entries * options.unflushedBytesMax()));
    }

    /// {@return where requests go}
    public KeyValue keyValue() {
        return node;
    }

    /// {@return whether every shard has applied what was acknowledged before the start}
    public boolean isRecovered() {
        return host.isRecovered();
    }

    /// Told once [#isRecovered()]: what was replayed is flushed soon, so that a node that crashes
    /// again and again does not pile up log that every start reads. A first start replays nothing.
    void recovered() {
        if (isFounded) {
            lsm.requestFlush();
        }
    }

    /// {@return the node that leads `shard`, as far as is known here}
    public Optional<NodeId> leader(ShardId shard) {
        return host.leader(shard);
    }

    ShardStore shards() {
        return shards;
    }

    /// {@return who leads and holds each shard, as far as is known here}
    Reply.Topology topology() {
        return host.topology();
    }

    /// {@return how many entries are committed and not applied}
    long unappliedEntries() {
        return host.unappliedEntries();
    }

    int shardsToRecover() {
        return host.unrecoveredCount();
    }

    Room room() {
        return storage.room();
    }

    /// {@return which tables are damaged, and how many shards have something in them; empty: none}
    String damageDetail() {
        List<TableDamage> damage = lsm.damage();
        long shards = damage.stream().flatMap(d -> d.shards().stream()).distinct().count();
        return damage.isEmpty()
                ? ""
                : "%d in quarantine, with entries of %d shards, the first: %s"
                        .formatted(damage.size(), shards, damage.getFirst().fault());
    }

    List<ShardId> divergedShards() {
        return host.divergedShards();
    }

    /// {@return which replicas here hold something else than most, and are stopped; empty: none}
    String divergenceDetail() {
        List<ShardId> diverged = divergedShards();
        return diverged.isEmpty()
                ? ""
                : "%d shards hold something else here than elsewhere and are awaited, the first: %s"
                        .formatted(diverged.size(), diverged.getFirst());
    }

    double pressure() {
        return storage.writePressure();
    }

    /// Answers what is under way, flushes, and closes everything, from the top down. Closing twice
    /// is closing once.
    ///
    /// **Durability.** What was acknowledged is durable whether or not the flush is done in time;
    /// flushing only makes the next start short.
    ///
    /// @param deadlineNanos until when calls may end and memory be flushed
    public void close(long deadlineNanos) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        host.stop(deadlineNanos);
        node.stop();
        lsm.flush(deadlineNanos);
        lsm.close();
        log.close();
    }

    /// Closes at once and flushes nothing: what is not durable yet is lost, as in a crash. Also for
    /// a stack that has met a fatal fault.
    public void abandon() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        host.stop(loops.clock().nanoTime());
        node.stop();
        lsm.close();
        log.close();
    }

    /// Closes with all the time it takes.
    @Override
    public void close() {
        close(loops.clock().nanoTime() + CLOSE_NANOS_MAX);
    }
}
