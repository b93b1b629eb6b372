package norikv.history;

import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;

/// What an [Operation] asked of its key.
public sealed interface Call {
    /// Reads the key.
    record Get(Consistency consistency) implements Call {}

    /// Writes the key; with a precondition this is a compare-and-set.
    record Put(Bytes value, Precondition condition) implements Call {}

    /// Removes the key.
    record Delete(Precondition condition) implements Call {}

    /// {@return whether it changes the key when it happens}
    default boolean isWrite() {
        return !(this instanceof Get);
    }

    /// {@return what must be true of the key for it to happen}
    default Precondition condition() {
        return switch (this) {
            case Get _ -> Precondition.NONE;
            case Put put -> put.condition();
            case Delete delete -> delete.condition();
        };
    }
}
