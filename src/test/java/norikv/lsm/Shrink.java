package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Takes out of a failing list what it fails without: delta debugging.
///
/// **Source.** Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, 2002.
final class Shrink {
    /// The most tries: then what is left is as small as it gets.
    private static final int TRIES_MAX = Integer.getInteger("shrink.tries", 1_500);

    private Shrink() {}

    /// {@return a part of `all`, in order, that `fails` too, as `all` does}
    static <T> List<T> shrink(List<T> all, Predicate<List<T>> fails) {
        List<T> left = all;
        int tries = 0;
        int chunk = Math.max(1, all.size() / 2);
        while (tries < TRIES_MAX) {
            boolean smaller = false;
            for (int from = 0; from < left.size() && tries < TRIES_MAX; ) {
                List<T> without = new ArrayList<>(left.subList(0, from));
                without.addAll(left.subList(Math.min(from + chunk, left.size()), left.size()));
                tries++;
                if (fails.test(without)) {
                    left = without;
                    smaller = true;
                } else {
                    from += chunk;
                }
            }
            if (chunk == 1 && !smaller) {
                break;
            }
            chunk = Math.max(1, chunk / 2);
        }
        return left;
    }
}
