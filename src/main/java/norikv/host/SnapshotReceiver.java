package norikv.host;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.port.Peers;
import norikv.port.ShardStore;
import norikv.host.StreamFrame.Verdict;
import norikv.work.Loop;
import norikv.work.Step;

/// Receives shards: writes their chunks into tables that nobody sees, reads them back, and puts
/// them in their place when the worker of the shard has prepared it.
///
/// A shard comes from one node at a time. Who offers it too, the leader since a moment ago perhaps,
/// is refused as long as the stream that runs gets further, and offers again; one that has stood
/// still for [Receiving#STALL_NANOS_MAX] makes room. Else two that take each other for deposed
/// would end each other's streams for ever.
///
/// **Threads.** One loop drives it; any may tell it things. **Limits.** [Host.Streams]: how many at
/// a time, others are refused; [#WORDS_MAX] words of senders wait to be heard, more are as good as
/// lost on their way; words of workers are one a stream.
final class SnapshotReceiver implements Step {
    /// How many words of senders may wait to be heard.
    static final int WORDS_MAX = 64;

    /// How often it is looked whether something stored is damaged.
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Peers peers;
    private final Placement placement;
    private final ShardStore shards;
    private final Host.Streams options;
    private final StreamMetrics metrics;

    /// Gives the replica of a group, if it is here.
    private final IntFunction<Optional<Replica>> replicas;

    private final Tell tell;
    private final ArrayBlockingQueue<Word.OfSender> words = new ArrayBlockingQueue<>(WORDS_MAX);
    private final ConcurrentLinkedQueue<Word.OfWorker> orders = new ConcurrentLinkedQueue<>();
    private final List<Receiving> streams = new ArrayList<>();

    private long lookAtNanos = Long.MIN_VALUE;

    /// Null until it is started.
    private volatile Loop loop;

    /// Gives a message to the worker of a replica.
    interface Tell {
        void tell(Replica replica, HostMessage message);
    }

    /// What it is told.
    private sealed interface Word {
        record OfSender(long peer, StreamFrame frame) implements Word {}

        sealed interface OfWorker extends Word {}

        record Flip(Receiving stream) implements OfWorker {}

        record Over(Receiving stream, boolean isInstalled) implements OfWorker {}
    }

    SnapshotReceiver(
            Peers peers,
            Placement placement,
            ShardStore shards,
            Host.Streams options,
            StreamMetrics metrics,
            IntFunction<Optional<Replica>> replicas,
            Tell tell) {
        this.peers = peers;
        this.placement = placement;
        this.shards = shards;
        this.options = options;
        this.metrics = metrics;
        this.replicas = replicas;
        this.tell = tell;
    }

    void startedAs(Loop newLoop) {
        loop = newLoop;
        newLoop.wake();
    }

    /// A sender has spoken: an offer or a piece.
    void said(long peer, StreamFrame frame) {
        words.offer(new Word.OfSender(peer, frame));
        wake();
    }

    /// The intent of `stream` is durable: it may take its place.
    void flip(Receiving stream) {
        orders.add(new Word.Flip(stream));
        wake();
    }

    /// The worker needs `stream` no more.
    void over(Receiving stream, boolean isInstalled) {
        orders.add(new Word.Over(stream, isInstalled));
        wake();
    }

    private void wake() {
        Loop running = loop;
        if (running != null) {
            running.wake();
        }
    }

    @Override
    public long runOnce(long nowNanos) {
        for (Word.OfWorker word = orders.poll(); word != null; word = orders.poll()) {
            switch (word) {
                case Word.Flip(Receiving stream) -> stream.flip();
                case Word.Over(Receiving stream, boolean isInstalled) ->
                        end(stream, isInstalled ? Verdict.DONE : Verdict.REFUSED);
            }
        }
        Word.OfSender said = words.poll();
        if (said != null) {
            hear(said, nowNanos);
        }
        if (nowNanos >= lookAtNanos) {
            lookAtNanos = nowNanos + LOOK_NANOS;
            lookForDamage();
        }
        boolean hasMore = !words.isEmpty();
        for (Receiving stream : List.copyOf(streams)) {
            hasMore |= isVerifying(stream);
            if (stream.isAbandoned(nowNanos)) {
                end(stream, Verdict.REFUSED);
            }
        }
        if (hasMore) {
            return nowNanos;
        }
        return lookAtNanos;
    }

    /// Tells workers which of their shards are damaged.
    private void lookForDamage() {
        for (ShardId shard : shards.damaged()) {
            replicas.apply(Replica.groupOf(shard))
                    .filter(replica -> !replica.isSole)
                    .ifPresent(r -> tell.tell(r, new HostMessage.Damaged(r)));
        }
    }

