package norikv.sstable;

import norikv.bytes.Region;
import norikv.bytes.RegionArena;
import norikv.domain.NoriException;
import norikv.observe.Counter;
import norikv.observe.Label;
import norikv.observe.Meter;

/// Data blocks of tables that are not expected to be in memory, each read by position and checked
/// once: a bounded cache that scans do not flush.
///
/// A read copies its block out, some 100 ns, so nobody ever holds anything of this: no pins, no
/// counts, and memory that is used again at once. Stripes by block, a lock each, held for a copy.
///
/// **Eviction.** A new block enters a small queue of a tenth of the memory; when its turn to leave
/// comes it goes over to the main queue if it was asked for meanwhile, else out, and its name is
/// kept for a while: who comes back by then enters the main queue. There a block that was asked for
/// goes round again. So what is read once, such as a scan, passes through a tenth of the memory.
///
/// **Threads.** Any. **Limits.** The bytes asked for, taken when the first block comes, and some
/// 4 % on the heap for finding them. A block longer than an eighth of a stripe is not kept.
/// **Source.** Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023 (S3-FIFO).
public final class BlockCache implements AutoCloseable {
    /// The most bytes of a cache.
    public static final long BYTES_MAX = 1L << 36;

    private static final int STRIPES_MAX = 64;
    private static final int STRIPE_BYTES_MIN = 64 << 10;
    private static final int STRIPE_BYTES_MAX = 1 << 30;

    private final BlockStripe[] stripes;
    private final int stripeBytes;
    private final RegionArena arena = new RegionArena();
    private final Counter hits;
    private final Counter misses;
    private final Counter evictions;
    private final Counter bytesRead;
    private volatile boolean begun;
    private boolean closed;

    /// @param bytes how many bytes of blocks to keep; 0 (none) to [#BYTES_MAX]
    /// @param meter where to count
    public BlockCache(long bytes, Meter meter) {
        if (bytes < 0 || bytes > BYTES_MAX) {
            throw NoriException.invalid("cache bytes: 0 to 2^36, got " + bytes);
        }
        long count = Math.clamp(bytes / STRIPE_BYTES_MIN, 1, STRIPES_MAX);
        count = Long.highestOneBit(count);
        stripeBytes = (int) Math.min(bytes / count, STRIPE_BYTES_MAX);
        stripes = new BlockStripe[stripeBytes < BlockStripe.FRAME_BYTES ? 0 : (int) count];
        String reads = "norikv_lsm_block_cache_reads_total";
        String readsHelp = "Blocks of cold tables that were looked for in the cache.";
        hits = meter.counter(reads, readsHelp, new Label("outcome", "hit"));
        misses = meter.counter(reads, readsHelp, new Label("outcome", "miss"));
        evictions =
                meter.counter(
                        "norikv_lsm_block_cache_evictions_total",
                        "Blocks that had to leave the cache.");
        bytesRead =
                meter.counter(
                        "norikv_lsm_cold_read_bytes_total",
                        "Bytes of blocks of cold tables read from the disk.");
        meter.gauge(
                "norikv_lsm_block_cache_bytes",
                "Bytes that blocks take in the cache.",
                this::bytesInUse);
    }

    /// Copies a block into the beginning of `target`, if it is here.
    ///
    /// @return its length, or 0 if it is not here or does not fit
    int get(long file, int offset, Region target, int room) {
        long name = name(file, offset);
        int length = begun ? stripe(name).get(name, target, room) : 0;
        (length > 0 ? hits : misses).increment();
        return length;
    }

    /// Hears of bytes that were read from the disk by position.
    void noteRead(int length) {
        bytesRead.add(length);
    }

    /// Keeps a copy of a block that was read and checked.
    void put(long file, int offset, byte[] block, int length) {
        if (stripes.length > 0 && (begun || begin())) {
            long name = name(file, offset);
            evictions.add(stripe(name).put(name, block, length));
        }
    }

    /// {@return whether there is memory to keep blocks in}
    private synchronized boolean begin() {
        if (!begun && !closed) {
            int frames = stripeBytes / BlockStripe.FRAME_BYTES;
            for (int i = 0; i < stripes.length; i++) {
                stripes[i] = new BlockStripe(arena.allocate(stripeBytes), frames);
            }
            begun = true; // publishes the stripes to who sees it
        }
        return begun;
    }

    private BlockStripe stripe(long name) {
        return stripes[(int) (BlockStripe.mixed(name) >>> 56) & stripes.length - 1];
    }

    /// {@return a number that no other block has: a table is shorter than 2 GiB}
    private static long name(long file, int offset) {
        return file << 31 | offset;
    }

    /// {@return how many bytes blocks take here}
    public long bytesInUse() {
        long sum = 0;
        for (int i = 0; begun && i < stripes.length; i++) {
            sum += stripes[i].bytesInUse();
        }
        return sum;
    }

    /// Frees the memory, when no reader is left.
    @Override
    public synchronized void close() {
        closed = true;
        begun = false;
        arena.close();
    }
}
