package norikv.domain;

import norikv.bytes.Bytes;

/// A live key with its value, version and expiry.
///
/// @param value empty where only keys were asked for
/// @param expiresAtMillis when it expires in its shard's log time (milliseconds since 1970), or
///     [#NEVER]
public record Item(Bytes key, Bytes value, Version version, long expiresAtMillis) {
    /// It does not expire.
    public static final long NEVER = 0;
}
