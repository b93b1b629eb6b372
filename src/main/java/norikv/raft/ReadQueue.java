package norikv.raft;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Reads that wait until a majority has said, to a question asked **after** the read came, that
/// this is still the leader.
///
/// Each read has a position; a heartbeat carries the last position there is when it is sent, and
/// the answer echoes it. So an answer can only ever confirm reads that were there when its question
/// left, however late it comes. Before the leader has committed in its own term it does not know
/// what is committed, and reads are parked. **Source.** Raft dissertation §6.4.
///
/// **Limits.** [RaftOptions#readsMax()].
final class ReadQueue {
    /// A read that got its index.
    private record Waiting(long position, long token, long index) {}

    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Deque<Long> parked = new ArrayDeque<>();
    private long taken;
    private long asked;

    int count() {
        return waiting.size() + parked.size();
    }

    /// {@return the position of the last read; what the leader itself confirms}
    long taken() {
        return taken;
    }

    /// {@return whether some read came after the last round of heartbeats}
    boolean wantsRound() {
        return asked < taken;
    }

    /// {@return what a round of heartbeats that is sent now asks for}
    long ask() {
        asked = taken;
        return taken;
    }

    /// {@return the last position that was ever asked for}
    long asked() {
        return asked;
    }

    void take(long token, long commit) {
        taken++;
        waiting.addLast(new Waiting(taken, token, commit));
    }

    void park(long token) {
        parked.addLast(token);
    }

    /// The leader knows what is committed.
    void unpark(long commit) {
        while (!parked.isEmpty()) {
            take(parked.removeFirst(), commit);
        }
    }

    /// A majority confirmed all reads up to `position`.
    void confirmed(long position, List<Ready.ReadGrant> grants) {
        while (!waiting.isEmpty() && waiting.getFirst().position() <= position) {
            Waiting read = waiting.removeFirst();
            grants.add(new Ready.ReadGrant(read.token(), read.index()));
        }
    }

    /// No read can be confirmed any more.
    void fail(List<Long> failed) {
        waiting.forEach(read -> failed.add(read.token()));
        failed.addAll(parked);
        waiting.clear();
        parked.clear();
    }
}
