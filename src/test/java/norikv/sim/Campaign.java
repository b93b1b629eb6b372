package norikv.sim;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import norikv.work.Clock;
import norikv.work.ThreadLoops;

/// Runs seeds that nobody has run before, for some time; or one seed again.
///
/// - `-Dsim.seconds=600` for so long; `-Dsim.count=N` so many seeds;
/// - `-Dsim.seed=0x…` that one only, or with `sim.count` from there on;
/// - `-Dsim.profile=swarm|lite|rift|feud|grudge|clock`;
/// - `-Dsim.millis=60000`: how long things go wrong;
/// - `-Dsim.trace=FILE` writes a line for everything that happens;
/// - `-Dsim.minimise` shrinks a seed that fails;
/// - `-Dsim.mutant=NAME,…` looks for seeds that kill mutants, see [Hunt].
///
/// Also from the command line: `java -ea -cp … norikv.sim.Campaign`. However it ends there, by an
/// error or from outside, its last line says so; and how far it is it says once a minute, for who
/// kills it outright.
///
/// **Threads.** One; another reads the totals once that one is stopped for good.
final class Campaign {
    private static final long MILLIS = 8_000;
    private static final long SPEAKS_NANOS = 60_000_000_000L;
    private static final Path CLASSES = Path.of("target", "classes");

    private final Totals totals = new Totals();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Clock watch =
            new ThreadLoops(
                            (where, cause) -> {
                                throw new AssertionError(where, cause);
                            })
                    .clock();
    private final long beginNanos = watch.nanoTime();
    private int failures;

    /// What it is at.
    private volatile String now = "nothing yet";

    /// Whether it has said its last word.
    private volatile boolean isOver;

    /// Runs what the system properties say, and ends with 1 if something failed.
    public static void main(String[] arguments) {
        var campaign = new Campaign();
        Runtime.getRuntime().addShutdownHook(new Thread(campaign::lastWord, "last-word"));
        System.exit(campaign.isWell() ? 0 : 1);
    }

    private boolean isWell() {
        try {
            return run();
        } catch (IOException | RuntimeException | Error e) {
            IO.println("the campaign itself failed, at " + now);
            IO.println(e);
            for (StackTraceElement frame : e.getStackTrace()) {
                IO.println("    at " + frame);
            }
            return false;
        }
    }

    /// Says how far it came if nothing else has.
    private void lastWord() {
        if (!isOver) {
            IO.println("ENDED at " + now + "; so far " + line());
        }
    }

    private String line() {
        return totals.line(watch.nanoTime() - beginNanos) + " failures=" + failures;
    }

    /// {@return whether nothing failed}
    boolean run() throws IOException {
        long seconds = Long.getLong("sim.seconds", 0);
        String fixed = System.getProperty("sim.seed", "");
        long count = Long.getLong("sim.count", seconds > 0 ? Long.MAX_VALUE : 1);
        long first = fixed.isEmpty() ? new java.util.Random().nextLong() : number(fixed);
        long chaosNanos = Long.getLong("sim.millis", MILLIS) * Plan.MILLI;
        Profile profile = Profile.ofProperties();
        Limits limits = Limits.ofProperties();
        String mutants = System.getProperty("sim.mutant", "");
        if (!mutants.isEmpty()) {
            return hunt(mutants.split(","), fixed.isEmpty() ? 1 : first);
        }
        IO.println("seeds from 0x%x, profile %s".formatted(first, profile));
        long end = seconds > 0 ? beginNanos + seconds * 1_000_000_000L : Long.MAX_VALUE;
        long speaks = beginNanos + SPEAKS_NANOS;
        for (long i = 0; i < count && watch.nanoTime() < end; i++) {
            run(new Seed(first + i, profile, limits, chaosNanos));
            if (watch.nanoTime() >= speaks) {
                IO.println("so far " + line());
                speaks += SPEAKS_NANOS;
            }
        }
        IO.println(line());
        isOver = true;
        return failures == 0;
    }

    private static long number(String text) {
        return text.startsWith("0x")
                ? Long.parseUnsignedLong(text.substring(2), 16)
                : Long.parseLong(text);
    }

    private boolean hunt(String[] mutants, long first) throws IOException {
        boolean isEachKilled = true;
        for (String name : mutants) {
            now = name;
            String line = Hunt.kill(name, first, CLASSES);
            IO.println(line);
            isEachKilled &= !line.startsWith(name + ": survived");
        }
        return isEachKilled;
    }

    private void run(Seed seed) throws IOException {
        now = "seed 0x%x".formatted(seed.number());
        String file = System.getProperty("sim.trace", "");
        long cpuNanos = threads.getCurrentThreadCpuTime();
        Seed.Outcome outcome = file.isEmpty() ? seed.run() : traced(seed, Path.of(file));
        totals.add(outcome, threads.getCurrentThreadCpuTime() - cpuNanos);
        if (outcome.failure().isPresent()) {
            failures++;
            IO.println(seed.report(outcome));
            if (System.getProperty("sim.minimise") != null) {
                Seed smallest = Minimiser.smallest(seed, outcome.invariant());
                IO.println("smallest:\n" + smallest.report(smallest.run()));
            }
        }
    }

    private static Seed.Outcome traced(Seed seed, Path file) throws IOException {
        try (var out = new PrintWriter(Files.newBufferedWriter(file))) {
            return seed.run(new Trace(out::println, true));
        }
    }
}
