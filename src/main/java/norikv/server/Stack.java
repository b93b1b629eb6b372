package norikv.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import norikv.adapter.lsm.LsmStorage;
import norikv.disk.Disk;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.Lsm;
import norikv.lsm.LsmOptions;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.KeyValue;
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

    private static final long CLOSE_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);

    private final Loops loops;
    private final Lsm lsm;
    private final RaftLog log;
    private final LsmStorage storage;
    private final Host host;
    private final KeyValueNode node;

    /// What a stack lives in.
    ///
    /// @param logSalt random, of this store: what other logs left in a file never validates
    /// @param status answers [norikv.domain.Request.Status]
    public record Environment(
            Disk disk,
            Loops loops,
            FaultHandler faults,
            Meter meter,
            Event.Sink events,
            long logSalt,
            Supplier<Reply.Status> status) {}

    /// How large its parts are.
    ///
    /// @param logSegmentBytes the size of a file of the shared log
    /// @param logInFlightBytesMax how much log may be accepted and not yet durable
    public record Options(
            Sharding sharding,
            LsmOptions lsm,
            long logSegmentBytes,
            long logInFlightBytesMax,
            Host.Options host,
            KeyValueNode.Options node) {
        private static final long LOG_IN_FLIGHT_BYTES_MAX = 32L << 20;

        /// {@return what a configuration asks for, on a machine with so many processors}
        public static Options of(Config config, int processors) {
            return new Options(
                    new Sharding(config.totalShards()),
                    LsmOptions.defaults()
                            .withBands(config.bands())
                            .withMemtableBytes(
                                    (int) config.size(ConfigKey.STORAGE_MEMTABLE_BYTES)),
                    config.size(ConfigKey.WAL_SEGMENT_BYTES),
                    LOG_IN_FLIGHT_BYTES_MAX,
                    Host.Options.defaults(processors),
                    KeyValueNode.Options.defaults());
        }
    }

    private Stack(Environment environment, Options options, Lsm lsm, RaftLog log) {
        this.loops = environment.loops();
        this.lsm = lsm;
        this.log = log;
        this.storage = new LsmStorage(lsm);
        this.host =
                new Host(
                        options.sharding().totalShards(),
                        log,
                        storage,
                        loops,
                        environment.meter(),
                        options.host(),
                        lsm::requestFlush);
        this.node =
                new KeyValueNode(
                        options.sharding(),
                        host,
                        storage,
                        loops,
                        environment.meter(),
                        environment.status(),
                        options.node());
    }

    /// Opens storage and log and begins to serve; [#isRecovered()] says when all shards can be read
    /// and written.
    ///
    /// **Errors.** [norikv.domain.NoriException.Corruption] when what is durable is damaged or does
    /// not fit together: what is damaged was not written to, and nothing is left open.
    public static Stack open(Environment environment, Options options) {
        Lsm lsm =
                Lsm.open(
                        new Lsm.Environment(
                                environment.disk(),
                                STORAGE_DIRECTORY,
                                environment.loops(),
                                environment.faults(),
                                environment.meter(),
                                environment.events()),
                        options.lsm());
        RaftLog log = null;
        boolean opened = false;
        try {
            log = openLog(environment, options);
            Stack stack = new Stack(environment, options, lsm, log);
            stack.start(options.sharding().totalShards());
            opened = true;
            return stack;
        } finally {
            if (!opened) {
                if (log != null) {
                    log.close();
                }
                lsm.close();
            }
        }
    }

    private static RaftLog openLog(Environment environment, Options options) {
        WalOptions wal =
                WalOptions.defaults(environment.logSalt())
                        .withSegmentBytes(options.logSegmentBytes());
        wal = wal.withInFlight(options.logInFlightBytesMax(), wal.inFlightRecordsMax());
        return RaftLog.open(
                environment.disk(),
                LOG_DIRECTORY,
                new RaftLogOptions(wal, 0), // one replica: nobody lags
                environment.loops(),
                environment.meter(),
                environment.events(),
                environment.faults());
    }

    private void start(int totalShards) {
        List<ShardId> shards = new ArrayList<>(totalShards);
        for (int shard = 0; shard < totalShards; shard++) {
            shards.add(new ShardId(shard));
        }
        lsm.createTablets(shards);
        host.start(node.applier());
        lsm.onFlushed(
                _ -> host.flushed(shard -> lsm.durable(shard).at().index()));
        node.start();
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
    /// again and again does not pile up log that every start reads.
    void recovered() {
        lsm.requestFlush();
    }

    int shardsToRecover() {
        return host.unrecoveredCount();
    }

    double pressure() {
        return storage.pressure();
    }

    /// Answers what is under way, flushes, and closes everything, from the top down.
    ///
    /// **Durability.** What was acknowledged is durable whether or not the flush is done in time;
    /// flushing only makes the next start short.
    ///
    /// @param deadlineNanos until when calls may end and memory be flushed
    public void close(long deadlineNanos) {
        host.stop(deadlineNanos);
        node.stop();
        lsm.flush(deadlineNanos);
        lsm.close();
        log.close();
    }

    /// Closes with all the time it takes.
    @Override
    public void close() {
        close(loops.clock().nanoTime() + CLOSE_NANOS_MAX);
    }
}
