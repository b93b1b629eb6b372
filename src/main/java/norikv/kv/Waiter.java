package norikv.kv;

import norikv.domain.Reply;
import norikv.domain.Version;

/// Somebody who wants to know what becomes of an entry that has a place in the log.
sealed interface Waiter permits WriteCall, TimeEntry {
    /// {@return the place}
    Version at();

    /// The fate of the entry is known: its outcome when it was applied, else a failure. Called
    /// once.
    void settled(Reply outcome);
}
