package norikv.lsm;

import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Version;

/// What one commit of a [Store] writes.
sealed interface StoreWrite permits StoreBatch, StoreWrite.One {
    /// {@return how many keys it sets or removes}
    int operations();

    /// {@return how many bytes of the log it takes at most}
    int bytes();

    /// Adds the operations, as those of the commit at `version`.
    void addTo(WriteBatch batch, Version version, long logTimeMillis);

    /// Writes the operations as the log stores them.
    void writeTo(ByteWriter log);

    /// One operation; arrays are read until the commit returns.
    ///
    /// @param kind of [StoreBatch]
    /// @param ttlMillis 0 unless the kind has one
    record One(int kind, byte[] key, byte[] value, long ttlMillis) implements StoreWrite {
        @Override
        public int operations() {
            return 1;
        }

        @Override
        public int bytes() {
            return StoreBatch.OPERATION_BYTES_MAX + key.length + value.length;
        }

        @Override
        public void addTo(WriteBatch batch, Version version, long logTimeMillis) {
            if (kind == StoreBatch.DELETE) {
                batch.delete(Store.SHARD, Lsm.USER_SPACE, version, Bytes.wrap(key));
            } else {
                long expiry = kind == StoreBatch.PUT ? 0 : logTimeMillis + ttlMillis;
                batch.put(
                        Store.SHARD,
                        Lsm.USER_SPACE,
                        version,
                        Bytes.wrap(key),
                        Bytes.wrap(value),
                        expiry);
            }
        }

        @Override
        public void writeTo(ByteWriter log) {
            if (kind == StoreBatch.DELETE) {
                StoreBatch.writeKey(log, kind, key);
                return;
            }
            StoreBatch.writePut(log, kind, key, value);
            if (kind == StoreBatch.PUT_TTL) {
                log.varint(ttlMillis);
            }
        }
    }
}
