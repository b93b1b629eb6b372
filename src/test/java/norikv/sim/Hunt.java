package norikv.sim;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongFunction;
import norikv.mutant.Mutated;

/// Looks for a seed that kills a mutant: runs worlds whose code has one bug more, in a class loader
/// of its own, until an invariant breaks.
///
/// `-Dsim.mutant=NAME`, with `-Dsim.seed` where to begin, `-Dsim.count` the most tries,
/// `-Dsim.millis`, `-Dsim.profile` and `-Dsim.minimise` as for [Campaign].
public final class Hunt implements LongFunction<String> {
    private static final long TRIES_MAX = 2_000;
    private static final long MILLIS = 4_000;

    private final Profile profile = Profile.ofProperties();
    private final Limits limits = Limits.ofProperties();
    private final long chaosNanos = Long.getLong("sim.millis", MILLIS) * Plan.MILLI;

    /// Made anew by the loader that has the mutant.
    public Hunt() {}

    /// {@return which invariant breaks in that world, empty if none does}
    @Override
    public String apply(long number) {
        Seed seed = new Seed(number, profile, limits, chaosNanos);
        Seed.Outcome outcome = seed.run();
        return outcome.failure()
                .map(failure -> outcome.invariant() + " " + firstLine(failure) + smallest(seed))
                .orElse("");
    }

    private static String firstLine(Throwable failure) {
        return failure.toString().lines().findFirst().orElse("");
    }

    private static String smallest(Seed seed) {
        if (System.getProperty("sim.minimise") == null) {
            return "";
        }
        Seed smallest = Minimiser.smallest(seed, seed.run().invariant());
        return "\nsmallest:\n" + smallest.report(smallest.run());
    }

    /// {@return one line: the mutant, and the seed with the invariant that kills it, or that it
    /// survived}
    static String kill(String name, long first, Path classes) throws IOException {
        long tries = Long.getLong("sim.count", TRIES_MAX);
        LongFunction<?> mutated = mutated(Mutated.load(name, classes));
        for (long i = 0; i < tries; i++) {
            String killer = (String) mutated.apply(first + i);
            if (!killer.isEmpty()) {
                return "%s: killed by seed 0x%x after %d tries: %s"
                        .formatted(name, first + i, i + 1, killer);
            }
        }
        return name + ": survived " + tries + " tries";
    }

    private static LongFunction<?> mutated(ClassLoader loader) {
        try {
            Object hunt =
                    loader.loadClass(Hunt.class.getName()).getDeclaredConstructor().newInstance();
            return (LongFunction<?>) hunt;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
