package norikv.lsm;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Version;

/// Writes that become visible and durable together, by [Store#write(StoreBatch, Durability)].
///
/// Copies what it is given, in the form in which the log stores it. Made once and used again after
/// [#clear()], it allocates nothing. Of several operations on one key the last wins.
///
/// ```
/// operation  u8 1 put         | varint key length | key | varint value length | value
///            u8 2 delete      | varint key length | key
///            u8 3 put with an | varint key length | key | varint value length | value
///            end              | varint milliseconds to live
/// ```
///
/// **Threads.** Confined to one. **Limits.** A key 1 to [Store#KEY_BYTES_MAX] bytes, a value up to
/// [Store#VALUE_BYTES_MAX], a batch what [Store#batchBytesMax()] says when it is written.
/// **Source.** `wire/files.md`, store log.
public final class StoreBatch implements StoreWrite {
    static final int PUT = 1;
    static final int DELETE = 2;
    static final int PUT_TTL = 3;

    /// What an operation takes besides key and value, at most.
    static final int OPERATION_BYTES_MAX = 1 + 3 * 10;

    private static final int BYTES_INITIAL = 256;

    private final ByteWriter encoded = new ByteWriter(BYTES_INITIAL);
    private int operations;

    /// An empty batch.
    public StoreBatch() {}

    /// Sets a value.
    ///
    /// @return this
    public StoreBatch put(byte[] key, byte[] value) {
        check(key, value);
        writePut(encoded, PUT, key, value);
        operations++;
        return this;
    }

    /// Sets a value that is gone after `ttlMillis` milliseconds, counted from the commit.
    ///
    /// @param ttlMillis 1 to 2⁵³
    /// @return this
    public StoreBatch put(byte[] key, byte[] value, long ttlMillis) {
        check(key, value);
        checkTtl(ttlMillis);
        writePut(encoded, PUT_TTL, key, value);
        encoded.varint(ttlMillis);
        operations++;
        return this;
    }

    /// Removes a key, whether it is there or not.
    ///
    /// @return this
    public StoreBatch delete(byte[] key) {
        checkKey(key);
        writeKey(encoded, DELETE, key);
        operations++;
        return this;
    }

    /// Forgets everything; the memory for the next batch stays.
    public void clear() {
        encoded.clear();
        operations = 0;
    }

    /// {@return how many keys this sets or removes}
    @Override
    public int operations() {
        return operations;
    }

    /// {@return how many bytes of the log this takes}
    @Override
    public int bytes() {
        return encoded.length();
    }

    @Override
    public void addTo(WriteBatch batch, Version version, long logTimeMillis) {
        var entry = new StoreEntry(version, logTimeMillis, operations);
        boolean whole =
                read(
                        new ByteReader(encoded.array(), 0, encoded.length()),
                        operations,
                        entry,
                        batch);
        assert whole : "a batch that cannot be read back";
    }

    @Override
    public void writeTo(ByteWriter log) {
        log.bytes(encoded.array(), 0, encoded.length());
    }

    static void check(byte[] key, byte[] value) {
        checkKey(key);
        if (value.length > Store.VALUE_BYTES_MAX) {
            throw new NoriException.Malformed(
                    ErrorCode.VALUE_TOO_LARGE,
                    "value: at most %d bytes, got %d"
                            .formatted(Store.VALUE_BYTES_MAX, value.length));
        }
    }

    static void checkKey(byte[] key) {
        if (key.length == 0 || key.length > Store.KEY_BYTES_MAX) {
            throw new NoriException.Malformed(
                    key.length == 0 ? ErrorCode.INVALID_ARGUMENT : ErrorCode.KEY_TOO_LARGE,
                    "key: 1 to %d bytes, got %d".formatted(Store.KEY_BYTES_MAX, key.length));
        }
    }

    static void checkTtl(long millis) {
        if (millis < 1 || millis > Store.TTL_MILLIS_MAX) {
            throw NoriException.invalid(
                    "time to live: 1 to %d ms, got %d".formatted(Store.TTL_MILLIS_MAX, millis));
        }
    }

    static void writePut(ByteWriter to, int kind, byte[] key, byte[] value) {
        writeKey(to, kind, key);
        to.varint(value.length).bytes(value, 0, value.length);
    }

    static void writeKey(ByteWriter to, int kind, byte[] key) {
        to.u8(kind).varint(key.length).bytes(key, 0, key.length);
    }

    /// Adds `count` operations at `from` to `batch`, as those of the entry that `at` tells of.
    ///
    /// @return whether they are well formed; if not, what was added means nothing
    static boolean read(ByteReader from, int count, StoreEntry at, WriteBatch batch) {
        for (int i = 0; i < count; i++) {
            int kind = from.u8();
            Bytes key = from.lengthAndBytes();
            Bytes value = kind == DELETE ? Bytes.EMPTY : from.lengthAndBytes();
            long ttl = kind == PUT_TTL ? from.varint() : 0;
            if (from.overrun()
                    || kind < PUT
                    || kind > PUT_TTL
                    || key.isEmpty()
                    || key.length() > Store.KEY_BYTES_MAX
                    || value.length() > Store.VALUE_BYTES_MAX
                    || ttl < 0
                    || ttl > Store.TTL_MILLIS_MAX) {
                return false;
            }
            if (kind == DELETE) {
                batch.delete(Store.SHARD, Lsm.USER_SPACE, at.version(), key);
            } else {
                long expiry = kind == PUT_TTL ? at.logTimeMillis() + ttl : 0;
                batch.put(Store.SHARD, Lsm.USER_SPACE, at.version(), key, value, expiry);
            }
        }
        return true;
    }
}
