package norikv.host;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Message;

/// One shard that is being received: its chunks, in order, then their reading back, then, when its
/// worker says so, its taking the place of what the shard is here.
///
/// **Threads.** The receiver's; of what it is for, any may ask.
final class Receiving {
    /// After how long without a word of the sender it ends.
    static final long SILENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    /// After how long without another chunk another node's offer takes its place.
    static final long STALL_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    /// How many blocks are read back at a time.
    private static final int VERIFY_BLOCKS = 64;

    final Replica replica;
    final long from;
    final long stream;
    final Message.InstallSnapshot what;
    private final ShardStore.Incoming incoming;
    private final Consumer<HostMessage> worker;
    private State state = State.TAKING;
    private long heardNanos;
    private long progressedNanos;
    private long bytes;

    private enum State {
        TAKING,
        VERIFYING,
        /// Its worker has it.
        GIVEN
    }

    Receiving(
            Replica replica,
            long stream,
            Message.InstallSnapshot what,
            ShardStore.Incoming incoming,
            Consumer<HostMessage> worker,
            long nowNanos) {
        this.replica = replica;
        this.from = what.head().from();
        this.stream = stream;
        this.what = what;
        this.incoming = incoming;
        this.worker = worker;
        this.heardNanos = nowNanos;
        this.progressedNanos = nowNanos;
    }

    long bytes() {
        return bytes;
    }

    /// {@return the chunk that is wanted next}
    long next() {
        return incoming.mark().chunks();
    }

    ShardStore.Incoming incoming() {
        return incoming;
    }

    boolean isGiven() {
        return state == State.GIVEN;
    }

    void heard(long nowNanos) {
        heardNanos = nowNanos;
    }

    boolean isAbandoned(long nowNanos) {
        return state == State.TAKING && nowNanos - heardNanos > SILENCE_NANOS_MAX;
    }

    /// {@return whether it is getting further: chunks come, or what came is looked at here}
    boolean isProgressing(long nowNanos) {
        return state != State.TAKING || nowNanos - progressedNanos <= STALL_NANOS_MAX;
    }

    /// Takes chunk `number`, if it is the next; others came before, or will come again.
    ///
    /// **Errors.** [NoriException.Malformed] when it is no chunk of this: end this.
    void take(long number, StreamFrame.Piece piece) {
        if (state != State.TAKING || number != next()) {
            return;
        }
        boolean isLast = incoming.take(piece.chunk());
        bytes += piece.chunk().length();
        progressedNanos = heardNanos;
        var promised = new Storage.Applied(what.meta().at(), what.meta().logTimeMillis());
        if (!incoming.place().equals(promised)) {
            throw new NoriException.Malformed(
                    ErrorCode.MALFORMED_FRAME,
                    "shard %s: chunks of %s, got one of %s"
                            .formatted(replica.shard, promised, incoming.place()));
        }
        if (isLast) {
            incoming.seal();
            state = State.VERIFYING;
        }
    }

    /// Reads a bit of it back, and gives it to its worker when all is right.
    ///
    /// @return whether there is more to do at once
    boolean verify() {
        if (state == State.VERIFYING && incoming.verify(VERIFY_BLOCKS)) {
            state = State.GIVEN;
            worker.accept(new HostMessage.Arrived(this));
        }
        return state == State.VERIFYING;
    }

    /// Makes it the shard. The intent is durable.
    void flip() {
        boolean isLive;
        try {
            incoming.ingest();
            incoming.goLive();
            isLive = true;
        } catch (NoriException.Malformed _) {
            isLive = false; // what is here is newer
        } catch (NoriException.DiskFailure e) {
            if (e.reason() != NoriException.DiskFailure.Reason.FULL) {
                throw e; // nobody knows whether it is
            }
            isLive = false;
        }
        worker.accept(new HostMessage.Flipped(this, isLive));
    }
}
