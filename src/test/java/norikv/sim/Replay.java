package norikv.sim;

import norikv.domain.NoriException;

/// One seed of a kind of world by its name, for whoever loads these classes beside his own: all
/// that goes in and comes out is of the JDK.
public final class Replay {
    private Replay() {}

    /// {@return which invariant does not hold in the world, and how; empty if all hold}
    public static String run(long seed, String profile, long chaosMillis) {
        var world =
                new Seed(seed, Profile.named(profile), Limits.NONE, chaosMillis * Plan.MILLI);
        Seed.Outcome outcome = world.run();
        if (outcome.failure().isEmpty()) {
            return "";
        }
        Throwable failure = outcome.failure().get();
        String name = failure instanceof NoriException ? "THROWN" : outcome.invariant();
        StackTraceElement[] frames = failure.getStackTrace();
        return "%s %s at %s".formatted(name, failure, frames.length == 0 ? "?" : frames[0]);
    }
}
