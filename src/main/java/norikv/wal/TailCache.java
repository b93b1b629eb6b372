package norikv.wal;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/// The end of the log once more, in memory: a ring of the bytes written last, found by position.
///
/// **Threads.** The writer's loop puts, any may read. The writer moves [#from] before it
/// overwrites, a reader looks at [#from] again after it copied: what was overwritten meanwhile is
/// not used. **Limits.** The bytes given at construction, rounded up to 64 KiB, taken when first
/// needed.
final class TailCache {
    private static final int CHUNK_BITS = 16;
    private static final int CHUNK_BYTES = 1 << CHUNK_BITS;

    private final long segmentBytes;
    private final byte[][] chunks;

    /// Segments before this one are never in here; set with the first frame, before [#end].
    private long firstSegment;

    /// The stretch that may be read, as a distance from an arbitrary origin.
    private volatile long from;

    private volatile long end;

    TailCache(int bytes, long segmentBytes) {
        this.segmentBytes = segmentBytes;
        this.chunks = new byte[(int) ((bytes + CHUNK_BYTES - 1L) >>> CHUNK_BITS)][];
    }

    /// Takes what remains of `frame`, which stands at `offset` of `segment`.
    void put(long segment, long offset, ByteBuffer frame) {
        long capacity = (long) chunks.length << CHUNK_BITS;
        long at = distance(segment, offset);
        long newEnd = at + frame.remaining();
        if (end == 0) {
            firstSegment = segment;
            from = at;
        }
        if (frame.remaining() > capacity) {
            from = newEnd;
        } else {
            from = Math.max(from, newEnd - capacity);
            // Nobody may see new bytes and the old bound: pairs with the fence in read.
            VarHandle.fullFence();
            for (int done = frame.position(); at < newEnd; ) {
                int count = (int) Math.min(newEnd - at, CHUNK_BYTES - within(at));
                frame.get(done, chunk(at), within(at), count);
                done += count;
                at += count;
            }
        }
        end = newEnd;
    }

    /// {@return whether all that remains in `target` was filled from memory}
    boolean read(long segment, long offset, ByteBuffer target) {
        long stop = end;
        long at = distance(segment, offset);
        if (stop == 0 || segment < firstSegment || at < from || at + target.remaining() > stop) {
            return false;
        }
        long begin = at;
        int position = target.position();
        while (target.hasRemaining()) {
            int count = Math.min(target.remaining(), CHUNK_BYTES - within(at));
            target.put(chunks[slot(at)], within(at), count);
            at += count;
        }
        VarHandle.acquireFence();
        if (begin < from) {
            target.position(position);
            return false;
        }
        return true;
    }

    /// {@return whether [#read] would find it, if nothing is written meanwhile}
    boolean has(long segment, long offset) {
        return end != 0 && segment >= firstSegment && distance(segment, offset) >= from;
    }

    private long distance(long segment, long offset) {
        return segment * segmentBytes + offset;
    }

    private int slot(long at) {
        return (int) ((at >>> CHUNK_BITS) % chunks.length);
    }

    private byte[] chunk(long at) {
        int slot = slot(at);
        if (chunks[slot] == null) {
            chunks[slot] = new byte[CHUNK_BYTES];
        }
        return chunks[slot];
    }

    private static int within(long at) {
        return (int) at & CHUNK_BYTES - 1;
    }
}
