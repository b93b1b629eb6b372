package norikv.host;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import norikv.domain.NoriException;
import norikv.port.ShardStore;
import norikv.raft.Message;

/// One shard on its way to a follower whose log ends before this one begins.
///
/// It is offered first, and the answer says from which chunk on it is wanted: so after a link broke
/// it is offered again, and goes on where the receiver is. At most [#WINDOW_MAX] chunks are ahead
/// of what was acknowledged, and are kept to be sent once more; a receiver that has lost what was
/// acknowledged gets all of it again, from the same view. It ends when the receiver has put it in
/// its place, refuses it, or is silent, and when the leader that made it leads no more.
///
/// **Threads.** Made by the worker that owns the shard, then the sender's. **Limits.** The view is
/// open for [#LIFE_NANOS_MAX].
final class Sending implements AutoCloseable {
    /// How many chunks are ahead of what was acknowledged.
    static final int WINDOW_MAX = 4;

    /// After how long without an answer it is offered again.
    static final long REPEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /// After how long without an answer it ends.
    static final long SILENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);

    /// How long it takes at most.
    static final long LIFE_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);

    final Replica replica;
    final long to;
    final long id;
    private final ShardStore.View view;
    private final Message.InstallSnapshot what;
    private final int chunkBytes;
    private final Consumer<HostMessage> worker;
    private final long beganNanos;

    /// The chunks from number [#acknowledged] on that were read.
    private final ArrayDeque<ShardStore.Chunk> window = new ArrayDeque<>();

    /// Null until something is read.
    private ShardStore.Outgoing outgoing;

    private long acknowledged;
    private long next;
    private boolean isRead;

    /// The receiver has said where to go on since a link to it was last made.
    private boolean isAgreed;

    private long heardNanos;
    private long repeatAtNanos = Long.MIN_VALUE;
    private Fate fate = Fate.UNDER_WAY;
    private long bytes;

    /// What became of it.
    enum Fate {
        UNDER_WAY,
        DONE,
        FAILED
    }

    /// @param what place and term that it is offered with
    /// @param worker is told when it ended
    Sending(
            Replica replica,
            long id,
            ShardStore.View view,
            Message.InstallSnapshot what,
            int chunkBytes,
            Consumer<HostMessage> worker,
            long nowNanos) {
        this.replica = replica;
        this.to = what.head().to();
        this.id = id;
        this.view = view;
        this.what = what;
        this.chunkBytes = chunkBytes;
        this.worker = worker;
        this.beganNanos = nowNanos;
        this.heardNanos = nowNanos;
    }

    Fate fate() {
        return fate;
    }

    /// {@return how much was sent, chunks that were sent again included}
    long bytes() {
        return bytes;
    }

    long placeIndex() {
        return what.meta().at().index();
    }

    /// Reads and sends a bounded bit.
    ///
    /// @param send gives a frame to the link; false: there is none, or it is full
    void step(long nowNanos, Throttle throttle, Predicate<StreamFrame> send) {
        boolean isOverdue =
                nowNanos - beganNanos > LIFE_NANOS_MAX
                        || nowNanos - heardNanos > SILENCE_NANOS_MAX;
        boolean isWrong = replica.isDiverged();
        if (isOverdue || isWrong || replica.leadTerm() != what.head().term() || !read()) {
            fate = fate == Fate.UNDER_WAY ? Fate.FAILED : fate;
            return;
        }
        if (isAgreed && next == acknowledged + window.size() && nowNanos >= repeatAtNanos) {
            isAgreed = false; // asked once more: it, or its answer, may be lost
        }
        if (!isAgreed) {
            if (nowNanos >= repeatAtNanos) {
                send.test(new StreamFrame.Offer(id, what));
                repeatAtNanos = nowNanos + REPEAT_NANOS;
            }
            return;
        }
        int at = (int) (next - acknowledged);
        for (ShardStore.Chunk chunk : window.stream().skip(at).toList()) {
            if (!throttle.mayGo(nowNanos)) {
                return;
            }
            if (!send.test(new StreamFrame.Piece(id, next, chunk.bytes()))) {
                isAgreed = false;
                repeatAtNanos = nowNanos + REPEAT_NANOS;
                return;
            }
            throttle.went(chunk.bytes().length());
            bytes += chunk.bytes().length();
            repeatAtNanos = nowNanos + REPEAT_NANOS;
            next++;
        }
    }

    /// {@return when to step again}
    long nextNanos(long nowNanos, Throttle throttle) {
        if (!isRead && window.size() < WINDOW_MAX) {
            return nowNanos;
        }
        boolean hasMore = isAgreed && next < acknowledged + window.size();
        return hasMore ? throttle.nextNanos() : Math.max(nowNanos, repeatAtNanos);
    }

    /// The link broke: what was sent may not have arrived.
    void lost() {
        isAgreed = false;
    }

    /// The receiver has spoken.
    ///
    /// @return whether it goes on before where it was
    boolean answered(StreamFrame.Answer answer, long nowNanos) {
        heardNanos = nowNanos;
        switch (answer.verdict()) {
            case DONE -> fate = Fate.DONE;
            case REFUSED -> fate = Fate.FAILED;
            case GO_ON -> {
                return goOn(answer.next());
            }
        }
        return false;
    }

    private boolean goOn(long wanted) {
        if (wanted > acknowledged + window.size()) {
            fate = Fate.FAILED; // it has what was never sent
            return false;
        }
        boolean wasAgreed = isAgreed;
        if (!wasAgreed && wanted == 0 && acknowledged > 0) {
            outgoing = null;
            isRead = false;
            window.clear();
            acknowledged = 0;
        } else if (wanted < acknowledged) {
            return false; // late: it has said more since
        }
        for (; acknowledged < wanted; acknowledged++) {
            window.removeFirst();
        }
        isAgreed = true;
        long before = next;
        next = wasAgreed ? Math.max(next, acknowledged) : wanted;
        return next < before;
    }

    /// @return false if the shard cannot be read
    private boolean read() {
        if (isRead || window.size() >= WINDOW_MAX) {
            return true;
        }
        try {
            if (outgoing == null) {
                var start = Map.of(replica.shard, ShardStore.Mark.START);
                outgoing = view.send(start, chunkBytes);
            }
            window.addAll(outgoing.step(chunkBytes));
            isRead = outgoing.isDone();
            return true;
        } catch (NoriException.NotLeader | NoriException.Corruption e) {
            // The shard was dropped meanwhile, or is damaged here: another replica may have it.
            Host.LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "Cannot send a shard. shard=%s why=%s".formatted(replica.shard, e));
            return false;
        }
    }

    /// It never began.
    void forget() {
        view.close();
    }

    /// Lets go of the view, and tells the worker.
    @Override
    public void close() {
        view.close();
        worker.accept(new HostMessage.StreamEnded(this));
    }
}
