package norikv.lsm;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Xxh64;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.sstable.Cursor;

/// A row of a shard as it goes from replica to replica: a value that is visible, with its version.
///
/// ```
/// u8 space | u8 kind: 1 put, 2 put with expiry | varint key length | key
///   | varint index | varint term | varint expiry, log time in ms, only kind 2
///   | varint value length | value
/// ```
///
/// Its hash is XXH64 with a seed of its own over these bytes. **Source.** `wire/shards.md`.
///
/// @param expiresAtMillis 0: it does not expire
record ShardRow(int space, Bytes key, Version at, long expiresAtMillis, Bytes value) {
    /// The longest value of a row: what a batch may write.
    static final int VALUE_BYTES_MAX = 2 * Limits.VALUE_BYTES_MAX;

    /// What a row takes besides key and value, at the most.
    static final int OVERHEAD_BYTES_MAX = 64;

    private static final long SEED = 0x7265_706c_6963_6173L;

    /// Writes the row without its value, which follows.
    static void writeHead(
            ByteWriter to,
            int space,
            byte[] key,
            int keyAt,
            int keyLength,
            Version at,
            long expiresAtMillis,
            int valueLength) {
        to.u8(space).u8(expiresAtMillis == 0 ? Cursor.KIND_PUT : Cursor.KIND_PUT_TTL);
        to.varint(keyLength).bytes(key, keyAt, keyLength);
        to.varint(at.index()).varint(at.term());
        if (expiresAtMillis != 0) {
            to.varint(expiresAtMillis);
        }
        to.varint(valueLength);
    }

    /// {@return the hash of the row that is written there}
    static long hash(byte[] array, int at, int length) {
        return Xxh64.hash(array, at, length, SEED);
    }

    /// {@return the next row of `in`, whose bytes it shares}
    ///
    /// **Errors.** [NoriException.Malformed].
    static ShardRow read(ByteReader in) {
        int space = in.u8();
        int kind = in.u8();
        Bytes key = in.lengthAndBytes();
        long index = in.varint();
        long term = in.varint();
        long expiry = kind == Cursor.KIND_PUT_TTL ? in.varint() : 0;
        Bytes value = in.lengthAndBytes();
        boolean sound =
                !in.overrun()
                        && space <= InternalKey.SPACE_MAX
                        && (kind == Cursor.KIND_PUT || kind == Cursor.KIND_PUT_TTL && expiry > 0)
                        && !key.isEmpty()
                        && key.length() <= InternalKey.USER_KEY_BYTES_MAX
                        && index > 0
                        && index <= WriteBatch.INDEX_MAX
                        && term >= 0
                        && value.length() <= VALUE_BYTES_MAX;
        if (!sound) {
            throw new NoriException.Malformed(
                    ErrorCode.MALFORMED_FRAME,
                    "chunk: a row at byte %d, got something else".formatted(in.position()));
        }
        return new ShardRow(space, key, new Version(term, index), expiry, value);
    }
}
