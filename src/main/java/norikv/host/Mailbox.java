package norikv.host;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicReference;

/// What reaches one worker from other threads: a stack that is taken whole and turned round, so
/// that putting something in costs one exchange and waking the worker is needed only for the first.
///
/// **Threads.** Any puts; the worker takes. **Limits.** [#MESSAGES_MAX] messages and [#BYTES_MAX]
/// bytes; messages of the node itself (durable, resume) are bounded by what they are about and
/// always taken. What the worker has taken and not yet handled is bounded by the same once more,
/// because it takes only when that is empty.
final class Mailbox {
    /// The most proposals and waiting reads.
    static final int MESSAGES_MAX = 65_536;

    /// The most bytes of their commands.
    static final long BYTES_MAX = 128L << 20;

    /// The message put last; null when there is none.
    private final AtomicReference<HostMessage> newest = new AtomicReference<>();

    /// What came of putting a message.
    enum Put {
        /// It is the first: the worker must be woken.
        FIRST,
        /// It is behind others: the worker was woken for them.
        BEHIND,
        /// There is no room.
        FULL,
        /// Nothing is taken any more.
        CLOSED
    }

    Put put(HostMessage message) {
        while (true) {
            HostMessage before = newest.get();
            if (before instanceof HostMessage.Closed) {
                return Put.CLOSED;
            }
            long weight = message.weight();
            message.depth = (before == null ? 0 : before.depth) + (weight > 0 ? 1 : 0);
            message.bytes = (before == null ? 0 : before.bytes) + weight;
            if (weight > 0 && (message.depth > MESSAGES_MAX || message.bytes > BYTES_MAX)) {
                return Put.FULL;
            }
            message.next = before;
            if (newest.compareAndSet(before, message)) {
                return before == null ? Put.FIRST : Put.BEHIND;
            }
        }
    }

    boolean isEmpty() {
        return newest.get() == null;
    }

    /// Moves all to the end of `target`, oldest first.
    void drainTo(ArrayDeque<HostMessage> target) {
        unlink(newest.getAndSet(null), target);
    }

    /// Moves all to the end of `target`; nothing can be put any more.
    void close(HostMessage.Closed last, ArrayDeque<HostMessage> target) {
        unlink(newest.getAndSet(last), target);
    }

    private static void unlink(HostMessage newestFirst, ArrayDeque<HostMessage> target) {
        HostMessage oldest = null;
        HostMessage at = newestFirst;
        while (at != null) {
            HostMessage older = at.next;
            at.next = oldest;
            oldest = at;
            at = older;
        }
        while (oldest != null) {
            HostMessage newer = oldest.next;
            oldest.next = null;
            target.addLast(oldest);
            oldest = newer;
        }
    }
}
