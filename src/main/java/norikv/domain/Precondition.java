package norikv.domain;

/// What must be true of a key for a write to happen; decided when the write is applied.
public sealed interface Precondition {
    /// The write happens in any case.
    Precondition NONE = new None();

    /// The write happens only where no live value is.
    Precondition IF_ABSENT = new IfAbsent();

    /// No condition.
    record None() implements Precondition {}

    /// The key must have no live value.
    record IfAbsent() implements Precondition {}

    /// The key's live value must have exactly this version.
    record IfVersion(Version required) implements Precondition {}
}
