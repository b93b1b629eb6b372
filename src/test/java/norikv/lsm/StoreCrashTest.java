package norikv.lsm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// Crashes a store everywhere, again while it recovers, and goes on with what is left.
///
/// `-Dseed=` runs one seed, `-Dcrash.seeds=` so many.
final class StoreCrashTest {
    private static final Path FAILED = Path.of("src/test/resources/seeds/store.txt");
    private static final int STEPS_MAX = 400;
    private static final int CHANGES_MAX = 300;

    @Test
    void aCrashKeepsAPrefixOfTheCommitsWithAllThatWereAcknowledged() {
        long only = Long.getLong("seed", -1);
        long first = only >= 0 ? only : 0;
        long count = only >= 0 ? 1 : Long.getLong("crash.seeds", 60);
        runAll(LongStream.range(first, first + count).toArray());
    }

    @Test
    void whatFailedOnceDoesNotFailAgain() throws IOException {
        runAll(
                Files.readAllLines(FAILED).stream()
                        .filter(line -> !line.startsWith("#"))
                        .mapToLong(Long::parseLong)
                        .toArray());
    }

    private static void runAll(long[] seeds) {
        for (long seed : seeds) {
            try {
                run(seed);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("run again with -Dseed=" + seed, e);
            }
        }
    }

    static void run(long seed) {
        var random = new SplittableRandom(~seed);
        var history = new StoreHistory(seed);
        history.open();
        int rounds = random.nextInt(1, 4);
        for (int round = 0; round < rounds; round++) {
            history.disk().crashAfter(random.nextLong(1, CHANGES_MAX));
            stepUntilCrash(history);
            history.restartAfterCrash(random.nextInt(3) == 0 ? random.nextInt(1, 4) : 0);
        }
        for (int i = 0; i < 50; i++) {
            history.step();
        }
        history.checkAll();
        history.close();
    }

    private static void stepUntilCrash(StoreHistory history) {
        try {
            for (int i = 0; i < STEPS_MAX && !history.disk().hasCrashed(); i++) {
                history.step();
            }
            history.disk().crashNow();
        } catch (SimDisk.Crashed _) {
            // as meant
        } catch (NoriException e) {
            if (!history.disk().hasCrashed()) {
                throw e;
            }
        }
    }
}
