package norikv.kv;

import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Request;

/// What an entry of a shard's log asks the state machine to do, as [EntryFormat] decodes it.
sealed interface Entry {
    /// Sets a key's value if the condition holds.
    record Put(Bytes key, Bytes value, long ttlMillis, Precondition condition) implements Entry {
        /// {@return when the value expires if the entry was stamped with `logTimeMillis`}
        long expiresAtMillis(long logTimeMillis) {
            return ttlMillis == Request.Put.NO_TTL ? Item.NEVER : logTimeMillis + ttlMillis;
        }
    }

    /// Removes a key if the condition holds.
    record Delete(Bytes key, Precondition condition) implements Entry {}

    /// Moves the shard's applied log time to the entry's stamp, nothing else.
    record Time() implements Entry {}

    /// The empty entry that a term begins with.
    record TermStart() implements Entry {}
}
