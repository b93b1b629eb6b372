package norikv.history;

import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;

/// What came out of an [Operation].
public sealed interface Outcome {
    /// A read saw this live value.
    record Found(Bytes value, Version at) implements Outcome {}

    /// A read saw no live value.
    ///
    /// @param at the version of the delete that it saw, or [Version#NONE] if it was not told
    record Missing(Version at) implements Outcome {}

    /// A put happened, at this place.
    record Written(Version at) implements Outcome {}

    /// A delete happened, at this place.
    ///
    /// @param existed whether there was a live value
    record Deleted(boolean existed, Version at) implements Outcome {}

    /// The precondition did not hold: nothing was written.
    ///
    /// @param actual the version that the key had, or [Version#NONE] if it had no live value
    record Mismatch(Version actual) implements Outcome {}

    /// It failed and did not happen.
    record Definite() implements Outcome {}

    /// It failed and may have happened, or may yet happen at any later time.
    record Indeterminate() implements Outcome {}

    /// The one definite failure.
    Outcome DEFINITE = new Definite();

    /// The one indeterminate failure.
    Outcome INDETERMINATE = new Indeterminate();

    /// {@return what `reply` says of one operation on one key}
    static Outcome of(Reply reply) {
        return switch (reply) {
            case Reply.Found found -> new Found(found.value(), found.at());
            case Reply.Missing _ -> new Missing(Version.NONE);
            case Reply.Written written -> new Written(written.at());
            case Reply.Deleted deleted -> new Deleted(deleted.existed(), deleted.at());
            case Reply.Mismatch mismatch -> new Mismatch(mismatch.actual());
            case Reply.Failed failed -> failed.code().isIndeterminate() ? INDETERMINATE : DEFINITE;
            case Reply.Batched _,
                    Reply.Page _,
                    Reply.PagePart _,
                    Reply.Admin _ ->
                    throw NoriException.invalid("history: an answer of one key, got " + reply);
        };
    }

    /// {@return the place in the log that it names, or [Version#NONE]}
    default Version at() {
        return switch (this) {
            case Found(_, var at) -> at;
            case Missing(var at) -> at;
            case Written(var at) -> at;
            case Deleted(_, var at) -> at;
            case Mismatch(var actual) -> actual;
            case Definite _, Indeterminate _ -> Version.NONE;
        };
    }
}
