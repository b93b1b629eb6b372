package norikv.raftlog;

import norikv.wal.WalOptions;

/// How a [RaftLog] is laid out and bounded.
///
/// @param keepBytes how much of the end of the log is kept although it is flushed, so that replicas
///     that lag get entries and not snapshots; rounded up to whole segments
/// @param restateBytes how much log there may be behind an entry that cannot be flushed, before it
///     is copied to the end of the log; rounded up to whole segments. More than the owner has
///     flushed at the most, or each entry is copied
public record RaftLogOptions(WalOptions wal, long keepBytes, long restateBytes) {
    private static final long RESTATE_BYTES = 512L << 20;

    public RaftLogOptions {
        if (keepBytes < 0 || restateBytes < 1) {
            throw new IllegalArgumentException(
                    "keepBytes >= 0, restateBytes >= 1, got %d, %d"
                            .formatted(keepBytes, restateBytes));
        }
    }

    /// What is copied is behind 512 MiB of log.
    public RaftLogOptions(WalOptions wal, long keepBytes) {
        this(wal, keepBytes, RESTATE_BYTES);
    }

    /// {@return the defaults of [WalOptions], and 64 MiB that are kept}
    public static RaftLogOptions defaults(long salt) {
        return new RaftLogOptions(WalOptions.defaults(salt), 64L << 20);
    }
}
