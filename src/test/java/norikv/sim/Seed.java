package norikv.sim;

import java.util.Deque;
import java.util.Optional;

/// One seed of a kind of world, and what comes of it.
///
/// @param chaosNanos how long things go wrong
record Seed(long number, Profile profile, Limits limits, long chaosNanos) {
    private static final int LINES_SHOWN = 40;

    /// What a run was like.
    ///
    /// @param failure what it failed with, if it did
    record Outcome(
            World world, long hash, int group, long histories, Optional<Throwable> failure) {
        /// {@return which invariant does not hold; a fault of the code under test is `ASSERT`}
        String invariant() {
            return failure
                    .map(f -> f instanceof Violation v ? v.invariant() : "ASSERT")
                    .orElse("");
        }
    }

    Seed with(Limits other) {
        return new Seed(number, profile, other, chaosNanos);
    }

    Seed withChaosNanos(long nanos) {
        return new Seed(number, profile, limits, nanos);
    }

    Plan plan() {
        return new Plan(number, profile, limits, chaosNanos);
    }

    Outcome run() {
        return run(Trace.quiet());
    }

    Outcome run(Trace trace) {
        Plan plan = plan();
        World world = new World(number, plan, trace);
        try {
            world.run();
            long histories = Histories.check(world.workload.history(), plan.leaseHolds);
            return new Outcome(world, trace.hash(), 0, histories, Optional.empty());
        } catch (Error | RuntimeException e) {
            // Also of memory or stack that ran out: the next seed has its own world.
            return new Outcome(world, trace.hash(), trace.lastGroup(), 0, Optional.of(e));
        }
    }

    /// {@return seed, invariant, event, the last lines of the group, and how to see it again}
    String report(Outcome outcome) {
        Deque<String> lines = Trace.newLines();
        run(Trace.keeping(lines, outcome.group(), LINES_SHOWN));
        Throwable failure = outcome.failure().orElseThrow();
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        text.append(
                "seed 0x%x: %s at event %d of group %d%n%s%n"
                        .formatted(
                                number,
                                outcome.invariant(),
                                outcome.world().events,
                                outcome.group(),
                                failure));
        if (!(failure instanceof Violation)) {
            for (StackTraceElement frame : failure.getStackTrace()) {
                if (frame.getClassName().startsWith("norikv")) {
                    text.append("    at ").append(frame).append('\n');
                }
            }
        }
        return text + command();
    }

    /// {@return the command that runs this seed again}
    String command() {
        String mutant = System.getProperty("sim.mutant", "");
        return "mvn -q test -Dtest=SimulationTest -Dsim.seed=0x%x%s -Dsim.millis=%d%s%s"
                .formatted(
                        number,
                        profile.property(),
                        chaosNanos / Plan.MILLI,
                        limits.properties(),
                        mutant.isEmpty() ? "" : " -Dsim.count=1 -Dsim.mutant=" + mutant);
    }
}
