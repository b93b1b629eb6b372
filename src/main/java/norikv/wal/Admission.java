package norikv.wal;

/// What became of a record that was offered to a [Wal].
public enum Admission {
    /// It will be written, in its place: later records come after it. When the log is closed or
    /// fails first, it may or may not be found at the next opening.
    ACCEPTED,
    /// Too much is in flight: offer it again when some of it is durable. Nothing was written.
    FULL,
    /// There is no room on the disk for another segment: offer it again later. Nothing was written.
    NO_SPACE,
    /// The log is closed, or has failed: never offer it again. Nothing was written.
    CLOSED
}
