package norikv.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NodeId;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Peers;
import norikv.raft.Now;
import norikv.raftlog.RaftLog;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// One node of the host alone, life after life, on a simulated disk.
final class HostRig {
    static final long STEPS_MAX = 2_000_000;
    static final int SHARDS = 8;

    final SeededLoops loops;
    final List<String> faults = new ArrayList<>();
    Host.Options options = Host.Options.defaults(2).withWorkers(1).withUnflushed(1 << 20, 100_000);
    SimDisk disk;
    Places places = new Places();
    Witness witness;
    SeededNode node;
    RaftLog log;
    Host host;
    int flushesAsked;

    HostRig(long seed) {
        loops = new SeededLoops(seed);
        disk = new SimDisk(seed);
    }

    /// Opens what the disk holds and starts; what is thrown goes to `faults`.
    HostRig start() {
        open();
        host.start(witness);
        return this;
    }

    void open() {
        node = loops.node("node", (where, cause) -> faults.add(where + ": " + cause));
        witness = new Witness(places);
        log =
                RaftLog.open(
                        disk,
                        "log",
                        new RaftLogOptions(WalOptions.defaults(7).withSegmentBytes(64 << 10), 0),
                        node,
                        Meter.NONE,
                        Event.Sink.NONE,
                        (where, cause) -> faults.add(where + ": " + cause));
        var self = new NodeId("n1");
        host =
                new Host(
                        new Host.Environment(
                                new Placement(List.of(self), SHARDS, 1),
                                self,
                                false,
                                log,
                                places,
                                new NoShards(),
                                Peers.NONE,
                                node,
                                Meter.NONE,
                                Event.Sink.NONE,
                                new SplittableRandom(1),
                                () -> flushesAsked++),
                        options);
    }

    /// {@return a replica of shard 0, of a node that was not started}
    Replica replica() {
        open();
        var parts =
                new Replica.Parts(
                        log,
                        places,
                        new Placement(List.of(new NodeId("n1")), SHARDS, 1),
                        1,
                        options.raft(),
                        false,
                        new SplittableRandom(1));
        return Replica.recover(new ShardId(0), 1, parts, new Now(0, 0));
    }

    HostRig recovered() {
        assertTrue(loops.runUntil(host::isRecovered, STEPS_MAX), loops::describe);
        return this;
    }

    /// The power fails and comes back.
    void crash(long seed) {
        node.kill();
        disk = disk.crash(seed);
        places = places.afterCrash();
        faults.clear();
    }

    void stop() {
        host.stop(loops.nowNanos() + 10_000_000_000L);
        log.close();
        node.kill();
    }

    Asked propose(int shard, String command) {
        var asked = new Asked(new ShardId(shard), Bytes.utf8(command), witness);
        host.propose(asked);
        return asked;
    }

    void settle() {
        assertTrue(loops.runUntilIdle(STEPS_MAX), loops::describe);
    }

    void flush() {
        places.flush();
        host.flushed(places::flushedIndex);
    }
}
