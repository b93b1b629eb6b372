package norikv.raftlog;

import norikv.wal.WalOptions;

/// How a [RaftLog] is laid out and bounded.
///
/// @param keepBytes how much of the end of the log is kept although it is flushed, so that replicas
///     that lag get entries and not snapshots; rounded up to whole segments
public record RaftLogOptions(WalOptions wal, long keepBytes) {
    public RaftLogOptions {
        if (keepBytes < 0) {
            throw new IllegalArgumentException("keepBytes: at least 0, got " + keepBytes);
        }
    }

    /// {@return the defaults of [WalOptions], and 64 MiB that are kept}
    public static RaftLogOptions defaults(long salt) {
        return new RaftLogOptions(WalOptions.defaults(salt), 64L << 20);
    }
}
