package norikv.host;

import norikv.raftlog.RaftLog;

/// Bounds how much log a restart would have to apply again: asks storage to flush at the half of
/// the bound, and says when it is reached.
///
/// **Threads.** Any.
final class FlushTrigger {
    /// How long after asking it asks again.
    private static final long ASK_AGAIN_NANOS = 1_000_000_000;

    private final RaftLog log;
    private final Host.Options options;
    private final Runnable flush;
    private volatile long askAtNanos = Long.MIN_VALUE;

    FlushTrigger(RaftLog log, Host.Options options, Runnable flush) {
        this.log = log;
        this.options = options;
        this.flush = flush;
    }

    /// Asks for a flush if it is time.
    void look(long nowNanos) {
        if (exceeds(options.unflushedBytesMax() / 2, options.unflushedEntriesMax() / 2)
                && nowNanos >= askAtNanos) {
            askAtNanos = nowNanos + ASK_AGAIN_NANOS;
            flush.run();
        }
    }

    /// {@return whether nothing more may be proposed until something is flushed}
    boolean isFull() {
        return exceeds(options.unflushedBytesMax(), options.unflushedEntriesMax());
    }

    private boolean exceeds(long bytes, long entries) {
        return log.unflushedBytes() > bytes || log.unflushedEntries() > entries;
    }
}
