package norikv.lsm;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import norikv.work.Clock;
import norikv.work.ThreadLoops;

/// Fresh seeds for as long as it is told: histories under many options, and crashes at every place.
///
/// `java -ea -cp target/test-classes:target/classes -Dlsm.seconds=7200 norikv.lsm.LsmCampaign`
///
/// It prints each failure with the command that replays it, and at the end what was run; the exit
/// code is 1 if anything failed. `-Dseed=N` begins with another seed than one by chance.
final class LsmCampaign {
    private static final long SECONDS = Long.getLong("lsm.seconds", 60);
    private static final int STEPS_MAX = 1_500;
    private static final int SETS = 8;

    /// How many crash runs there are beside one history.
    private static final int CRASH_RUNS = 16;

    private static final int FAILURES_MAX = 10;

    private final long first = Long.getLong("seed", new SplittableRandom().nextLong(1L << 40));
    private long seeds;
    private long operations;
    private long crashPoints;
    private long crashesInRecovery;
    private long crashes;
    private long storeRuns;
    private int failures;

    private LsmCampaign() {}

    /// Runs until the time is over.
    public static void main(String[] args) {
        var campaign = new LsmCampaign();
        Clock clock = new ThreadLoops((_, _) -> campaign.failures++).clock();
        long end = clock.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (clock.nanoTime() < end && campaign.failures < FAILURES_MAX) {
            campaign.next();
        }
        IO.println(campaign);
        System.exit(campaign.failures == 0 ? 0 : 1);
    }

    private void next() {
        long seed = first + seeds++;
        try {
            var random = new SplittableRandom(seed);
            for (int i = 0; i < CRASH_RUNS; i++) {
                crash(seed * CRASH_RUNS + i);
                store(seed * CRASH_RUNS + i);
            }
            history(seed, random);
        } catch (RuntimeException | Error e) {
            failures++;
            IO.println("FAILED seed=%d %s %s".formatted(seed, e.getMessage(), e.getCause()));
        }
    }

    private void crash(long seed) {
        CrashPoints run = LsmCrashTest.run(seed);
        operations += run.steps();
        crashPoints += run.points();
        crashesInRecovery += run.pointsWithCrashInRecovery();
    }

    private void store(long seed) {
        storeRuns++;
        try {
            StoreCrashTest.run(seed);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "mvn -q test -Dtest=StoreCrashTest -Dseed=%d replays it".formatted(seed), e);
        }
    }

    private void history(long seed, SplittableRandom random) {
        int steps = random.nextInt(100, STEPS_MAX);
        var trial = new Trial(seed, Operations.draw(seed, steps, true));
        trial.runAll(IntStream.generate(() -> random.nextInt(Integer.MAX_VALUE)).limit(SETS));
        operations += trial.steps();
        crashes += trial.crashes();
    }

    @Override
    public String toString() {
        return ("lsm campaign: seeds %d..%d, operations %d, crash points %d, with a crash in"
                        + " recovery %d, crashes in histories %d, runs of stores %d, failures %d")
                .formatted(
                        first,
                        first + seeds - 1,
                        operations,
                        crashPoints,
                        crashesInRecovery,
                        crashes,
                        storeRuns,
                        failures);
    }
}
