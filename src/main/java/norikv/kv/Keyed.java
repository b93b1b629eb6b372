package norikv.kv;

import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;

/// The idempotency key of a write, and what it stands for.
///
/// @param key the user's name for the write; empty: there is none
/// @param fingerprint the hash of the write, to know another one under the same name
record Keyed(Bytes key, long fingerprint, KeyTerms terms) {
    static final Keyed NONE = new Keyed(Bytes.EMPTY, 0, KeyTerms.defaults());

    boolean isNone() {
        return key.isEmpty();
    }

    /// {@return where the shard keeps what a write of `dataKey` under this name came to}
    Row row(Bytes dataKey) {
        var out = new ByteWriter(1 + key.length() + dataKey.length());
        out.u8(key.length()).bytes(key).bytes(dataKey);
        return new Row(norikv.port.Storage.Space.IDEMPOTENCY, out.toBytes());
    }
}
