package norikv.domain;

import norikv.bytes.Bytes;

/// What the retries of one write of a client are known by, so that it is done once.
///
/// A shard remembers the outcomes of the session's writes that were not acknowledged yet. A write
/// whose number is among them gets the first outcome again; one that was acknowledged, or that
/// comes after `notAfterMillis` of the shard's log time, is refused, for what it finds may have
/// forgotten it.
///
/// @param id random, of one client; empty: there is none
/// @param sequence the number of the write, never used again for another
/// @param acknowledged the client has the outcomes up to this number and will not ask for them
///     again
/// @param notAfterMillis until when it may be done; the same in each retry
public record Session(Bytes id, long sequence, long acknowledged, long notAfterMillis) {
    /// The longest id, bytes.
    public static final int ID_BYTES_MAX = 32;

    /// The most numbers between the acknowledged one and that of a write.
    public static final int OPEN_MAX = 128;

    /// How far ahead of a shard's log time [#notAfterMillis] may be: two hours.
    public static final long AHEAD_MILLIS_MAX = 2 * 3_600_000;

    /// Nobody remembers the write.
    public static final Session NONE = new Session(Bytes.EMPTY, 0, 0, 0);

    public Session {
        if (id.isEmpty() ? sequence != 0 || acknowledged != 0 : id.length() > ID_BYTES_MAX) {
            throw NoriException.invalid(
                    "session: an id of 1 to %d bytes, got %d".formatted(ID_BYTES_MAX, id.length()));
        }
        long open = sequence - acknowledged;
        if (!id.isEmpty() && (acknowledged < 0 || open < 1 || open > OPEN_MAX)) {
            throw NoriException.invalid(
                    "session: a sequence 1 to %d after the acknowledged one, got %d after %d"
                            .formatted(OPEN_MAX, sequence, acknowledged));
        }
        if (notAfterMillis < 0) {
            throw NoriException.invalid(
                    "session: not_after_ms at least 0, got " + notAfterMillis);
        }
    }

    public boolean isNone() {
        return id.isEmpty();
    }
}
