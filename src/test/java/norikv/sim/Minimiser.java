package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Makes the world of a seed that fails smaller, as long as the same invariant still breaks: takes
/// out kinds of faults, groups, nodes, operations and time. Each step changes the whole course of
/// the world, so what is left is another way to the same end, if there is one.
final class Minimiser {
    /// What can be taken out, beside what strikes, see [Plan].
    private static final List<String> KINDS =
            List.of(
                    "loss", "duplicates", "lateness", "codec", "spikes", "answers", "changes",
                    "truncate", "bursts");

    private static final long STEP_NANOS_MIN = 50 * Plan.MILLI;

    /// The most runs.
    private static final int RUNS_MAX = 400;

    private final Predicate<Seed> fails;
    private Seed best;
    private int runs;

    /// @param seed one that fails
    /// @param fails whether a world fails in the same way
    private Minimiser(Seed seed, Predicate<Seed> fails) {
        this.best = seed;
        this.fails = fails;
    }

    /// {@return the smallest seed found that breaks `invariant` as well}
    static Seed smallest(Seed seed, String invariant) {
        return smallest(seed, tried -> tried.run().invariant().equals(invariant));
    }

    /// {@return the smallest seed found that fails as well}
    static Seed smallest(Seed seed, Predicate<Seed> fails) {
        var minimiser = new Minimiser(seed, fails);
        minimiser.run();
        return minimiser.best;
    }

    private void run() {
        Limits before;
        long millis;
        do {
            before = best.limits();
            millis = best.chaosNanos();
            shorten();
            withoutEachKind();
            narrow();
        } while (runs < RUNS_MAX && (!best.limits().equals(before) || best.chaosNanos() < millis));
    }

    private void shorten() {
        long step = best.chaosNanos() / 2;
        while (step >= STEP_NANOS_MIN) {
            long left = best.chaosNanos() - step;
            if (left < STEP_NANOS_MIN || !take(best.withChaosNanos(left))) {
                step /= 2;
            }
        }
    }

    private void withoutEachKind() {
        List<String> all = new ArrayList<>(KINDS);
        all.addAll(Plan.STRIKES);
        all.addAll(Plan.RIFTS);
        all.addAll(Plan.FEUDS);
        all.addAll(Plan.GRUDGES);
        for (String kind : all) {
            if (best.limits().allows(kind)) {
                Set<String> without = new TreeSet<>(best.limits().without());
                without.add(kind);
                take(best.with(best.limits().withoutKinds(without)));
            }
        }
    }

    private void narrow() {
        while (take(best.with(best.limits().withGroups(groups() - 1)))) {}
        while (take(best.with(best.limits().withNodes(nodes() - 1)))) {}
        long step = operations();
        while (step > 0) {
            long left = operations() - step;
            if (left < 0 || !take(best.with(best.limits().withOperations(left)))) {
                step /= 2;
            }
        }
    }

    private int groups() {
        return Math.min(best.plan().groups, best.limits().groupsMax());
    }

    private int nodes() {
        return Math.min(best.plan().nodes, best.limits().nodesMax());
    }

    private long operations() {
        return Math.min(best.limits().operationsMax(), 10_000);
    }

    private boolean take(Seed smaller) {
        boolean isWorld = smaller.limits().nodesMax() > 0 && smaller.limits().groupsMax() > 0;
        if (!isWorld || runs++ >= RUNS_MAX || !fails.test(smaller)) {
            return false;
        }
        best = smaller;
        return true;
    }
}
