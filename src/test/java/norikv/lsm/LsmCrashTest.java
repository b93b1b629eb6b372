package norikv.lsm;

import java.util.List;
import java.util.SplittableRandom;
import norikv.disk.SimDisk;
import org.junit.jupiter.api.Test;

/// Histories whose disk goes at some call, often again while recovering: each shard is then an
/// exact prefix of its log, no shorter than what a flush had said, and replaying the log brings all
/// back.
///
/// `-Dcrash.seeds=N` runs that many, `-Dseed=N` one.
final class LsmCrashTest {
    private static final int STEPS_MAX = 2_000;
    private static final int CHANGES_MAX = 400;

    @Test
    void whatWasFlushedSurvivesAndTheLogBringsTheRest() {
        long only = Long.getLong("seed", -1);
        long first = only >= 0 ? only : 0;
        long count = only >= 0 ? 1 : Long.getLong("crash.seeds", 60);
        for (long seed = first; seed < first + count; seed++) {
            try {
                run(seed);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("run again with -Dseed=" + seed, e);
            }
        }
    }

    private static void run(long seed) {
        var random = new SplittableRandom(seed);
        List<LsmOptions> sets = OptionSets.all();
        var history = new History(seed, sets.get(random.nextInt(sets.size())));
        history.begin();
        int rounds = random.nextInt(1, 4);
        for (int round = 0; round < rounds; round++) {
            history.disk().crashAfter(random.nextLong(1, CHANGES_MAX));
            stepUntilCrash(history);
            history.restartAfterCrash(random.nextInt(3) == 0 ? random.nextInt(1, 4) : 0);
        }
        for (int i = 0; i < 50; i++) {
            history.step();
        }
        history.end();
    }

    private static void stepUntilCrash(History history) {
        try {
            for (int i = 0; i < STEPS_MAX && !history.disk().hasCrashed(); i++) {
                history.step();
            }
            history.disk().crashNow();
        } catch (SimDisk.Crashed _) {
            // as meant
        }
    }
}
