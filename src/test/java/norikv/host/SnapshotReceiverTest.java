package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.host.StreamFrame.Verdict;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Peers;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Configuration;
import norikv.raft.Members;
import norikv.raft.Message;
import norikv.raft.SnapshotMeta;
import org.junit.jupiter.api.Test;

/// Several nodes that offer one shard: one at a time is heard.
final class SnapshotReceiverTest {
    private static final Storage.Applied PLACE = new Storage.Applied(new Version(2, 9), 70);
    private static final int CHUNKS = 100;

    private final List<String> answers = new ArrayList<>();
    private final Replica replica = new HostRig(1).replica();
    private final SnapshotReceiver receiver = receiver();
    private long now = 1_000_000_000L;
    private int chunks;

    @Test
    void aStreamThatGetsFurtherIsNotEndedByAnothersOffer() {
        offer(2, 20);
        for (int i = 0; i < 4; i++) {
            now += Receiving.STALL_NANOS_MAX;
            piece(2, 20);
            offer(3, 30);
        }

        assertEquals(
                List.of(
                        "20 GO_ON 0",
                        "20 GO_ON 1",
                        "30 REFUSED 0",
                        "20 GO_ON 2",
                        "30 REFUSED 0",
                        "20 GO_ON 3",
                        "30 REFUSED 0",
                        "20 GO_ON 4",
                        "30 REFUSED 0"),
                answers);
    }

    /// Its sender still says that it is there.
    @Test
    void aStreamThatStandsStillMakesRoomForAnother() {
        offer(2, 20);
        now += Receiving.STALL_NANOS_MAX;
        offer(2, 20);
        offer(3, 30);
        now += 1;
        offer(3, 30);

        assertEquals(
                List.of("20 GO_ON 0", "20 GO_ON 0", "30 REFUSED 0", "20 REFUSED 0", "30 GO_ON 0"),
                answers);
    }

    @Test
    void whoBeginsAnewEndsItsOwnStream() {
        offer(2, 20);
        piece(2, 20);
        offer(2, 21);

        assertEquals(
                List.of("20 GO_ON 0", "20 GO_ON 1", "20 REFUSED 1", "21 GO_ON 0"), answers);
    }

    private void offer(long peer, long stream) {
        var members = Configuration.of(Members.of(1, 2, 3), Members.NONE);
        var meta = new SnapshotMeta(PLACE.at(), PLACE.logTimeMillis(), members, 0);
        var head = new Message.Head(1, peer, 1, 2);
        said(peer, new StreamFrame.Offer(stream, new Message.InstallSnapshot(head, meta)));
    }

    private void piece(long peer, long stream) {
        said(peer, new StreamFrame.Piece(stream, chunks++, Bytes.utf8("chunk")));
    }

    private void said(long peer, StreamFrame frame) {
        receiver.said(peer, frame);
        receiver.runOnce(now);
    }

    private SnapshotReceiver receiver() {
        List<NodeId> nodes = List.of(new NodeId("n1"), new NodeId("n2"), new NodeId("n3"));
        var metrics = new StreamMetrics(Meter.NONE, Event.Sink.NONE);
        return new SnapshotReceiver(
                new Heard(),
                new Placement(nodes, HostRig.SHARDS, 3),
                new AnyShard(),
                new Host.Streams(2, 2, 1 << 20, 1_000),
                metrics,
                group -> group == replica.group ? Optional.of(replica) : Optional.empty(),
                (_, _) -> {});
    }

    /// Notes what is answered.
    private final class Heard implements Peers {
        @Override
        public boolean send(NodeId to, Lane lane, Bytes frame) {
            var answer = (StreamFrame.Answer) StreamFrame.decode(frame);
            Verdict verdict = answer.verdict();
            answers.add("%d %s %d".formatted(answer.stream(), verdict, answer.next()));
            return true;
        }

        @Override
        public void open(Inbox inbox) {}
    }

    /// Receives whatever comes.
    private static final class AnyShard implements ShardStore {
        @Override
        public Incoming receive(ShardId shard) {
            return new FakeIncoming(PLACE, CHUNKS);
        }

        @Override
        public Set<ShardId> damaged() {
            return Set.of();
        }

        @Override
        public int tabletOf(ShardId shard) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void create(Collection<ShardId> shards) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void drop(ShardId shard) {
            throw new UnsupportedOperationException();
        }

        @Override
        public View view(Set<ShardId> shards) {
            throw new UnsupportedOperationException();
        }
    }
}
