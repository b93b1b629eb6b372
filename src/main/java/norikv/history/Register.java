package norikv.history;

import norikv.bytes.Bytes;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// What one key must be like when its operations come one after the other: the sequential
/// specification that a search compares a history with.
///
/// The places that writes name grow. A write that nobody answered has a place that is not known; it
/// becomes known when somebody names it, and must fit between its neighbours even if nobody does.
///
/// @param value null while there is no live value
/// @param named whether the place of the last write is known
/// @param seen whether the last write was answered, or what came out since depends on it
/// @param place of the last write, or the least that it can be; [Version#NONE] before the first
record Register(Bytes value, boolean named, boolean seen, Version place) {
    /// A key of an empty store.
    static final Register EMPTY = new Register(null, true, true, Version.NONE);

    /// {@return what the key is after `operation`, null if that cannot have come out} An
    /// indeterminate write is one that happened.
    Register after(Operation operation) {
        return switch (operation.outcome()) {
            case Outcome.Found(var seen, var at) ->
                    value != null && value.equals(seen) ? named(at) : null;
            case Outcome.Missing(var at) -> {
                if (value != null) {
                    yield null;
                }
                yield at.equals(Version.NONE) ? unnamed() : named(at);
            }
            case Outcome.Mismatch(var actual) -> {
                if (actual.equals(Version.NONE)) {
                    yield value == null ? unnamed() : null;
                }
                yield value == null ? null : named(actual);
            }
            case Outcome.Written(var at) -> {
                Register before = meets(operation.call().condition());
                yield before == null ? null : before.written(valueOf(operation.call()), at);
            }
            case Outcome.Deleted(var existed, var at) -> {
                Register before = meets(operation.call().condition());
                yield before == null || existed == (value == null)
                        ? null
                        : before.written(null, at);
            }
            case Outcome.Indeterminate _ -> {
                Register before = meets(operation.call().condition());
                yield before == null ? null : before.writtenSomewhere(valueOf(operation.call()));
            }
            case Outcome.Definite _ -> throw new AssertionError(operation);
        };
    }

    private Register meets(Precondition condition) {
        return switch (condition) {
            case Precondition.None _ -> this;
            case Precondition.IfAbsent _ -> value == null ? this : null;
            case Precondition.IfVersion(var required) -> value == null ? null : named(required);
        };
    }

    /// Somebody saw that there is no live value, and was not told where it was removed.
    private Register unnamed() {
        return seen ? this : new Register(value, named, true, place);
    }

    private Register named(Version at) {
        if (named) {
            return place.equals(at) ? this : null;
        }
        boolean possible = at.index() >= place.index() && at.term() >= place.term();
        return possible ? new Register(value, true, true, at) : null;
    }

    private Register written(Bytes newValue, Version at) {
        boolean possible = at.index() > place.index() && at.term() >= place.term();
        return possible ? new Register(newValue, true, true, at) : null;
    }

    private Register writtenSomewhere(Bytes newValue) {
        var least = new Version(place.term(), place.index() + 1);
        return new Register(newValue, false, false, least);
    }

    private static Bytes valueOf(Call call) {
        return call instanceof Call.Put(var value, _) ? value : null;
    }
}
