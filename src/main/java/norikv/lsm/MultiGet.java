package norikv.lsm;

import java.util.Arrays;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// Keys to look up together, and what was found: made once, used for many lookups.
///
/// The keys are looked for in their order, table after table: filters of all first, then blocks,
/// where neighbours find what the one before has brought near. Each answer is that of a lookup of
/// its own; all keys of one shard are seen at one place of its log.
///
/// **Threads.** Confined to one. **Limits.** [#KEYS_MAX] keys; keeps a buffer a key, as long as the
/// longest value it met. Nothing is allocated once these have grown.
public final class MultiGet {
    /// The most keys at a time.
    public static final int KEYS_MAX = 4096;

    private static final int COUNT_INITIAL = 16;

    private GetResult[] results = new GetResult[0];
    private ShardId[] shards = new ShardId[COUNT_INITIAL];
    private int[] lengths = new int[COUNT_INITIAL];
    private int count;

    /// The keys in ascending order; at first all, then those that are still looked for.
    private int[] order = new int[COUNT_INITIAL];

    private int left;
    private int[] tablets = new int[COUNT_INITIAL];
    private long[] prefixes = new long[COUNT_INITIAL];
    private long[] hashes = new long[COUNT_INITIAL];

    /// Open addressing: for each tablet a key of it whose place was loaded, plus 1; 0 for none.
    private int[] placed = new int[2 * COUNT_INITIAL];

    /// Whether the filter of the table at hand lets a key pass, in the order of [#order].
    private boolean[] passes = new boolean[COUNT_INITIAL];

    /// Holds no key yet.
    public MultiGet() {}

    /// Forgets all keys; answers are to be used before.
    public void clear() {
        count = 0;
    }

    /// Adds a key to look up.
    ///
    /// **Errors.** [NoriException] for an invalid argument: a key that is too long or empty, or one
    /// key too many.
    public void add(ShardId shard, Bytes key) {
        add(shard, key.array(), key.offset(), key.length());
    }

    /// As [#add(ShardId, Bytes)].
    public void add(ShardId shard, byte[] key, int offset, int length) {
        Reads.requireLength(length);
        if (count == KEYS_MAX) {
            throw NoriException.invalid("keys of one lookup: at most %d".formatted(KEYS_MAX));
        }
        makeRoom();
        shards[count] = shard;
        byte[] own = results[count].keyOf(length);
        System.arraycopy(key, offset, own, InternalKey.HEAD_BYTES, length);
        lengths[count] = InternalKey.HEAD_BYTES + length;
        count++;
    }

    /// {@return how many keys there are}
    public int count() {
        return count;
    }

    /// {@return what was found for the key that was added as number `i`, from 0}
    public GetResult result(int i) {
        if (i >= count) {
            throw new IndexOutOfBoundsException(i);
        }
        return results[i];
    }

    private void makeRoom() {
        if (count == shards.length) {
            int room = 2 * count;
            shards = Arrays.copyOf(shards, room);
            lengths = Arrays.copyOf(lengths, room);
            order = new int[room];
            tablets = new int[room];
            prefixes = new long[room];
            hashes = new long[room];
            placed = new int[2 * room];
            passes = new boolean[room];
        }
        if (count == results.length) {
            results = Arrays.copyOf(results, shards.length);
            for (int i = count; i < results.length; i++) {
                results[i] = new GetResult();
            }
        }
    }

    ShardId shard(int i) {
        return shards[i];
    }

    /// Begins a lookup: no place is loaded.
    void begin() {
        Arrays.fill(placed, 0);
    }

    /// Says which tablet key `i` is looked for in.
    ///
    /// @return a key of the same tablet whose place was loaded, or `i` itself
    int setTablet(int i, int tablet, int head) {
        tablets[i] = tablet;
        InternalKey.writeHead(results[i].key, head);
        prefixes[i] = InternalKey.prefixOf(results[i].key, 0, lengths[i]);
        int mask = Integer.highestOneBit(placed.length) - 1;
        int at = tablet * 0x9E3779B1 >>> 1 & mask;
        while (placed[at] != 0 && tablets[placed[at] - 1] != tablet) {
            at = at + 1 & mask;
        }
        if (placed[at] == 0) {
            placed[at] = i + 1;
        }
        return placed[at] - 1;
    }

    /// Puts all keys in order: a heap sort, which allocates nothing.
    void sort() {
        left = count;
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        for (int at = count / 2 - 1; at >= 0; at--) {
            sink(at, count);
        }
        for (int end = count - 1; end > 0; end--) {
            int greatest = order[0];
            order[0] = order[end];
            order[end] = greatest;
            sink(0, end);
        }
    }

    private void sink(int start, int end) {
        int key = order[start];
        int at = start;
        for (int child = 2 * at + 1; child < end; child = 2 * at + 1) {
            if (child + 1 < end && isLess(order[child], order[child + 1])) {
                child++;
            }
            if (!isLess(key, order[child])) {
                break;
            }
            order[at] = order[child];
            at = child;
        }
        order[at] = key;
    }

    private boolean isLess(int one, int other) {
        return prefixes[one] != prefixes[other]
                ? Long.compareUnsigned(prefixes[one], prefixes[other]) < 0
                : Arrays.compareUnsigned(
                                results[one].key,
                                0,
                                lengths[one],
                                results[other].key,
                                0,
                                lengths[other])
                        < 0;
    }

    /// {@return how many keys are still looked for}
    int left() {
        return left;
    }

    /// {@return the key that is `at` of those left, in ascending order}
    int leftAt(int at) {
        return order[at];
    }

    /// Leaves out those that [#found] marked.
    void compact() {
        int kept = 0;
        for (int at = 0; at < left; at++) {
            if (order[at] >= 0) {
                order[kept++] = order[at];
            }
        }
        left = kept;
    }

    /// Marks the key that is `at` of those left: it has its answer.
    void found(int at) {
        order[at] = -1;
    }

    boolean isFound(int at) {
        return order[at] < 0;
    }

    GetResult resultOf(int i) {
        return results[i];
    }

    int length(int i) {
        return lengths[i];
    }

    int tablet(int i) {
        return tablets[i];
    }

    long prefix(int i) {
        return prefixes[i];
    }

    long hash(int i) {
        return hashes[i];
    }

    void hash(int i, long hash) {
        hashes[i] = hash;
    }

    boolean passes(int at) {
        return passes[at];
    }

    void passes(int at, boolean newPasses) {
        passes[at] = newPasses;
    }
}
