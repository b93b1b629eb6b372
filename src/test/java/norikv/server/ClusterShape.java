package norikv.server;

import java.util.Random;
import norikv.disk.SimDisk;
import norikv.domain.Sharding;
import norikv.host.CheckOptions;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.kv.SessionTerms;
import norikv.lsm.LsmOptions;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;

/// How large the parts of a simulated cluster are.
enum ClusterShape {
    /// Nobody is ever away for longer than the logs reach back.
    LONG_LOGS(1 << 30, 512 << 10, 300, new Host.Streams(2, 2, 32 << 20, 256 << 10), 0),

    /// As long logs, and nobody compares replicas: nothing happens by itself.
    QUIET(1 << 30, 512 << 10, 300, new Host.Streams(2, 2, 32 << 20, 256 << 10), 0),

    /// What is flushed leaves the log as soon as it can: whoever lags gets whole shards, slowly,
    /// in many small chunks and over links that break.
    SHORT_LOGS(0, 128 << 10, 3_000, new Host.Streams(2, 2, 20_000, 1_000), 150),

    /// As long logs, and what is stored is read again all the time.
    SCRUBBED(1 << 30, 512 << 10, 3_000, new Host.Streams(2, 2, 1 << 20, 1_000), 20),

    /// Shards remember few clients at a time, and logs are short.
    FEW_SESSIONS(0, 128 << 10, 3_000, new Host.Streams(2, 2, 1 << 20, 1_000), 20);

    private static final int KIB = 1 << 10;
    private static final int SEGMENT_BYTES = 64 * KIB;
    private static final int SPARES_MAX = WalOptions.defaults(0).sparesMax();

    /// Each shard every few seconds, slowly, and in small steps.
    private static final CheckOptions CHECKS = new CheckOptions(3_000_000_000L, 200_000, 2_000);

    private final long logKeepBytes;
    private final int unflushedBytesMax;
    private final Host.Streams streams;

    /// What values are padded with at most, bytes.
    final int paddingBytesMax;

    /// Parts of a thousand of the frames with pieces of shards that break their link.
    final int streamLossPerMille;

    ClusterShape(
            long logKeepBytes,
            int unflushedBytesMax,
            int paddingBytesMax,
            Host.Streams streams,
            int streamLossPerMille) {
        this.logKeepBytes = logKeepBytes;
        this.unflushedBytesMax = unflushedBytesMax;
        this.paddingBytesMax = paddingBytesMax;
        this.streams = streams;
        this.streamLossPerMille = streamLossPerMille;
    }

    /// @param shards how many; 0: a few
    Stack.Options options(Random random, int shards) {
        int memtableKib = 16 << random.nextInt(4);
        var memory =
                new LsmOptions.Memory(
                        this == LONG_LOGS || this == QUIET ? memtableKib * KIB : 16 * KIB,
                        1 << 20,
                        64 << 20,
                        true);
        int few = 1 + random.nextInt(4);
        return new Stack.Options(
                new Sharding(shards == 0 ? few : shards),
                LsmOptions.defaults()
                        .withBands(1)
                        .withMemory(memory)
                        .withTableBytes(16 * KIB)
                        .withScrub(new LsmOptions.Scrub(this == SCRUBBED ? 1 << 20 : 0, 1_000))
                        .withBlockBytes(1 * KIB)
                        .withLevels(new LsmOptions.Levels(2, 12, 64 * KIB, 4)),
                SEGMENT_BYTES,
                logKeepBytes,
                32 << 20,
                Host.Options.defaults(2)
                        .withWorkers(1 + random.nextInt(2))
                        .withUnflushed(unflushedBytesMax, 20_000)
                        .withStreams(streams)
                        .withChecks(this == QUIET ? CheckOptions.OFF : CHECKS),
                KeyValueNode.Options.defaults().withSessionTerms(sessionTerms()))
                .withLogPinned(new RaftLogOptions.Pinned(pinnedBytes(), pinnedBytes()));
    }

    private SessionTerms sessionTerms() {
        return this == FEW_SESSIONS ? new SessionTerms(6, 1 << 20) : SessionTerms.defaults();
    }

    /// A bit more than may be not flushed.
    private int pinnedBytes() {
        return unflushedBytesMax + SEGMENT_BYTES;
    }

    /// {@return how much log a node has at the most: what is kept, what is not flushed, what single
    /// entries keep behind that, the segments at both ends, and those that wait to be used again}
    long logBytesMax() {
        return logKeepBytes
                + unflushedBytesMax
                + pinnedBytes()
                + (2L + SPARES_MAX) * SEGMENT_BYTES;
    }

    /// {@return how much log the files in the folder of it are}
    static long logBytes(SimDisk disk) {
        return (long) disk.list(Stack.LOG_DIRECTORY).size() * SEGMENT_BYTES;
    }
}
