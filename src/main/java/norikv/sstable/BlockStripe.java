package norikv.sstable;

import java.util.Arrays;
import norikv.bytes.Region;

/// A part of a [BlockCache]: frames of one size, of which a block takes as many as it needs, and
/// two queues of blocks.
///
/// **Threads.** Its monitor guards everything. **Limits.** A block that takes more than an eighth
/// of the frames is not kept. Beside the frames some 40 bytes for each.
final class BlockStripe {
    /// The bytes of a frame: a block of a page fills four.
    static final int FRAME_BYTES = 1 << 10;

    /// How often being asked for counts.
    private static final int ASKED_MAX = 3;

    private static final int NONE = -1;

    private final Region region;
    private final int frames;

    /// For each frame the next one of its block, or the next free one.
    private final int[] nextFrame;

    private int freeFrame = NONE;
    private int freeFrames;

    /// The blocks, by number: there are never more than frames.
    private final long[] names;

    private final int[] lengths;
    private final int[] firstFrames;
    private final byte[] asked;
    private final int[] nextInBucket;

    /// The next block of a queue, or the next free number.
    private final int[] nextInQueue;

    private int freeBlock = NONE;
    private final int[] buckets;

    /// Blocks that came, and those that stayed.
    private final Queue small = new Queue();

    private final Queue main = new Queue();

    /// Names of blocks that left without having been asked for: each overwrites who was in its
    /// place.
    private final long[] left;

    /// Blocks in the order in which they came.
    private static final class Queue {
        int first = NONE;
        int last = NONE;
        int frames;
    }

    /// A stripe over the beginning of `region`, of `frames` frames, at least 1.
    BlockStripe(Region region, int frames) {
        this.region = region;
        this.frames = frames;
        nextFrame = new int[frames];
        names = new long[frames];
        lengths = new int[frames];
        firstFrames = new int[frames];
        asked = new byte[frames];
        nextInBucket = new int[frames];
        nextInQueue = new int[frames];
        buckets = new int[Integer.highestOneBit(frames) * 2];
        left = new long[Math.max(1, frames / 4)];
        Arrays.fill(buckets, NONE);
        for (int i = frames - 1; i >= 0; i--) {
            nextInQueue[i] = freeBlock;
            freeBlock = i;
            nextFrame[i] = freeFrame;
            freeFrame = i;
        }
        freeFrames = frames;
    }

    /// Copies the block into the beginning of `target`.
    ///
    /// @return its length, or 0 if it is not here or longer than `room`
    synchronized int get(long name, Region target, int room) {
        int block = find(name);
        if (block == NONE || lengths[block] > room) {
            return 0;
        }
        asked[block] = (byte) Math.min(ASKED_MAX, asked[block] + 1);
        int frame = firstFrames[block];
        for (int at = 0; at < lengths[block]; at += FRAME_BYTES) {
            int piece = Math.min(FRAME_BYTES, lengths[block] - at);
            target.copyFrom(at, region, frame * FRAME_BYTES, piece);
            frame = nextFrame[frame];
        }
        return lengths[block];
    }

    /// Keeps a copy of the first `length` bytes of `bytes`, if it is not here and not too long.
    ///
    /// @return how many blocks had to leave
    synchronized int put(long name, byte[] bytes, int length) {
        int needed = framesOf(length);
        if (needed > Math.max(1, frames / 8) || find(name) != NONE) {
            return 0;
        }
        int evicted = 0;
        while (freeFrames < needed) {
            evicted += evict();
        }
        int block = freeBlock;
        freeBlock = nextInQueue[block];
        names[block] = name;
        lengths[block] = length;
        asked[block] = 0;
        firstFrames[block] = fill(bytes, length);
        int bucket = bucket(name);
        nextInBucket[block] = buckets[bucket];
        buckets[bucket] = block;
        int ghost = ghost(name);
        boolean cameBack = left[ghost] == name;
        if (cameBack) {
            left[ghost] = 0;
        }
        append(cameBack ? main : small, block);
        return evicted;
    }

    /// {@return the first of the frames that hold `bytes` now}
    private int fill(byte[] bytes, int length) {
        int first = freeFrame;
        int frame = NONE;
        for (int at = 0; at < length; at += FRAME_BYTES) {
            frame = freeFrame;
            freeFrame = nextFrame[frame];
            freeFrames--;
            int piece = Math.min(FRAME_BYTES, length - at);
            region.copyFrom(frame * FRAME_BYTES, bytes, at, piece);
        }
        nextFrame[frame] = NONE;
        return first;
    }

    /// Goes on towards a free frame: a block leaves, or goes over or around to the end of the main
    /// queue, which it does three times at most.
    ///
    /// @return how many left
    private int evict() {
        boolean fromSmall = main.first == NONE || small.frames > frames / 10;
        Queue queue = fromSmall && small.first != NONE ? small : main;
        int block = queue.first;
        queue.first = nextInQueue[block];
        queue.frames -= framesOf(lengths[block]);
        if (queue.first == NONE) {
            queue.last = NONE;
        }
        if (asked[block] > 0) {
            asked[block] = queue == small ? 0 : (byte) (asked[block] - 1);
            append(main, block);
            return 0;
        }
        if (queue == small) {
            left[ghost(names[block])] = names[block];
        }
        free(block);
        return 1;
    }

    private void append(Queue queue, int block) {
        nextInQueue[block] = NONE;
        if (queue.last == NONE) {
            queue.first = block;
        } else {
            nextInQueue[queue.last] = block;
        }
        queue.last = block;
        queue.frames += framesOf(lengths[block]);
    }

    private void free(int block) {
        int bucket = bucket(names[block]);
        if (buckets[bucket] == block) {
            buckets[bucket] = nextInBucket[block];
        } else {
            int before = buckets[bucket];
            while (nextInBucket[before] != block) {
                before = nextInBucket[before];
            }
            nextInBucket[before] = nextInBucket[block];
        }
        int frame = firstFrames[block];
        while (frame != NONE) {
            int next = nextFrame[frame];
            nextFrame[frame] = freeFrame;
            freeFrame = frame;
            freeFrames++;
            frame = next;
        }
        nextInQueue[block] = freeBlock;
        freeBlock = block;
    }

    private int find(long name) {
        int block = buckets[bucket(name)];
        while (block != NONE && names[block] != name) {
            block = nextInBucket[block];
        }
        return block;
    }

    private int bucket(long name) {
        return (int) mixed(name) & buckets.length - 1;
    }

    private int ghost(long name) {
        return (int) ((mixed(name) >>> 32) * left.length >>> 32);
    }

    /// {@return 64 bits in which every bit of a name has a say: the stripe is in the upper ones}
    static long mixed(long name) {
        long x = (name ^ name >>> 32) * 0xD6E8FEB86659FD93L;
        x = (x ^ x >>> 32) * 0xD6E8FEB86659FD93L;
        return x ^ x >>> 32;
    }

    private static int framesOf(int length) {
        return (length + FRAME_BYTES - 1) / FRAME_BYTES;
    }

    /// {@return how many bytes blocks take here}
    synchronized long bytesInUse() {
        return (long) (frames - freeFrames) * FRAME_BYTES;
    }
}
