package norikv.host;

import java.util.function.LongConsumer;

/// Runs a test for several seeds, or for the one that `-Dseed=` names.
final class Seeds {
    private Seeds() {}

    static void each(int count, LongConsumer test) {
        long only = Long.getLong("seed", 0);
        long first = only == 0 ? 1 : only;
        long last = only == 0 ? count : only;
        for (long seed = first; seed <= last; seed++) {
            try {
                test.accept(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed, e);
            }
        }
    }
}
