package norikv.host;

import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.raft.Entry;
import norikv.raftlog.LogEntry;

/// The numbers that the kinds of a core's entries have in the log.
///
/// **Source.** `wire/files.md`, commands.
final class EntryKind {
    private static final int COMMAND = 0;
    private static final int TERM_START = 1;
    private static final int CONFIGURATION = 2;
    private static final int HOST = 3;

    private EntryKind() {}

    static int number(Entry.Kind kind) {
        return switch (kind) {
            case COMMAND -> COMMAND;
            case TERM_START -> TERM_START;
            case CONFIGURATION -> CONFIGURATION;
            case HOST -> HOST;
        };
    }

    /// {@return the entry as the core knows it}
    ///
    /// **Errors.** [NoriException.Broken] for an entry of a kind that this version does not know:
    /// it must not be skipped.
    static Entry decode(int group, LogEntry stored) {
        Entry.Kind kind =
                switch (stored.kind()) {
                    case COMMAND -> Entry.Kind.COMMAND;
                    case TERM_START -> Entry.Kind.TERM_START;
                    case CONFIGURATION -> Entry.Kind.CONFIGURATION;
                    case HOST -> Entry.Kind.HOST;
                    default -> throw unknown(group, stored);
                };
        if ((kind == Entry.Kind.TERM_START) != stored.payload().isEmpty()) {
            throw unknown(group, stored);
        }
        var at = new Version(stored.term(), stored.index());
        return new Entry(at, stored.logTimeMillis(), kind, stored.payload());
    }

    private static NoriException.Broken unknown(int group, LogEntry stored) {
        return new NoriException.Broken(
                ErrorCode.INTERNAL,
                ("group %d entry %d: kind 0, 2 or 3 with a command or 1 without, got %d with %d"
                                + " bytes: was it written by a newer version?")
                        .formatted(
                                group, stored.index(), stored.kind(), stored.payload().length()));
    }
}
