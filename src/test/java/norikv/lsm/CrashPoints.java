package norikv.lsm;

import java.util.List;
import java.util.SplittableRandom;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.work.SeededLoops;

/// One history, at many of whose changes of the disk we look what a start would find that came
/// after a crash right there, while the history itself goes on.
///
/// Cheap: a look costs as much as the small state it finds. **Threads.** Confined to one.
final class CrashPoints {
    /// How many changing calls a recovery may make before it crashes; most make more.
    private static final int CHANGES_MAX = 12;

    private static final int AGAIN_MAX = 3;

    private final SplittableRandom random;
    private final World world;
    private SimDisk hooked;
    private boolean looking;
    private long points;
    private long pointsWithCrashInRecovery;
    private long steps;

    CrashPoints(long seed) {
        this.random = new SplittableRandom(seed);
        List<LsmOptions> sets = OptionSets.forCrashes();
        this.world = new World(seed, sets.get(random.nextInt(sets.size())));
    }

    long points() {
        return points;
    }

    long pointsWithCrashInRecovery() {
        return pointsWithCrashInRecovery;
    }

    long steps() {
        return steps;
    }

    /// @param oneIn at which share of the changes to look
    void run(List<Operation> operations, int oneIn) {
        for (Operation operation : operations) {
            if (world.engine().disk() != hooked) {
                hooked = world.engine().disk();
                hooked.inject(call -> before(call, oneIn), new SimFault.Slow(1));
            }
            world.step(operation);
            steps++;
        }
        hooked.heal();
        world.end();
    }

    private boolean before(SimDisk.Call call, int oneIn) {
        if (call.op().changes() && random.nextInt(oneIn) == 0) {
            look();
        }
        return false;
    }

    /// Starts on what a crash would leave now, and requires that all of it is there.
    private void look() {
        points++;
        SimDisk disk = hooked.crash(random.nextLong());
        int again = random.nextInt(5) < 2 ? random.nextInt(1, AGAIN_MAX + 1) : 0;
        boolean crashedAgain = false;
        for (int i = 0; i < again; i++) {
            disk.crashAfter(random.nextLong(1, CHANGES_MAX + 1));
            SimEngine doomed = engine(disk);
            try {
                doomed.open();
                doomed.recover(random);
            } catch (SimDisk.Crashed _) {
                crashedAgain = true;
            }
            doomed.kill();
            disk.crashNow();
            disk = disk.crash(random.nextLong());
        }
        pointsWithCrashInRecovery += crashedAgain ? 1 : 0;
        SimEngine found = engine(disk);
        found.open();
        found.recover(random);
        found.checkAll();
        if (random.nextInt(8) == 0) {
            found.checkAtRest();
        }
        found.close();
    }

    private SimEngine engine(SimDisk disk) {
        return world.engine().afterCrash(new SeededLoops(random.nextLong()), disk);
    }
}
