package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NodeId;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Applier;
import norikv.port.Peers;
import norikv.port.Storage;
import norikv.raft.Entry;
import norikv.raft.Message;
import norikv.raft.Now;
import norikv.raft.RaftOptions;
import norikv.raft.Ready;
import norikv.raftlog.RaftLog;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;
import norikv.work.SeededLoops;
import org.junit.jupiter.api.Test;

/// A follower with two records on their way to the disk: simulated clusters force both at once.
final class ReplicaTest {
    private static final List<NodeId> NAMES =
            List.of(new NodeId("n1"), new NodeId("n2"), new NodeId("n3"));
    private static final Placement PLACEMENT = new Placement(NAMES, 1, 3);
    private static final Now NOW = new Now(1, 1);

    private final SeededLoops loops = new SeededLoops(1);
    private final List<Message> sent = new ArrayList<>();
    private final RaftLog log =
            RaftLog.open(
                    new SimDisk(1),
                    "log",
                    new RaftLogOptions(WalOptions.defaults(7).withSegmentBytes(64 << 10), 0),
                    loops.node("n2", (where, cause) -> fail(where, cause)),
                    Meter.NONE,
                    Event.Sink.NONE,
                    ReplicaTest::fail);
    private final Replica replica =
            Replica.recover(
                    new ShardId(0),
                    1,
                    new Replica.Parts(
                            log,
                            new Places(),
                            PLACEMENT,
                            2,
                            RaftOptions.defaults(),
                            true,
                            new SplittableRandom(1)),
                    NOW);
    private final Outbox outbox = new Outbox(new Links(), PLACEMENT, (_, _) -> {});

    @Test
    void aPromiseWaitsForItsOwnRecord() {
        long first = append(1);
        assertTrue(loops.runUntilIdle(1_000), loops::describe);
        long second = append(2);

        replica.persisted(NOW, first, outbox);
        outbox.flush();
        assertEquals(List.of(1L), acknowledged());

        assertTrue(loops.runUntilIdle(1_000), loops::describe);
        replica.persisted(NOW, second, outbox);
        outbox.flush();
        assertEquals(List.of(1L, 2L), acknowledged());
    }

    @Test
    void aVoteWaitsForItsRecord() {
        var head = new Message.Head(replica.group, 1, 2, 1);
        replica.core.step(
                NOW, new Message.VoteRequest(head, Message.Ballot.REAL, Version.NONE));
        long record = handOver();
        outbox.flush();
        assertEquals(List.of(), sent);

        assertTrue(loops.runUntilIdle(1_000), loops::describe);
        replica.persisted(NOW, record, outbox);
        outbox.flush();
        var back = new Message.Head(replica.group, 2, 1, 1);
        var granted = new Message.VoteReply(back, Message.Ballot.REAL, true);
        assertEquals(List.of(granted), sent);
    }

    @Test
    void nothingBehindACheckIsAppliedBeforeTheShardIsSeenThere() {
        assertEquals(Long.MAX_VALUE, replica.untilStop());
        replica.checks.addLast(new Storage.Applied(new Version(1, 3), 1));
        replica.checks.addLast(new Storage.Applied(new Version(1, 7), 1));
        assertEquals(3, replica.untilStop(), "up to it, with it");
        replica.applyUpTo(2);
        assertEquals(2, replica.untilStop());
    }

    @Test
    void whatIsOfTheHostIsNothingToTheStateMachine() {
        var check = new Entry(new Version(1, 1), 5, Entry.Kind.HOST, HostEntry.CHECK);
        replica.committed(List.of(check));
        assertEquals(
                new Applier.Committed(check.at(), 5, Bytes.EMPTY), replica.toApply.getFirst());
    }

    /// The leader sends the entry at `index`, and it is given to the log.
    ///
    /// @return the record that it is in
    private long append(long index) {
        var head = new Message.Head(replica.group, 1, 2, 1);
        var prev = new Version(index == 1 ? 0 : 1, index - 1);
        var entry =
                new Entry(new Version(1, index), 1, Entry.Kind.COMMAND, Bytes.utf8("x"));
        replica.core.step(NOW, new Message.AppendRequest(head, prev, 0, 1, List.of(entry)));
        return handOver();
    }

    /// Gives what the core wants durable to the log, and what must wait for it to the replica.
    private long handOver() {
        var ready = new Ready();
        replica.core.drainReady(ready);
        var flight = new Flight(log.newBatch(), _ -> {});
        flight.add(replica, ready);
        assertEquals(RaftLog.Verdict.ACCEPTED, log.append(flight.batch, flight.done));
        if (!replica.mustWait(ready.record(), ready.sendAfterPersist())) {
            ready.sendAfterPersist().forEach(message -> outbox.add(replica, message, 1));
        }
        return ready.record();
    }

    private List<Long> acknowledged() {
        return sent.stream()
                .filter(Message.Appended.class::isInstance)
                .map(message -> ((Message.Appended) message).match())
                .toList();
    }

    private static void fail(String where, Throwable cause) {
        throw new AssertionError(where, cause);
    }

    /// Links that take everything.
    private final class Links implements Peers {
        @Override
        public boolean send(NodeId to, Lane lane, Bytes frame) {
            sent.addAll(PeerFrames.decode(frame));
            return true;
        }

        @Override
        public void open(Inbox inbox) {}
    }
}
