package norikv.raftlog;

import norikv.wal.WalOptions;

/// How a [RaftLog] is laid out and bounded.
///
/// @param keepBytes how much of the end of the log is kept although it is flushed, so that replicas
///     that lag get entries and not snapshots; rounded up to whole segments
public record RaftLogOptions(WalOptions wal, long keepBytes, Pinned pinned) {
    public RaftLogOptions {
        if (keepBytes < 0) {
            throw new IllegalArgumentException("keepBytes >= 0, got " + keepBytes);
        }
    }

    /// How far behind a single entry may stand that keeps the log from being recycled; both rounded
    /// up to whole segments.
    ///
    /// @param restateBytes how much log there may be behind an entry that cannot be flushed, before
    ///     it is copied to the end of the log. More than the owner has flushed at the most, or each
    ///     entry is copied
    /// @param heldBytes how much log is held, behind what is kept anyway, for those who want
    ///     entries that are flushed
    public record Pinned(long restateBytes, long heldBytes) {
        /// 512 MiB, and 256 MiB.
        public static final Pinned DEFAULTS = new Pinned(512L << 20, 256L << 20);

        public Pinned {
            if (restateBytes < 1 || heldBytes < 0) {
                throw new IllegalArgumentException(
                        "restateBytes >= 1, heldBytes >= 0, got %d, %d"
                                .formatted(restateBytes, heldBytes));
            }
        }
    }

    /// As [Pinned#DEFAULTS] says.
    public RaftLogOptions(WalOptions wal, long keepBytes) {
        this(wal, keepBytes, Pinned.DEFAULTS);
    }

    /// {@return the defaults of [WalOptions], and 64 MiB that are kept}
    public static RaftLogOptions defaults(long salt) {
        return new RaftLogOptions(WalOptions.defaults(salt), 64L << 20);
    }
}
