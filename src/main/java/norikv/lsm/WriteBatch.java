package norikv.lsm;

import java.util.Arrays;
import norikv.bytes.Bytes;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.sstable.Cursor;

/// Writes of one pass over any shards, to be made visible by [Lsm#write(WriteBatch)].
///
/// Keeps references to the keys and values it is given, no copies: they are immutable. Made once
/// and used again after [#clear()], it allocates nothing.
///
/// **Threads.** Confined to one. **Limits.** [#BYTES_MAX] in all: what a pass applies is bounded by
/// its host, far below.
public final class WriteBatch {
    /// The most bytes of memory that one batch may take, keys, values and overhead.
    public static final int BYTES_MAX = 1 << 30;

    /// The greatest index: the trailer keeps eight bits for the kind.
    static final long INDEX_MAX = (1L << 55) - 1;

    private static final int OPERATIONS_INITIAL = 16;

    private int operations;
    private int[] shards = new int[OPERATIONS_INITIAL];
    private int[] spaces = new int[OPERATIONS_INITIAL];
    private long[] trailers = new long[OPERATIONS_INITIAL];
    private long[] terms = new long[OPERATIONS_INITIAL];
    private long[] expiries = new long[OPERATIONS_INITIAL];
    private Bytes[] keys = new Bytes[OPERATIONS_INITIAL];
    private Bytes[] values = new Bytes[OPERATIONS_INITIAL];
    private long bytesNeeded;

    private int places;
    private int[] placeShards = new int[OPERATIONS_INITIAL];
    private long[] placeIndexes = new long[OPERATIONS_INITIAL];
    private long[] placeTerms = new long[OPERATIONS_INITIAL];
    private long[] placeLogTimes = new long[OPERATIONS_INITIAL];

    /// An empty batch.
    public WriteBatch() {}

    /// Sets a value. Of several operations on one key with the same index the last wins.
    ///
    /// @param space 0 … 254; 0 is the users' data
    /// @param expiresAtMillis log time, or 0: it does not expire
    public void put(
            ShardId shard,
            int space,
            Version at,
            Bytes key,
            Bytes value,
            long expiresAtMillis) {
        if (value.length() > Limits.VALUE_BYTES_MAX * 2) {
            throw NoriException.invalid(
                    "value: at most %d bytes, got %d"
                            .formatted(Limits.VALUE_BYTES_MAX * 2, value.length()));
        }
        int kind = expiresAtMillis == 0 ? Cursor.KIND_PUT : Cursor.KIND_PUT_TTL;
        add(shard, space, at, kind, key, value, expiresAtMillis);
    }

    /// Removes a key.
    public void delete(ShardId shard, int space, Version at, Bytes key) {
        add(shard, space, at, Cursor.KIND_DELETE, key, Bytes.EMPTY, 0);
    }

    /// Moves the shard's applied place: once this batch is written everything up to `at` is
    /// visible. Each shard with an operation needs one, at or above the operation's index.
    public void applied(ShardId shard, Version at, long logTimeMillis) {
        if (places == placeShards.length) {
            int capacity = places * 2;
            placeShards = Arrays.copyOf(placeShards, capacity);
            placeIndexes = Arrays.copyOf(placeIndexes, capacity);
            placeTerms = Arrays.copyOf(placeTerms, capacity);
            placeLogTimes = Arrays.copyOf(placeLogTimes, capacity);
        }
        placeShards[places] = shard.number();
        placeIndexes[places] = at.index();
        placeTerms[places] = at.term();
        placeLogTimes[places] = logTimeMillis;
        places++;
    }

    /// Forgets everything; the memory for the next batch stays.
    public void clear() {
        Arrays.fill(keys, 0, operations, null);
        Arrays.fill(values, 0, operations, null);
        operations = 0;
        places = 0;
        bytesNeeded = 0;
    }

    public boolean isEmpty() {
        return operations == 0 && places == 0;
    }

    /// {@return how many keys this sets or removes}
    public int operations() {
        return operations;
    }

    private void add(
            ShardId shard,
            int space,
            Version at,
            int kind,
            Bytes key,
            Bytes value,
            long expiresAtMillis) {
        if (key.isEmpty() || key.length() > InternalKey.USER_KEY_BYTES_MAX) {
            throw NoriException.invalid(
                    "key: 1 to %d bytes, got %d"
                            .formatted(InternalKey.USER_KEY_BYTES_MAX, key.length()));
        }
        assert space >= 0 && space <= InternalKey.SPACE_MAX : space;
        assert at.index() > 0 && at.index() <= INDEX_MAX : at;
        long needed = bytesNeeded + Memtable.bytesNeeded(key.length(), value.length());
        if (needed > BYTES_MAX) {
            throw NoriException.invalid(
                    "batch: at most %d bytes, got %d".formatted(BYTES_MAX, needed));
        }
        if (operations == shards.length) {
            grow(operations * 2);
        }
        shards[operations] = shard.number();
        spaces[operations] = space;
        trailers[operations] = at.index() << 8 | kind;
        terms[operations] = at.term();
        expiries[operations] = expiresAtMillis;
        keys[operations] = key;
        values[operations] = value;
        bytesNeeded = needed;
        operations++;
    }

    private void grow(int capacity) {
        shards = Arrays.copyOf(shards, capacity);
        spaces = Arrays.copyOf(spaces, capacity);
        trailers = Arrays.copyOf(trailers, capacity);
        terms = Arrays.copyOf(terms, capacity);
        expiries = Arrays.copyOf(expiries, capacity);
        keys = Arrays.copyOf(keys, capacity);
        values = Arrays.copyOf(values, capacity);
    }

    /// {@return the most bytes that a memtable needs for this}
    int bytesNeeded() {
        return (int) bytesNeeded;
    }

    int shard(int operation) {
        return shards[operation];
    }

    int space(int operation) {
        return spaces[operation];
    }

    long trailer(int operation) {
        return trailers[operation];
    }

    long term(int operation) {
        return terms[operation];
    }

    long expiresAtMillis(int operation) {
        return expiries[operation];
    }

    Bytes key(int operation) {
        return keys[operation];
    }

    Bytes value(int operation) {
        return values[operation];
    }

    int places() {
        return places;
    }

    int placeShard(int place) {
        return placeShards[place];
    }

    long placeIndex(int place) {
        return placeIndexes[place];
    }

    long placeTerm(int place) {
        return placeTerms[place];
    }

    long placeLogTimeMillis(int place) {
        return placeLogTimes[place];
    }
}
