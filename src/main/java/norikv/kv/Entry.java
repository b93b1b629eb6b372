package norikv.kv;

import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Request;
import norikv.domain.Session;

/// What an entry of a shard's log asks the state machine to do, as [EntryFormat] decodes it.
sealed interface Entry {
    /// Changes a key if the condition holds, and if this was not done before.
    sealed interface Write extends Entry {
        Bytes key();

        Precondition condition();

        Numbered numbered();

        Keyed keyed();

        default Session session() {
            return numbered().session();
        }

        /// {@return whether it may be the repetition of an earlier write}
        default boolean mayRepeat() {
            return !session().isNone() || !keyed().isNone();
        }
    }

    /// Sets a key's value.
    record Put(
            Bytes key,
            Bytes value,
            long ttlMillis,
            Precondition condition,
            Numbered numbered,
            Keyed keyed)
            implements Write {
        /// {@return when the value expires if the entry was stamped with `logTimeMillis`}
        long expiresAtMillis(long logTimeMillis) {
            return ttlMillis == Request.Put.NO_TTL ? Item.NEVER : logTimeMillis + ttlMillis;
        }
    }

    /// Removes a key.
    record Delete(Bytes key, Precondition condition, Numbered numbered, Keyed keyed)
            implements Write {}

    /// Moves the shard's applied log time to the entry's stamp, nothing else.
    record Time() implements Entry {}

    /// The empty entry that a term begins with.
    record TermStart() implements Entry {}
}
