package norikv.host;

import java.util.random.RandomGenerator;
import norikv.domain.Placement;
import norikv.port.Applier;
import norikv.port.Peers;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raftlog.RaftLog;
import norikv.work.Clock;
import norikv.work.Pool;

/// What the workers of a host work with.
///
/// @param proposedBytesMax what is proposed to one group at once, but for one longer command
/// @param heartbeatNanos how often a follower is heard from
/// @param fetches reads the log where it is not in memory
record WorkerParts(
        RaftLog log,
        Storage storage,
        Applier applier,
        Peers peers,
        Placement placement,
        Clock clock,
        long proposedBytesMax,
        long heartbeatNanos,
        Pool fetches,
        ShardStore shards,
        SnapshotSender sender,
        SnapshotReceiver receiver,
        RandomGenerator random,
        WallClocks wallClocks,
        HostMetrics metrics,
        FlushTrigger flushTrigger,
        CheckOptions checks,
        Checker checker,
        CheckMetrics checkMetrics,
        PeerFeatures features) {}
