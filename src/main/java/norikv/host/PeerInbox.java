package norikv.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.port.Peers;
import norikv.raft.Message;
import norikv.work.Clock;

/// Takes what other nodes send, and gives it to those whom it is for.
///
/// **Threads.** Those of the links.
final class PeerInbox implements Peers.Inbox {
    private final Placement placement;
    private final List<Worker> workers;
    private final SnapshotSender sender;
    private final SnapshotReceiver receiver;

    /// By group; none if it is not here.
    private final IntFunction<Optional<Replica>> replicas;

    private final PeerFeatures features;
    private final WallClocks wallClocks;
    private final Clock clock;

    PeerInbox(
            Placement placement,
            List<Worker> workers,
            SnapshotSender sender,
            SnapshotReceiver receiver,
            IntFunction<Optional<Replica>> replicas,
            PeerFeatures features,
            WallClocks wallClocks,
            Clock clock) {
        this.placement = placement;
        this.workers = workers;
        this.sender = sender;
        this.receiver = receiver;
        this.replicas = replicas;
        this.features = features;
        this.wallClocks = wallClocks;
        this.clock = clock;
    }

    /// **Errors.** [NoriException.Malformed] for what is no frame, or not of this peer.
    @Override
    public void received(NodeId from, Peers.Lane lane, Bytes frame) {
        int number = placement.number(from).orElse(0);
        switch (lane) {
            case CONTROL, DATA -> messages(from, number, frame);
            case SNAPSHOT -> streamed(from, number, StreamFrame.decode(frame));
        }
    }

    private void streamed(NodeId from, int number, StreamFrame said) {
        switch (said) {
            case StreamFrame.Answer answer -> sender.said(number, answer);
            case StreamFrame.Piece piece -> receiver.said(number, piece);
            case StreamFrame.Wish wish ->
                    tell(wish.group(), r -> new HostMessage.Wished(r, number, wish.index()));
            case StreamFrame.Digested theirs ->
                    tell(
                            theirs.group(),
                            r ->
                                    new HostMessage.Digested(
                                            r,
                                            number,
                                            theirs.place(),
                                            Optional.of(theirs.digest())));
            case StreamFrame.Offer offer -> {
                requireFrom(from, number, offer.what());
                receiver.said(number, offer);
            }
        }
    }

    /// Tells the worker of a group, if it is here.
    private void tell(int group, Function<Replica, HostMessage> message) {
        replicas.apply(group).ifPresent(r -> workers.get(r.worker).tell(message.apply(r)));
    }

    private void requireFrom(NodeId from, int number, Message message) {
        if (message.head().from() != number) {
            throw NoriException.invalid(
                    "peer %s: messages of replica %d, got one of %d"
                            .formatted(from, number, message.head().from()));
        }
    }

    private void messages(NodeId from, int number, Bytes frame) {
        List<List<Message>> byWorker = new ArrayList<>();
        workers.forEach(_ -> byWorker.add(new ArrayList<>()));
        PeerFrame.Said said = PeerFrame.decode(frame);
        wallClocks.heard(number, said.wallMillis(), clock.wallMillis(), clock.nanoTime());
        for (Message message : said.messages()) {
            requireFrom(from, number, message);
            int worker = (int) (message.head().group() % workers.size());
            byWorker.get(worker).add(message);
        }
        for (int i = 0; i < byWorker.size(); i++) {
            if (!byWorker.get(i).isEmpty()) {
                workers.get(i).tell(new HostMessage.FromPeer(byWorker.get(i), frame.length()));
            }
        }
    }

    @Override
    public void connected(NodeId peer, long known) {
        placement.number(peer).ifPresent(number -> met(number, known));
    }

    private void met(int number, long known) {
        features.met(number, known);
        workers.forEach(worker -> worker.tell(new HostMessage.PeerMet(number)));
    }

    @Override
    public void disconnected(NodeId peer) {
        placement.number(peer).ifPresent(this::lost);
    }

    private void lost(int number) {
        sender.lost(number);
        workers.forEach(worker -> worker.tell(new HostMessage.PeerLost(number)));
    }
}
