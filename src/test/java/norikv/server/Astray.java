package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import norikv.adapter.lsm.LsmStorage;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.lsm.DormantLsm;
import norikv.lsm.Lsm;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Storage;
import norikv.raftlog.RaftLog;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;
import norikv.work.FaultHandler;
import norikv.work.Loops;
import norikv.work.SeededNode;

/// Makes what a node has stored something else than what the log of its shard says: as a bug would
/// that applies an entry otherwise there.
final class Astray {
    private static final long SECOND = 1_000_000_000L;

    private Astray() {}

    /// Has `victim` apply one entry of `shard` otherwise than its log says, behind what is written
    /// by now: `change` instead.
    static void lead(
            ClusterSim world,
            ClusterSim.Member victim,
            ShardId shard,
            BiConsumer<Storage.Batch, Version> change) {
        victim.stack.close(world.driver.nowNanos() + 60 * SECOND);
        victim.crash();
        victim.start();
        world.driver.advance(20 * SECOND);
        victim.crash(); // there are entries in its log that are not in its tables
        List<String> faults = new ArrayList<>();
        FaultHandler noted = (where, cause) -> faults.add(where + ": " + cause);
        SeededNode node = world.driver.node(victim.id + ".astray", noted);
        var environment =
                new Lsm.Environment(
                        victim.disk,
                        Stack.STORAGE_DIRECTORY,
                        node,
                        noted,
                        Meter.NONE,
                        Event.Sink.NONE);
        try (DormantLsm dormant = DormantLsm.look(environment);
                Lsm lsm = dormant.begin(world.options.lsm())) {
            var storage = new LsmStorage(lsm);
            Storage.Applied place = storage.applied(shard);
            long next = place.at().index() + 1;
            var at = new Version(term(world, victim, node, shard.number() + 1, next), next);
            Storage.Batch batch = storage.newBatch();
            change.accept(batch, at);
            batch.applied(shard, new Storage.Applied(at, place.logTimeMillis()));
            storage.write(batch);
            assertTrue(lsm.flush(world.driver.nowNanos() + 60 * SECOND));
        }
        assertEquals(List.of(), faults);
        node.kill();
        victim.start();
    }

    private static long term(
            ClusterSim world, ClusterSim.Member victim, Loops loops, int group, long index) {
        WalOptions wal =
                WalOptions.defaults(ClusterSim.LOG_SALT)
                        .withSegmentBytes(world.options.logSegmentBytes());
        try (RaftLog log =
                RaftLog.open(
                        victim.disk,
                        Stack.LOG_DIRECTORY,
                        new RaftLogOptions(wal, world.options.logKeepBytes()),
                        loops,
                        Meter.NONE,
                        Event.Sink.NONE,
                        (where, cause) -> {
                            throw new AssertionError(where, cause);
                        })) {
            assertTrue(log.lastIndex(group) >= index, "the log goes on behind what is stored");
            return log.term(group, index);
        }
    }
}
