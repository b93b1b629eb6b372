package norikv.wal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/// The bounded queue in front of the writer's loop: many push, one drains all at once.
///
/// A stack that the drainer reverses: pushing is one compare-and-set and no allocation, and only
/// the push onto an empty stack has to wake anybody. A record may be pushed again after it was
/// drained: pushing compares with the head it links to, whatever became of that in between.
final class Inbox {
    /// What became of a push.
    enum Push {
        /// Nobody was there: the drainer may sleep.
        FIRST,
        BEHIND,
        CLOSED,
        FULL
    }

    private static final VarHandle HEAD;

    /// How many bits of [#inFlight] count bytes; those above count records.
    private static final int BYTES_BITS = 40;

    private static final long BYTES_MASK = (1L << BYTES_BITS) - 1;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(Inbox.class, "head", WalRecord.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final WalRecord closed = new Closed();
    private final long bytesMax;
    private final int recordsMax;

    /// Records and bytes that were accepted and not released.
    private final AtomicLong inFlight = new AtomicLong();

    /// The newest record; null when there is none; [#closed] when there will be no more.
    @SuppressWarnings("unused")
    private volatile WalRecord head;

    Inbox(long bytesMax, int recordsMax) {
        this.bytesMax = bytesMax;
        this.recordsMax = recordsMax;
    }

    long bytesInFlight() {
        return inFlight.get() & BYTES_MASK;
    }

    Push push(WalRecord record) {
        long cost = cost(1, record.length + (long) Frame.RECORD_HEAD_BYTES);
        long now = inFlight.addAndGet(cost);
        if (now >>> BYTES_BITS > recordsMax || (now & BYTES_MASK) > bytesMax) {
            inFlight.addAndGet(-cost);
            return Push.FULL;
        }
        while (true) {
            WalRecord seen = head;
            if (seen == closed) {
                inFlight.addAndGet(-cost);
                return Push.CLOSED;
            }
            record.next = seen;
            if (HEAD.compareAndSet(this, seen, record)) {
                return seen == null ? Push.FIRST : Push.BEHIND;
            }
        }
    }

    boolean isEmpty() {
        WalRecord seen = head;
        return seen == null || seen == closed;
    }

    /// {@return all that was pushed, the oldest first, linked; null if nothing was}
    WalRecord drain() {
        if (isEmpty()) {
            return null;
        }
        WalRecord newest = (WalRecord) HEAD.getAndSet(this, (WalRecord) null);
        WalRecord oldest = null;
        while (newest != null) {
            WalRecord next = newest.next;
            newest.next = oldest;
            oldest = newest;
            newest = next;
        }
        return oldest;
    }

    /// Makes room for others.
    void release(int records, long bytes) {
        inFlight.addAndGet(-cost(records, bytes));
    }

    /// {@return whether it was empty, and is closed now}
    boolean closeIfEmpty() {
        return head == closed || HEAD.compareAndSet(this, null, closed);
    }

    /// Closes it and forgets what is in it.
    void close() {
        HEAD.setVolatile(this, closed);
    }

    private static long cost(int records, long bytes) {
        return ((long) records << BYTES_BITS) + bytes;
    }

    /// Marks the end of the queue; never written.
    private static final class Closed extends WalRecord {
        @Override
        protected int length() {
            return 0;
        }

        @Override
        protected void writeTo(java.nio.ByteBuffer target) {
            throw new AssertionError("the mark of a closed queue is no record");
        }

        @Override
        protected void durable(long position) {
            throw new AssertionError("the mark of a closed queue is no record");
        }
    }
}
