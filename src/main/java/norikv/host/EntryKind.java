package norikv.host;

import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.raftlog.LogEntry;

/// The kinds of entries that the host tells apart in the log. What a command says is not its
/// concern.
///
/// **Source.** `wire/files.md`, commands.
final class EntryKind {
    /// A command of the state machine.
    static final int COMMAND = 0;

    /// The empty entry that a term begins with.
    static final int TERM_START = 1;

    private EntryKind() {}

    static int of(Bytes command) {
        return command.isEmpty() ? TERM_START : COMMAND;
    }

    /// Refuses an entry of a kind that this version does not know: it must not be skipped.
    static void check(int group, LogEntry entry) {
        boolean isKnown = entry.kind() == COMMAND || entry.kind() == TERM_START;
        if (!isKnown || entry.kind() != of(entry.payload())) {
            throw new NoriException.Broken(
                    ErrorCode.INTERNAL,
                    "group %d entry %d: kind 0 with or 1 without a command, got %d with %d bytes"
                            .formatted(
                                    group,
                                    entry.index(),
                                    entry.kind(),
                                    entry.payload().length()));
        }
    }
}
