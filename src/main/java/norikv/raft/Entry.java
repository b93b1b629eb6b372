package norikv.raft;

import norikv.bytes.Bytes;
import norikv.domain.Version;

/// One entry of a group's log.
///
/// @param at term and index
/// @param logTimeMillis the leader's stamp; never less than that of the entry before
/// @param command what was proposed; empty for [Kind#TERM_START], a [Configuration] for
///     [Kind#CONFIGURATION]
public record Entry(Version at, long logTimeMillis, Kind kind, Bytes command) {
    /// What an entry takes beside its command wherever bytes are counted.
    public static final int OVERHEAD_BYTES = 32;

    /// Who an entry is for.
    public enum Kind {
        /// The state machine.
        COMMAND,
        /// Nobody: a leader's first entry, with which all before it is committed.
        TERM_START,
        /// The core: who belongs to the group from its commit on.
        CONFIGURATION,
        /// The host of the replica: what replicas do among themselves, beside the state machine.
        HOST
    }

    public long index() {
        return at.index();
    }

    public long term() {
        return at.term();
    }

    /// {@return what it counts against every limit in bytes}
    public int bytes() {
        return command.length() + OVERHEAD_BYTES;
    }
}
