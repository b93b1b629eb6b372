package norikv.raft;

/// The records handed to the host that are not durable yet, and how far each proves the log.
///
/// Records become durable in order. A conflict may replace entries while their record is still on
/// its way: from then on that record proves nothing about the replaced indexes, even if the same
/// entries come back later in another record.
final class Records {
    /// The most records on their way; the core hands out no more until one is durable.
    static final int IN_FLIGHT_MAX = 16;

    private final long[] lasts = new long[IN_FLIGHT_MAX];
    private final long[] sinceNanos = new long[IN_FLIGHT_MAX];

    /// Records `oldest` … `next` − 1 are on their way.
    private long oldest = 1;

    private long next = 1;

    boolean isEmpty() {
        return oldest == next;
    }

    boolean isFull() {
        return next - oldest == IN_FLIGHT_MAX;
    }

    /// {@return whether all records up to `record` are durable}
    boolean isDurable(long record) {
        return record < oldest;
    }

    /// {@return the number of a new record, which proves the log up to `last`}
    long begin(long last, Now now) {
        assert !isFull() : next;
        lasts[slot(next)] = last;
        sinceNanos[slot(next)] = now.nanos();
        return next++;
    }

    /// {@return how far the log is durable now that all records up to `record` are; 0: no news}
    long persisted(long record) {
        assert record >= oldest : record + " was persisted before, oldest is " + oldest;
        assert record < next : record + " was never handed out, next is " + next;
        long upTo = 0;
        for (; oldest <= record; oldest++) {
            upTo = Math.max(upTo, lasts[slot(oldest)]);
        }
        return upTo;
    }

    /// Nothing on its way proves an index behind `last`.
    void cutTo(long last) {
        for (long record = oldest; record < next; record++) {
            lasts[slot(record)] = Math.min(lasts[slot(record)], last);
        }
    }

    /// {@return whether some record is on its way for longer than `nanos`}
    boolean stalled(Now now, long nanos) {
        return !isEmpty() && now.nanos() - sinceNanos[slot(oldest)] >= nanos;
    }

    private static int slot(long record) {
        return (int) (record % IN_FLIGHT_MAX);
    }
}
