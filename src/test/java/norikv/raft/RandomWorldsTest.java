package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Many small random worlds. `-Dseed=N` runs one, `-Dworlds=N` that many from `-Dseed` on;
/// `-Dtrace=true` prints what every node does, `-Dfirst=true` stops at the first failure.
final class RandomWorldsTest {
    private static final int WORLDS = 300;

    @Test
    void randomWorldsKeepEveryInvariant() {
        long first = Long.getLong("seed", 1);
        int count = Integer.getInteger("worlds", System.getProperty("seed") == null ? WORLDS : 1);
        List<String> broken = new ArrayList<>();
        long events = 0;
        long elections = 0;
        long committed = 0;
        long grants = 0;
        long leases = 0;
        for (long seed = first; seed < first + count; seed++) {
            World world = new World(seed);
            try {
                world.run();
            } catch (AssertionError | RuntimeException e) {
                broken.add("-Dseed=" + seed + " " + e + " at " + e.getStackTrace()[0]);
                if (count == 1 || Boolean.getBoolean("first")) {
                    IO.println("-Dseed=" + seed);
                    throw e;
                }
            }
            events += world.eventCount;
            elections += world.elections();
            committed += world.committed();
            grants += world.grants;
            leases += world.leaseChecks;
        }
        IO.println(
                "worlds=%d events=%d elections=%d committed=%d reads=%d leases=%d"
                        .formatted(count, events, elections, committed, grants, leases));
        assertEquals("", String.join("\n", broken));
    }

    @Test
    void aSeedGivesTheSameWorldTwice() {
        for (long seed = 1; seed <= 5; seed++) {
            World one = new World(seed);
            one.run();
            World other = new World(seed);
            other.run();
            assertEquals(one.traceHash, other.traceHash, "seed " + seed);
        }
    }
}