    private boolean isVerifying(Receiving stream) {
        try {
            return stream.verify();
        } catch (NoriException.Corruption e) {
            giveUp(stream, e);
            return false;
        }
    }

    private void hear(Word.OfSender said, long nowNanos) {
        switch (said.frame) {
            case StreamFrame.Offer offer -> offered(said.peer, offer, nowNanos);
            case StreamFrame.Piece piece -> {
                for (Receiving stream : List.copyOf(streams)) {
                    if (stream.stream == piece.stream() && stream.from == said.peer) {
                        stream.heard(nowNanos);
                        take(stream, piece);
                    }
                }
            }
            case StreamFrame.Answer _, StreamFrame.Wish _, StreamFrame.Digested _ ->
                    throw new IllegalStateException("a word of a sender, got " + said.frame);
        }
    }

    private void take(Receiving stream, StreamFrame.Piece piece) {
        try {
            stream.take(piece.number(), piece);
            answer(stream, Verdict.GO_ON);
        } catch (NoriException.Malformed | NoriException.DiskFailure e) {
            giveUp(stream, e);
        }
    }

    private void offered(long peer, StreamFrame.Offer offer, long nowNanos) {
        int group = (int) offer.what().head().group();
        Optional<Replica> here = replicas.apply(group).filter(r -> !r.isQuarantined());
        Optional<Receiving> running =
                streams.stream().filter(s -> s.replica.group == group).findFirst();
        boolean isSame =
                running.filter(s -> s.stream == offer.stream() && s.from == peer).isPresent();
        if (isSame) {
            running.get().heard(nowNanos);
            answer(running.get(), Verdict.GO_ON);
            return;
        }
        boolean mayGoOn =
                running.filter(s -> s.isGiven() || s.from != peer && s.isProgressing(nowNanos))
                        .isPresent();
        if (here.isEmpty() || mayGoOn) {
            answer(peer, offer.stream(), Verdict.REFUSED, 0);
            return;
        }
        long index = offer.what().meta().at().index();
        boolean isNewer = here.get().appliedIndex() < index;
        if (!isNewer && !(here.get().isRebuilding() && here.get().appliedIndex() == index)) {
            answer(peer, offer.stream(), Verdict.DONE, 0);
            return;
        }
        running.ifPresent(s -> end(s, Verdict.REFUSED)); // it is dead, or its sender began anew
        begin(here.get(), offer, nowNanos);
    }

    private void begin(Replica replica, StreamFrame.Offer offer, long nowNanos) {
        long peer = offer.what().head().from();
        if (streams.size() >= options.receivingMax()) {
            metrics.refused();
            answer(peer, offer.stream(), Verdict.REFUSED, 0);
            return;
        }
        try {
            var stream =
                    new Receiving(
                            replica,
                            offer.stream(),
                            offer.what(),
                            shards.receive(replica.shard),
                            message -> tell.tell(replica, message),
                            nowNanos);
            streams.add(stream);
            metrics.receivingBegan(stream);
            answer(stream, Verdict.GO_ON);
        } catch (NoriException.Overloaded | NoriException.DiskFailure e) {
            metrics.refused();
            answer(peer, offer.stream(), Verdict.REFUSED, 0);
        }
    }

    private void giveUp(Receiving stream, NoriException why) {
        Host.LOG.log(
                Level.WARNING,
                () ->
                        "Gave a shard up that was being received. shard=%s from=%s why=%s"
                                .formatted(
                                        stream.replica.shard,
                                        placement.node(stream.from),
                                        why.getMessage()));
        end(stream, Verdict.REFUSED);
    }

    private void end(Receiving stream, Verdict verdict) {
        if (streams.remove(stream)) {
            close(stream);
            metrics.receivingEnded(stream, verdict == Verdict.DONE);
            answer(stream, verdict);
        }
    }

    private static void close(Receiving stream) {
        try {
            stream.incoming().close();
        } catch (NoriException.DiskFailure | NoriException.Closed e) {
            // The next opening removes what is left of it.
            Host.LOG.log(Level.WARNING, "Could not remove what was received of a shard.", e);
        }
    }

    private void answer(Receiving stream, Verdict verdict) {
        answer(stream.from, stream.stream, verdict, stream.next());
    }

    private void answer(long peer, long stream, Verdict verdict, long next) {
        Bytes frame = new StreamFrame.Answer(stream, verdict, next).encode();
        peers.send(placement.node(peer), Peers.Lane.SNAPSHOT, frame);
    }

    /// Ends all there are. The loop has ended.
    void finish() {
        streams.forEach(SnapshotReceiver::close);
        streams.clear();
    }
}
