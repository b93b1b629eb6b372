package norikv.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.domain.NodeId;
import norikv.domain.Placement;
import norikv.port.Peers;
import norikv.work.Loop;
import norikv.work.Step;

/// Sends shards to followers that need them whole: reads a bit, sends a bit, and leaves links, disk
/// and processor to others for most of the time.
///
/// **Threads.** One loop drives it; any may [#reserve], [#begin] and tell it things. **Limits.**
/// [Host.Streams]: how many at a time, and how many bytes a second; [#WORDS_MAX] words wait to be
/// heard, more are as good as lost on their way.
final class SnapshotSender implements Step {
    /// How many words may wait to be heard.
    static final int WORDS_MAX = 256;

    private final Peers peers;
    private final Placement placement;
    private final Host.Streams options;
    private final StreamMetrics metrics;
    private final Throttle throttle;
    private final AtomicInteger free;
    private final ArrayBlockingQueue<Word> words = new ArrayBlockingQueue<>(WORDS_MAX);
    private final List<Sending> streams = new ArrayList<>();

    /// Null until it is started.
    private volatile Loop loop;

    /// What it is told.
    private sealed interface Word {
        record Begin(Sending stream) implements Word {}

        record Said(long peer, StreamFrame.Answer answer) implements Word {}

        record Lost(long peer) implements Word {}
    }

    SnapshotSender(
            Peers peers, Placement placement, Host.Streams options, StreamMetrics metrics) {
        this.peers = peers;
        this.placement = placement;
        this.options = options;
        this.metrics = metrics;
        this.throttle = new Throttle(options.bytesPerSecondMax());
        this.free = new AtomicInteger(options.sendingMax());
    }

    void startedAs(Loop newLoop) {
        loop = newLoop;
        newLoop.wake();
    }

    /// {@return whether there is room for one more stream, which is the caller's then}
    boolean reserve() {
        boolean has = free.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
        if (!has) {
            metrics.refused();
        }
        return has;
    }

    /// Gives back what was reserved and is not used.
    void release() {
        free.incrementAndGet();
    }

    int chunkBytes() {
        return options.chunkBytes();
    }

    /// @return whether the stream is taken: it has its place then
    boolean begin(Sending stream) {
        return tell(new Word.Begin(stream));
    }

    void said(long peer, StreamFrame.Answer answer) {
        tell(new Word.Said(peer, answer));
    }

    void lost(long peer) {
        tell(new Word.Lost(peer));
    }

    private boolean tell(Word word) {
        boolean taken = words.offer(word);
        Loop running = loop;
        if (running != null) {
            running.wake();
        }
        return taken;
    }

    @Override
    public long runOnce(long nowNanos) {
        for (Word word = words.poll(); word != null; word = words.poll()) {
            hear(word, nowNanos);
        }
        long next = UNTIL_WOKEN;
        for (Sending stream : List.copyOf(streams)) {
            NodeId to = placement.node(stream.to);
            stream.step(
                    nowNanos,
                    throttle,
                    frame -> peers.send(to, Peers.Lane.SNAPSHOT, frame.encode()));
            if (stream.fate() == Sending.Fate.UNDER_WAY) {
                next = Math.min(next, stream.nextNanos(nowNanos, throttle));
            } else {
                streams.remove(stream);
                end(stream);
            }
        }
        return next;
    }

    private void hear(Word word, long nowNanos) {
        switch (word) {
            case Word.Begin(Sending stream) -> {
                metrics.sendingBegan(stream);
                streams.add(stream);
            }
            case Word.Said(long peer, StreamFrame.Answer answer) -> {
                for (Sending stream : streams) {
                    if (stream.id == answer.stream()
                            && stream.to == peer
                            && stream.answered(answer, nowNanos)) {
                        metrics.resumed(stream);
                    }
                }
            }
            case Word.Lost(long peer) ->
                    streams.stream().filter(s -> s.to == peer).forEach(Sending::lost);
        }
    }

    /// Ends all there are. The loop has ended.
    void finish() {
        for (Word word = words.poll(); word != null; word = words.poll()) {
            if (word instanceof Word.Begin(Sending stream)) {
                streams.add(stream);
            }
        }
        streams.forEach(this::end);
        streams.clear();
    }

    private void end(Sending stream) {
        metrics.sendingEnded(stream);
        release();
        stream.close();
    }
}
