package norikv.lsm;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// What lookups need besides their answers, lent to one thread at a time so that a lookup allocates
/// nothing but its value.
///
/// A slot a few threads share; who finds it empty makes a new one. **Limits.** [#SLOTS] are kept.
/// **Threads.** Any.
final class Scratches {
    private static final int SLOTS = 64;

    /// Neighbouring slots are in different lines of the processor's cache.
    private static final int STRIDE = 16;

    private final AtomicReferenceArray<GetResult> slots =
            new AtomicReferenceArray<>(SLOTS * STRIDE);

    GetResult take() {
        GetResult scratch = slots.getAndSet(slot(), null);
        return scratch == null ? GetResult.givingValuesAway() : scratch;
    }

    void giveBack(GetResult scratch) {
        slots.setRelease(slot(), scratch); // pairs with the exchange in take
    }

    private static int slot() {
        long id = Thread.currentThread().threadId();
        return (int) (id & SLOTS - 1) * STRIDE;
    }
}
