package norikv.raft;

import java.util.SplittableRandom;

/// Which troubles a world has, and how much of each: a random part, because all at once hide each
/// other.
///
/// @param kinds a bit for each kind of disturbance
record Faults(
        int nodes,
        double loss,
        double duplicates,
        double lateness,
        double drift,
        long diskNanos,
        long operationNanos,
        long disturbNanos,
        long pauseNanos,
        int kinds,
        boolean changes,
        boolean compacts,
        boolean codec,
        boolean leaseHolds) {
    static Faults draw(SplittableRandom random) {
        boolean wild = random.nextInt(20) == 0;
        return new Faults(
                random.nextInt(1, 6),
                random.nextBoolean() ? 0 : random.nextDouble(0.3),
                random.nextBoolean() ? 0 : random.nextDouble(0.3),
                random.nextBoolean() ? 0 : random.nextDouble(0.1),
                wild ? 0.3 : 0.0099,
                World.MILLI * (random.nextInt(3) == 0 ? 300 : 8),
                World.MILLI * random.nextInt(10, 60),
                World.MILLI * random.nextInt(100, 3000),
                World.MILLI * random.nextInt(10, 3000),
                random.nextInt(128),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextInt(10) == 0,
                !wild);
    }

    /// {@return one of the kinds that this world has, or `count` for none this time}
    int draw(SplittableRandom random, int count) {
        int kind = random.nextInt(count);
        return (kinds >> kind & 1) == 1 ? kind : count;
    }
}
