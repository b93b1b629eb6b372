package norikv.sstable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// One bit a block: whether its bytes were read, checked and found right since the table was
/// opened.
///
/// **Threads.** Any. Setting a bit releases, asking for it acquires.
final class VerifiedBlocks {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words;

    VerifiedBlocks(int blocks) {
        words = new long[(blocks + 63) / 64];
    }

    boolean contains(int block) {
        return ((long) WORD.getAcquire(words, block >>> 6) & 1L << block) != 0;
    }

    void add(int block) {
        WORD.getAndBitwiseOrRelease(words, block >>> 6, 1L << block);
    }

    /// Forgets a block that turned out damaged after all.
    void remove(int block) {
        WORD.getAndBitwiseAndRelease(words, block >>> 6, ~(1L << block));
    }

    /// Forgets all: each block is checked again before it is used again.
    void clear() {
        for (int i = 0; i < words.length; i++) {
            WORD.setRelease(words, i, 0L);
        }
    }
}
